#!/usr/bin/env bash
# packaging/gpu-check-run itself, without a GPU: programs of its folder are doubles, and so is nvidia-smi.
# usage: check_script_test.sh SOURCE_DIR
set -euo pipefail
source_dir=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work"/{bin,lib,path}

double() { printf '#!/usr/bin/env bash\n%s\n' "$2" >"$work/$1"; chmod +x "$work/$1"; }
double lib/ld-linux-x86-64.so.2 'shift 2; exec "$@"'
double path/nvidia-smi 'case "$*" in
    *memory.free*) echo 140000 ;;
    *memory.used*) cat "$WORK/used" ;;
    *) echo "A \"card\", 1.0, 143771 MiB" ;;
esac'
double path/compute-sanitizer 'echo "========= ERROR SUMMARY: 0 errors"'
double bin/gpu_kernels_test 'echo "[  PASSED  ] 7 tests."'
double bin/gpu_nccl_test 'echo "[  PASSED  ] 2 tests with $GATESCOPE_NCCL_LIBRARY"'
double bin/gpu_golden_test 'echo "[  FAILED  ] 1 test | of 3: FAILED TEST"; exit 1'
# Says what it was asked for, as bench --json does.
double bin/gatescope-cli 'echo "$*" >>"$WORK/asked"
case "$*" in
    *bf16*) echo "error: no room for it" >&2; exit 4 ;;
    *--json*) printf "{\n  \"decode_tok_s\": 99.46,\n  \"reply_tok_s\": 101.04,\n  \"read_percent\": 71.25,\n  \"bandwidth_gb_s\": 4300,\n  \"prefill_tokens\": 64,\n  \"prefill_tok_s\": null,\n  \"capture_cost\": {\n    \"percent\": -0.05\n  }\n}\n" ;;
    *) echo 90 >>"$WORK/used.next"; [ ! -e "$WORK/leaks" ] || echo 9000 >"$WORK/used" ;;
esac'
echo 80 >"$work/used"
echo 0123456789abcdef >"$work/commit"
cp "$source_dir/packaging/gpu-check-run" "$work/check"
export WORK=$work PATH=$work/path:$PATH GATESCOPE_SOAK_S=1 GATESCOPE_NCCL_LIBRARY=/opt/libnccl.so.2

status=0
"$work/check" "$work/out" >"$work/said" || status=$?
fail() { printf 'FAILED: %s\n' "$1"; cat "$work/out/gpu-check.md" "$work/out/gpu-check.json"; exit 1; }
[ $status = 1 ] || fail "a failed part must fail the check: $status"
row() { grep -qE "$1" "$work/out/gpu-check.md" || fail "no row '$1'"; }
row '^\| kernels \| ok \| [0-9]+ \| .*7 tests'
row '^\| goldens \| failed \(1\) \|'
row '^\| nccl \| ok \| [0-9]+ \| .*2 tests with /opt/libnccl.so.2'
row '^\| memcheck-model \| ok \|.*0 errors'
row '^\| racecheck-model \| ok \|.*0 errors'
row '^\| synccheck-model \| ok \|.*0 errors'
row '^\| bench-int8 \| ok \| [0-9]+ \| synthetic:grok-1,layers=24: decode 99.5 tokens/s, 101.0 with tokens drawn on the GPU, 71.2 % of 4300.0 GB/s; prefill of 64 at \? tokens/s; routing costs -0.1 % \|$'
row '^\| bench-bf16 \| failed \(4\) \|.*layers=13,dtype=bf16: error: no room for it'
row '^\| prefill-2048-mixed \| ok \|.*layers=4:'
row '^\| prefill-512-int8 \| ok \|.*layers=4:'
row '^\| soak \| ok \|.*80 MB were in use before, 80 MB afterwards'
grep -q -- '--precision mixed -p 2048' "$work/asked" || fail "prefill was not asked for"
python3 - "$work/out/gpu-check.json" <<'PYTHON' || fail "the JSON document cannot be read"
import json, sys
check = json.load(open(sys.argv[1]))
parts = {part["name"]: part for part in check["parts"]}
assert check["card"] == 'A "card", 1.0, 143771 MiB', check["card"]
assert parts["bench-q4_0"]["figures"]["decode_tok_s"] == 99.46
assert parts["bench-q4_0"]["figures"]["prefill_tok_s"] is None
assert "figures" not in parts["bench-bf16"]
assert parts["goldens"]["verdict"] == "failed (1)"
PYTHON

# Memory that is not given back fails the soak.
touch "$work/leaks"
status=0
"$work/check" "$work/out" soak >/dev/null || status=$?
[ $status = 1 ] || fail "a leak must fail the soak: $status"
row '^\| soak \| failed \(1\) \|.*9000 MB afterwards'
rm "$work/leaks"
echo 80 >"$work/used"
"$work/check" "$work/out" kernels soak >/dev/null || fail "two good parts are a good check"
status=0
"$work/check" "$work/out" nonsense 2>/dev/null >&2 || status=$?
[ $status = 2 ] || fail "an unknown part is bad usage: $status"
echo PASSED
