#!/bin/sh
# Writes contract.json anew: the contract as a machine reads it, without its comments. Needs wasm-tools
# and python3; run by `go generate ./internal/abitest`.
set -eu
wasm-tools component wit --json ../../../../wit | python3 -c '
import json, sys
def bare(value):
    if isinstance(value, dict):
        return {key: bare(inner) for key, inner in value.items() if key not in ("docs", "worlds")}
    return [bare(inner) for inner in value] if isinstance(value, list) else value
json.dump(bare(json.load(sys.stdin)), sys.stdout, separators=(",", ":"))
' > contract.json
echo >> contract.json
