#!/bin/sh
# usage: mortise-sdk/component.sh --wit DIR --adapter FILE --out FILE
#
# In a plugin's folder: makes the component with the tools alone, step by step as
# `mortise plugin build` does. DIR holds the contract's WIT files, the adapter is the reactor of
# `wasi_snapshot_preview1`. The compiler is $CC, or `clang`, or `python3 -m ziglang cc`; besides, it
# takes `wit-bindgen` and `wasm-tools`.
set -eu

WIT= ADAPTER= OUT=
while [ $# -gt 1 ]; do
    case $1 in
    --wit) WIT=$2 ;;
    --adapter) ADAPTER=$2 ;;
    --out) OUT=$2 ;;
    *) echo "unknown option \`$1\`" >&2; exit 2 ;;
    esac
    shift 2
done
if [ -z "$WIT" ] || [ -z "$ADAPTER" ] || [ -z "$OUT" ]; then
    echo "usage: component.sh --wit DIR --adapter FILE --out FILE" >&2
    exit 2
fi
need() {
    command -v "$1" >/dev/null || { echo "\`$1\` is missing; $2" >&2; exit 5; }
}
need wit-bindgen "run \`cargo install --locked wit-bindgen-cli\`"
need wasm-tools "run \`cargo install --locked wasm-tools\`"
if [ -z "${CC:-}" ]; then
    if command -v clang >/dev/null; then
        CC=clang
    elif python3 -m ziglang version >/dev/null 2>&1; then
        CC="python3 -m ziglang cc"
    else
        echo "a C compiler for \`wasm32-wasi\` is missing; run \`pip install -r mortise-sdk/requirements.txt\`" >&2
        exit 5
    fi
fi

# The contract is a package that the world of the plugin depends on.
DIR=build/component
rm -rf "$DIR"
mkdir -p "$DIR/wit/deps/mortise" "$DIR/objects"
cp wit/*.wit "$DIR/wit/"
cp "$WIT"/*.wit "$DIR/wit/deps/mortise/"
wit-bindgen c --world plugin --out-dir "$DIR/bindings" "$DIR/wit" >/dev/null

# One definition for each exported interface: MORTISE_ROLE_ACTIONS.
ROLES=$(sed -n 's,^ *export mortise:plugin/\([a-z]*\)@.*,\1,p' wit/world.wit)
DEFINES=
for role in $ROLES; do
    DEFINES="$DEFINES -DMORTISE_ROLE_$(echo "$role" | tr a-z A-Z)"
done

# No path of this machine is left in the result, so that others get the same bytes. `zig cc` takes `-Os`
# for a release without `assert`; here a mistake is better a trap with a reason.
TARGET="--target=wasm32-wasi -std=c11 -Os -g0 -UNDEBUG -ffile-prefix-map=$PWD=."
WARNINGS="-Wall -Wextra -Werror -Wconversion"
INCLUDES="-Imortise-sdk/include -I$DIR/bindings"
for source in src/*.c mortise-sdk/src/*.c; do
    # shellcheck disable=SC2086
    $CC $TARGET $WARNINGS $DEFINES $INCLUDES -c "$source" -o "$DIR/objects/$(echo "${source%.c}" | tr / _).o"
done
# shellcheck disable=SC2086
$CC $TARGET -I"$DIR/bindings" -c "$DIR/bindings/plugin.c" -o "$DIR/objects/bindings.o"

# A reactor has exports and no `main`. The stack lies first, so that running over it is a trap; `zig cc`
# does so by itself, and knows no option for it. `-g` keeps the names of functions, for backtraces; what
# the C library brings of debug information goes.
case $CC in
*zig*) STACK="-Wl,-z,stack-size=131072" ;;
*) STACK="-Wl,-z,stack-size=131072 -Wl,--stack-first" ;;
esac
# shellcheck disable=SC2086
$CC --target=wasm32-wasi -mexec-model=reactor -Os -g $STACK \
    "$DIR"/objects/*.o "$DIR/bindings/plugin_component_type.o" -o "$DIR/core.wasm"
wasm-tools strip --delete '^\.debug' "$DIR/core.wasm" -o "$DIR/stripped.wasm"
wasm-tools component new "$DIR/stripped.wasm" --adapt "wasi_snapshot_preview1=$ADAPTER" -o "$OUT"
