# What packaging/run and packaging/test share. Sourced from the project's root.
source packaging/dependencies.sh

assume_yes=0
[ -z "${CI:-}" ] || assume_yes=1

say() { printf '%s\n' "$*"; }

# missing_packages NAME ...: those of the named Debian packages that are not installed.
missing_packages() {
    local package
    for package in "$@"; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q '^install ok installed$' || say "$package"
    done
}

# Installs those of the named Debian packages that are not there; asks first.
install_packages() {
    local missing
    readarray -t missing < <(missing_packages "$@")
    [ ${#missing[@]} -gt 0 ] || return 0
    say "These Debian packages are missing: ${missing[*]}"
    if [ "$assume_yes" = 0 ]; then
        local answer=
        read -r -p "Install them with apt-get now? [y/N] " answer || true
        case "$answer" in
            y | Y | yes) ;;
            *) printf 'error: nothing was installed; install the packages above, or answer y\n' >&2; exit 1 ;;
        esac
    fi
    local root=()
    [ "$(id -u)" = 0 ] || root=(sudo)
    "${root[@]}" apt-get update -qq
    "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
    # A name that another package provides would be asked for again at every start.
    local left
    left=$(missing_packages "$@")
    [ -z "$left" ] || { printf 'error: still not installed: %s\n' "$left" >&2; exit 1; }
}

# build_preset NAME [cmake arguments]: configures and builds build/NAME, all of it or $build_targets.
build_preset() {
    local preset=$1
    shift
    # A first build is of everything: several files at a time take half as long.
    [ -e "build/$preset/CMakeCache.txt" ] || set -- -DGATESCOPE_UNITY=ON "$@"
    say "Building build/$preset ..."
    cmake --preset "$preset" "$@" >/dev/null
    cmake --build --preset "$preset" ${build_targets:+--target $build_targets}
}
