# Sourced by the other scripts: where things are kept and which tools build. Not to be run.
#
# Nothing that is built lies in the checkout. `CARGO_TARGET_DIR` may be set to another folder;
# `MORTISE_CACHE` keeps what outlives a build: tools, and what `bootstrap` found out.

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
MORTISE_CACHE=${MORTISE_CACHE:-$HOME/.cache/mortise}
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$MORTISE_CACHE/target}
export CARGO_TERM_COLOR=${CARGO_TERM_COLOR:-auto}

TOOLCHAIN_FILE=$MORTISE_CACHE/toolchain.env
# `rustup` (a target that is installed) or `debian` (its standard library is built from source).
MORTISE_GUESTS=
# The compiler that these findings are about.
MORTISE_RUSTC=
if [ -r "$TOOLCHAIN_FILE" ]; then
    # shellcheck disable=SC1090
    . "$TOOLCHAIN_FILE"
fi
# Cargo's own commands come after the tools, so that `cargo deny` is the version we built.
export PATH=$MORTISE_CACHE/tools/bin:$PATH

# One way to speak: to stderr, with the script's name, for stdout is data.
say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }

# seconds_since START: how many went by since `$EPOCHREALTIME` was START.
seconds_since() { awk -v a="$1" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.1f", b - a }'; }

# copy_sdks FOLDER: what git knows of the SDKs goes there, because their tools leave things where they run.
copy_sdks() {
    rm -rf "$1"
    mkdir -p "$1"
    (cd "$ROOT" && git ls-files -z sdk wit LICENSE | tar --null -T - -cf -) | tar -xf - -C "$1"
}

# The exit code 5 says that the machine refuses, as in the binary.
refuse() {
    say "$*"
    exit 5
}
