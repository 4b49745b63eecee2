#!/usr/bin/env bash
# The real program on a real X server with real key and mouse events: type, send, regenerate, begin
# another conversation, kill -9 and come back, click, quit. What happened is read from the library and the settings that it leaves behind.
#   xvfb_test.sh GATESCOPE MODEL SCRATCH
set -euo pipefail
gatescope=$1
model=$2

# shellcheck source=tests/ui/xvfb.sh
source "$(dirname "$0")/xvfb.sh" "$3"

start() {
    "$gatescope" "$model" --profile-dir "$profile" > "$scratch/gatescope.log" 2>&1 &
    gui=$!
    await_window
}
start

# The mouse puts the cursor into the message field, wherever the focus was.
xdotool key ctrl+j mousemove --window "$window" 560 450 click 1
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
await_end "Ctrl+Q"
grep -q '^workspace=present' "$profile/window.ini" || fail "the click on Present did nothing"
echo "ok: a click changes the workspace, Ctrl+Q ends with status 0"
