#!/usr/bin/env bash
# Downloads the Debian 12 packages that hold the training text and unpacks them into a folder.
# Nothing is installed. Usage: fetch_sources.sh FOLDER      (needs apt-get, dpkg-deb, tar, xz; no root)
#
# Binary packages are taken from the sources that this machine already has. Four C libraries come as source packages:
# for these, a private copy of the machine's source lists with "deb-src" added is used.
set -euo pipefail

target=$(realpath -m "${1:?usage: fetch_sources.sh FOLDER}")
mkdir -p "$target/archives" "$target/apt/lists/partial" "$target/apt/sources.list.d"

binaryPackages=(wordnet-base wordnet-sense-index sword-text-web sword-text-sparv libreoffice-help-de
    postgresql-doc-15 libpython3.11-stdlib libpython3.11-minimal libstb-dev)
sourcePackages=(sqlite3 lua5.4 zlib musl)

cp /etc/apt/sources.list.d/debian.sources "$target/apt/sources.list.d/" 2>/dev/null || true
if [[ -f $target/apt/sources.list.d/debian.sources ]]; then
    sed -i 's/^Types: deb$/Types: deb deb-src/' "$target/apt/sources.list.d/debian.sources"
    : > "$target/apt/sources.list"
else
    sed 'p; s/^deb /deb-src /' /etc/apt/sources.list > "$target/apt/sources.list"
fi
aptOptions=(-o "Dir::Etc::sourcelist=$target/apt/sources.list" -o "Dir::Etc::sourceparts=$target/apt/sources.list.d"
    -o "Dir::State::Lists=$target/apt/lists" -o "APT::Sandbox::User=")
apt-get "${aptOptions[@]}" update -q

cd "$target/archives"
apt-get "${aptOptions[@]}" download "${binaryPackages[@]}"
apt-get "${aptOptions[@]}" source --download-only "${sourcePackages[@]}"

for archive in *.deb; do
    dpkg-deb -x "$archive" "$target/${archive%%_*}"
done
for package in "${sourcePackages[@]}"; do
    mkdir -p "$target/$package"
    tar -xf "$(ls "$package"_*.orig.tar.* | grep -v '\.asc$')" -C "$target/$package" --strip-components=1
done
echo "unpacked into $target"
