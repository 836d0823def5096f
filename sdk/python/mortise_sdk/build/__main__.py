"""The command: asks the plugin, composes a world, stages the sources, and calls componentize-py."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

from mortise_sdk.build import asking, sbom, staging, tool, world
from mortise_sdk.build.problem import Problem


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m mortise_sdk.build", description="Makes a component of a plugin.")
    parser.add_argument("--wit", required=True, type=Path, help="folder with the contract's WIT files")
    parser.add_argument("--out", required=True, type=Path, help="where the component goes")
    parser.add_argument("--sbom", type=Path, help="where the list of what is in it goes")
    options = parser.parse_args(arguments)
    try:
        build(options.wit, options.out, options.sbom)
    except Problem as problem:
        print(f"error: {problem}", file=sys.stderr)
        return problem.exit_code
    return 0


def build(wit: Path, out: Path, list_file: Path | None) -> None:
    """Builds the plugin of the folder that this process is in."""
    tool.need()
    plugin = asking.ask(Path.cwd())
    with tempfile.TemporaryDirectory(prefix="mortise-build-") as name:
        stage = Path(name)
        world.write(stage / "wit", wit, plugin.roles, plugin.sends)
        paths = staging.copy(stage, plugin)
        out.parent.mkdir(parents=True, exist_ok=True)
        tool.componentize(stage, paths, out.resolve())
    if list_file is not None:
        list_file.parent.mkdir(parents=True, exist_ok=True)
        list_file.write_text(json.dumps(sbom.entries(plugin.packages), indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
