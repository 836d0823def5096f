# Sourced by the scripts that make plugins as their authors do: the languages and roles there are, and
# how each language installs what a plugin's folder needs and runs its tests. Not to be run.

LANGUAGES="rust python javascript typescript go c"
ROLES="action polling webhook connector transform"

mortise=${MORTISE_BINARY:-$CARGO_TARGET_DIR/release/mortise}
[ -x "$mortise" ] || refuse "\`$mortise\` is missing: build it with \`make binary\`"

# test_LANGUAGE, in a plugin's folder.
test_rust() { cargo test --quiet; }
test_python() {
    python3 -m venv .venv
    .venv/bin/pip install --quiet --disable-pip-version-check -r requirements.txt
    .venv/bin/pytest -q
}
test_javascript() {
    npm ci --no-audit --no-fund --silent
    npm test --silent
}
test_typescript() { test_javascript; }
test_go() { go test ./...; }
test_c() {
    # The compiler is 400 MB: one for all of them.
    "$ROOT/scripts/tool-venv" ziglang mortise-sdk/requirements.txt .venv
    make -s test
}
