#!/usr/bin/env bash
# The real program on a real X server with real key and mouse events: type, send, regenerate, begin
# another conversation, kill -9 and come back, click, quit. What happened is read from the library and the settings that it leaves behind.
#   xvfb_test.sh GATESCOPE MODEL SCRATCH
set -euo pipefail
gatescope=$1
model=$2
scratch=$3

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
    kill "$xvfb" 2> /dev/null
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

start() {
    "$gatescope" "$model" --profile-dir "$profile" > "$scratch/gatescope.log" 2>&1 &
    gui=$!
    window=$(timeout 60 xdotool search --sync --onlyvisible --name 'Gatescope' | head -n 1) ||
        fail "no window appeared"
    xdotool windowmove "$window" 0 0 windowsize "$window" 1280 800 windowfocus "$window"
    timeout 60 xdotool search --sync --name 'model — Gatescope' > /dev/null ||
        fail "the model was not loaded"
    echo "ok: the window names the model"
}
start

# The mouse puts the cursor into the message field, wherever the focus was.
xdotool key ctrl+j mousemove --window "$window" 560 660 click 1
xdotool type --delay 20 'What is a river?'
xdotool key Return
until_is "Enter sends and the reply is kept" 1 "$(replies complete)"
until_is "the message arrived letter by letter" 'What is a river?' \
    "SELECT text FROM chunk JOIN message ON message.id = chunk.message WHERE role = 'user'"
xdotool key ctrl+r
until_is "Ctrl+R writes a second reply" 2 "$(replies complete)"
until_is "it is a sibling of the first" 1 \
    "SELECT count(DISTINCT parent) FROM message WHERE role = 'assistant'"

xdotool key ctrl+n
xdotool type --delay 20 'A second talk'
xdotool key ctrl+Return
until_is "Ctrl+N and Ctrl+Enter begin another conversation" 2 "SELECT count(*) FROM conversation"
until_is "its reply is kept" 3 "$(replies complete)"

# kill -9 while a reply is being written: the message is kept, and the next start says so.
xdotool type --delay 20 'A third message'
xdotool key Return
until_is "a message is on disk before its reply" 3 "SELECT count(*) FROM message WHERE role = 'user'"
kill -9 "$gui"
wait "$gui" 2> /dev/null || true
start
until_is "after kill -9 no message is lost" 3 "SELECT count(*) FROM message WHERE role = 'user'"
until_is "and no reply is left half open" 0 "$(replies streaming)"

# The workspace buttons sit at the right end of the menu bar.
xdotool mousemove --window "$window" 1185 21 click 1
sleep 1
xdotool key ctrl+q
for _ in $(seq 100); do kill -0 "$gui" 2> /dev/null || break; sleep 0.1; done
kill -0 "$gui" 2> /dev/null && fail "Ctrl+Q did not end the program"
status=0
wait "$gui" || status=$?
gui=
[[ $status == 0 ]] || fail "Ctrl+Q ended the program with status $status"
grep -q '^workspace=present' "$profile/window.ini" || fail "the click on Present did nothing"
echo "ok: a click changes the workspace, Ctrl+Q ends with status 0"
