#!/usr/bin/env bash
# One window a profile, with the real program: eight starts at once, what a second start hands over,
# another profile beside it, and a lock left by kill -9.
#   single_instance_test.sh GATESCOPE CLI MODEL SCRATCH
set -euo pipefail
gatescope=$1
cli=$2
model=$3
# shellcheck source=tests/ui/xvfb.sh
source "$(dirname "$0")/xvfb.sh" "$4"
others=()
trap 'kill "${others[@]}" 2> /dev/null || true; cleanup' EXIT

windows() { { xdotool search --onlyvisible --name 'Gatescope' || true; } | wc -l; }
# second_start PROFILE [SOURCE]: it must end with status 0 and say nothing.
second_start() {
    local status=0
    timeout 60 "$gatescope" "${@:2}" --profile-dir "$1" > "$scratch/second.log" 2>&1 || status=$?
    [[ $status == 0 ]] || fail "a second start ended with status $status: $(cat "$scratch/second.log")"
    [[ ! -s $scratch/second.log ]] || fail "a second start said: $(cat "$scratch/second.log")"
}
title_becomes() {
    timeout 60 xdotool search --sync --name "$1" > /dev/null || fail "no window is called '$1'"
    [[ $(windows) == 1 ]] || fail "there are $(windows) windows"
}

: > "$scratch/gatescope.log"
"$cli" generate "$model" -p 'A river' -n 3 --record "$scratch/river.gscope" > "$scratch/record.log" 2>&1 ||
    fail "no recording was made: $(cat "$scratch/record.log")"

for i in 1 2 3 4 5 6 7 8; do
    "$gatescope" "$model" --profile-dir "$profile" > "$scratch/start-$i.log" 2>&1 &
    others+=($!)
done
alive=()
for _ in $(seq 300); do
    alive=()
    for pid in "${others[@]}"; do kill -0 "$pid" 2> /dev/null && alive+=("$pid"); done
    [[ ${#alive[@]} -le 1 ]] && break
    sleep 0.2
done
[[ ${#alive[@]} == 1 ]] || fail "${#alive[@]} of eight programs are left"
gui=${alive[0]}
for pid in "${others[@]}"; do
    [[ $pid == "$gui" ]] && continue
    wait "$pid" || fail "a start that found a window ended with status $?: $(cat "$scratch"/start-*.log)"
done
others=()
await_window
[[ $(windows) == 1 ]] || fail "there are $(windows) windows"
echo "ok: of eight starts at once one has the window, seven end with status 0"

second_start "$profile" "$scratch/river.gscope"
title_becomes 'Recording — Gatescope'
echo "ok: a second start shows its recording in the first window"
cp -r "$model" "$scratch/another-model"
(cd "$scratch" && second_start "$profile" another-model)
for _ in $(seq 150); do grep -q "$scratch/another-model" "$profile/window.ini" && break; sleep 0.2; done
grep -q "$scratch/another-model" "$profile/window.ini" || fail "the model was not opened by its whole path"
echo "ok: a model named from another folder is opened"
xdotool windowminimize "$window"
second_start "$profile"
timeout 30 xdotool search --sync --onlyvisible --name 'Gatescope' > /dev/null ||
    fail "a second start did not show the window again"
echo "ok: a second start without a file brings the window back"

"$gatescope" --profile-dir "$scratch/another" > "$scratch/another.log" 2>&1 &
others=($!)
for _ in $(seq 100); do [[ $(windows) == 2 ]] && break; sleep 0.2; done
[[ $(windows) == 2 ]] || fail "another profile has no window of its own"
kill "${others[0]}"
wait "${others[0]}" 2> /dev/null || true
echo "ok: another profile has a window of its own"

status=0
echo '{"steps": [{"do": "stay"}]}' > "$scratch/tour.json"
"$gatescope" --tour "$scratch/tour.json" --profile-dir "$profile" \
    > "$scratch/tour.log" 2>&1 || status=$?
[[ $status == 2 ]] || fail "a tour on a profile in use ended with status $status"
grep -q 'in use by another Gatescope' "$scratch/tour.log" || fail "it said: $(cat "$scratch/tour.log")"
echo "ok: a tour says that the profile is in use"

kill -9 "$gui"
wait "$gui" 2> /dev/null || true
"$gatescope" "$model" --profile-dir "$profile" > "$scratch/gatescope.log" 2>&1 &
gui=$!
await_window
second_start "$profile"
[[ $(windows) == 1 ]] || fail "there are $(windows) windows"
echo "ok: what kill -9 leaves is taken over, and the next second start is answered"
xdotool key ctrl+q
await_end "Ctrl+Q"
