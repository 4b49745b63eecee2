# The Debian 12 packages that Gatescope needs; sourced by run and test.

# Compiling the engine and gatescope-cli.
engine_packages=(
    g++ cmake ninja-build pkg-config ccache
    libfmt-dev libspdlog-dev nlohmann-json3-dev libcli11-dev
    libhwy-dev libsentencepiece-dev libsqlitecpp-dev libsqlite3-dev libzstd-dev libzip-dev zlib1g-dev libxxhash-dev libreaderwriterqueue-dev
)
# Compiling the window.
gui_packages=(
    qt6-base-dev qt6-charts-dev libqt6opengl6-dev qt6-svg-dev libgl-dev libxkbcommon-dev libmd4c-dev libsource-highlight-dev
    qt6-l10n-tools qt6-translations-l10n qt6-qpa-plugins fonts-inter fonts-jetbrains-mono fonts-dejavu-core fonts-droid-fallback
)
# Running the tests.
test_packages=(
    libgtest-dev libgmock-dev libbenchmark-dev xvfb xauth xdotool dbus-daemon at-spi2-core gir1.2-atspi-2.0 python3-gi
    strace python3 python3-numpy chromium
    g++-aarch64-linux-gnu
)
