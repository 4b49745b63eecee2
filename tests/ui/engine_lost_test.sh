#!/usr/bin/env bash
# A GPU is lost in the middle of a reply, in the real program: what was written stays, one key ends the
# program and starts another, which shows the same conversation and goes on.
#   engine_lost_test.sh GATESCOPE MODEL SCRATCH EMULATED_CUDA_LIBRARY
set -euo pipefail
gatescope=$(realpath "$1")  # as it starts itself again
model=$2
# shellcheck source=tests/ui/xvfb.sh
source "$(dirname "$0")/xvfb.sh" "$3"

GATESCOPE_CUDA_LIBRARY=$4 GATESCOPE_EMULATED_FAULT=launchGraph:1:719 \
    "$gatescope" "$model" --decoder cuda --profile-dir "$profile" > "$scratch/gatescope.log" 2>&1 &
gui=$!
await_window
xdotool key ctrl+l
xdotool type --delay 20 'Hi'
xdotool key Return
until_is "the reply ends with the GPU" 1 "$(replies interrupted)"
until_is "what was written of it is kept" 1 \
    "SELECT count(*) > 0 FROM chunk JOIN message ON message.id = chunk.message WHERE role = 'assistant'"
xdotool key ctrl+l
xdotool type --delay 20 'A draft'
sleep 1

lost=$gui
xdotool key ctrl+shift+F5
await_end "starting again"
# The process of this profile that is not the lost one.
successor() {
    local file
    for file in /proc/[0-9]*/cmdline; do
        [[ $file != /proc/$lost/* ]] || continue
        tr '\0' ' ' < "$file" 2> /dev/null | grep -q -- "^$gatescope .*--profile-dir $profile" || continue
        basename "$(dirname "$file")"
        return
    done
}
for _ in $(seq 100); do
    gui=$(successor)
    [[ -z $gui ]] || break
    sleep 0.1
done
[[ -n $gui ]] || fail "no new program appeared"
await_window
grep -q '^\[openWork\]' "$profile/window.ini" && fail "the note of what was open is still there"
xdotool key ctrl+l
xdotool key Return
until_is "the draft was there and is sent" 'A draft' \
    "SELECT text FROM chunk JOIN message ON message.id = chunk.message WHERE role = 'user' ORDER BY message.id DESC"
until_is "in the same conversation" 1 "SELECT count(*) FROM conversation"
