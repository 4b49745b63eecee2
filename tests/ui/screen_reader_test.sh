#!/usr/bin/env bash
# The real program on a real accessibility bus: what a screen reader finds in the window, and what it
# hears while a reply is written.
#   screen_reader_test.sh GATESCOPE MODEL SCRATCH
set -euo pipefail
if [[ -z ${GATESCOPE_TEST_BUS:-} ]] && command -v dbus-run-session > /dev/null; then
    GATESCOPE_TEST_BUS=1 exec dbus-run-session -- "$0" "$@"
fi
gatescope=$1
model=$2
# shellcheck source=tests/ui/xvfb.sh
source "$(dirname "$0")/xvfb.sh" "$3"
python=/usr/bin/python3  # the one that Debian's bindings belong to
reader=$(dirname "$0")/screen_reader.py
[[ -n ${GATESCOPE_TEST_BUS:-} ]] || skip "dbus-run-session is not installed"
$python -c 'import gi; gi.require_version("Atspi", "2.0"); from gi.repository import Atspi' 2> /dev/null ||
    skip "python3-gi or gir1.2-atspi-2.0 is not installed"
[[ -x /usr/libexec/at-spi-bus-launcher ]] || skip "at-spi2-core is not installed"
ears=()
trap 'kill "${ears[@]}" 2> /dev/null || true; cleanup' EXIT

export HOME=$scratch/home QT_LINUX_ACCESSIBILITY_ALWAYS_ON=1 PYTHONUTF8=1
mkdir -p "$HOME"
heard=$scratch/heard.txt
"$gatescope" "$model" --profile-dir "$profile" > "$scratch/gatescope.log" 2>&1 &
gui=$!
await_window

# until_heard WHAT PATTERN: waits half a minute for a line.
until_heard() {
    for _ in $(seq 75); do
        grep -qP "$2" "$heard" 2> /dev/null && { echo "ok: $1"; return; }
        kill -0 "$gui" 2> /dev/null || fail "$1: the program ended"
        sleep 0.4
    done
    fail "$1: heard $(cat "$heard")"
}
walk() {
    sleep 0.5
    timeout 120 "$python" "$reader" walk > "$scratch/walk.txt" || fail "$1: $(cat "$scratch/walk.txt")"
    echo "ok: $1: $(tail -n 1 "$scratch/walk.txt")"
}

for place in 1:Chat 2:Inspect; do
    xdotool key "ctrl+${place%%:*}"
    walk "${place#*:}"
done
# dialog NAME KEY: without a window manager, the keyboard has to be given back by hand.
dialog() {
    xdotool key "$2"
    timeout 30 xdotool search --sync --onlyvisible --name "$1" > /dev/null || fail "no '$1' opened"
    walk "$1"
    grep -q 'dialog' "$scratch/walk.txt" || fail "'$1' is not on the accessibility bus"
    xdotool key Escape
    sleep 0.5
    xdotool windowfocus --sync "$window"
}
for bar in ctrl+f ctrl+shift+l; do
    xdotool key "$bar"
    walk "Chat with the bar of $bar"
    xdotool key Escape
done
dialog 'Keyboard shortcuts' F1
dialog 'Settings' ctrl+alt+comma

xdotool key ctrl+q
await_end "Ctrl+Q"

"$gatescope" "$model" --profile-dir "$profile" > "$scratch/gatescope.log" 2>&1 &
gui=$!
await_window
"$python" "$reader" listen "$heard" > "$scratch/listen.log" 2>&1 &
ears+=($!)
until_heard "someone listens" '^listening'
xdotool key ctrl+l
xdotool type --delay 20 'What is a river?'
xdotool key Return
until_is "a reply is kept" 1 "$(replies complete)"
reply=$(ask "SELECT group_concat(text, '') FROM (SELECT chunk.text FROM chunk JOIN message ON message.id = chunk.message WHERE role = 'assistant' ORDER BY ordinal)")
[[ -n $reply ]] || fail "the reply is empty"
sleep 1
"$python" "$reader" compare "$heard" "$reply" || fail "what was heard is not what was written"

timeout 60 "$gatescope" "$scratch/none.gscope" --profile-dir "$profile" > "$scratch/second.log" 2>&1 ||
    fail "the second start failed: $(cat "$scratch/second.log")"
until_heard "an error is spoken" '^spoken\t.*none\.gscope'

xdotool key ctrl+q
await_end "Ctrl+Q"
