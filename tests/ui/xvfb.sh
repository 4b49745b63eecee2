# shellcheck shell=bash
# Sourced by tests that drive the real program on a real X server with real key and mouse events. What
# happened is read from the library and the settings that it leaves behind.
#   source xvfb.sh SCRATCH
scratch=$1

skip() {
    [[ -n ${CI:-} ]] && { echo "FAIL: $1, and in CI that is not a reason to skip"; exit 1; }
    echo "SKIP: $1"
    exit 77
}
for tool in Xvfb xdotool python3; do
    command -v "$tool" > /dev/null || skip "$tool is not installed"
done

rm -rf "$scratch"
mkdir -p "$scratch/runtime"
chmod 700 "$scratch/runtime"
profile=$scratch/profile

exec 3< <(exec Xvfb -displayfd 1 -screen 0 1280x800x24 -nolisten tcp 2> "$scratch/xvfb.log")
xvfb=$!
gui=
cleanup() {
    [[ -n $gui ]] && kill "$gui" 2> /dev/null
    kill "$xvfb" 2> /dev/null || true  # it may have gone with its last window
    return 0
}
trap cleanup EXIT
read -r -t 60 number <&3 || { echo "FAIL: Xvfb did not start: $(cat "$scratch/xvfb.log")"; exit 1; }
export DISPLAY=:$number QT_QPA_PLATFORM=xcb XDG_RUNTIME_DIR=$scratch/runtime
unset WAYLAND_DISPLAY

fail() {
    echo "FAIL: $1"
    sed 's/^/  program: /' "$scratch/gatescope.log"
    exit 1
}

# ask SQL: the first value, or nothing while there is no library yet.
ask() {
    python3 - "$profile/library.sqlite" "$1" << 'PYTHON'
import sqlite3, sys
try:
    row = sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True).execute(sys.argv[2]).fetchone()
    print(row[0] if row else "")
except sqlite3.OperationalError:
    print("")
PYTHON
}

# until_is WHAT EXPECTED SQL: waits a minute.
until_is() {
    local found=
    for _ in $(seq 150); do
        found=$(ask "$3")
        [[ $found == "$2" ]] && { echo "ok: $1"; return; }
        kill -0 "$gui" 2> /dev/null || fail "$1: the program ended"
        sleep 0.4
    done
    fail "$1: expected '$2', found '$found'"
}
replies() { echo "SELECT count(*) FROM message WHERE role = 'assistant' AND state = '$1'"; }

# Waits for the window of the program that was just started, and for its model.
await_window() {
    window=$(timeout 60 xdotool search --sync --onlyvisible --name 'Gatescope' | head -n 1) ||
        fail "no window appeared"
    xdotool windowmove "$window" 0 0 windowsize "$window" 1280 800 windowfocus "$window"
    timeout 60 xdotool search --sync --name 'model — Gatescope' > /dev/null ||
        fail "the model was not loaded"
    echo "ok: the window names the model"
}

# await_end WHAT: the program ends by itself, with status 0.
await_end() {
    for _ in $(seq 100); do kill -0 "$gui" 2> /dev/null || break; sleep 0.1; done
    kill -0 "$gui" 2> /dev/null && fail "$1 did not end the program"
    local status=0
    wait "$gui" || status=$?
    gui=
    [[ $status == 0 ]] || fail "$1 ended the program with status $status"
}
