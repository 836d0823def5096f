"""componentize-py, which puts CPython and the plugin into one component."""

from __future__ import annotations

import importlib.metadata
import os
import subprocess
import sys
from pathlib import Path

from mortise_sdk.build.problem import MISSING_TOOL, Problem
from mortise_sdk.build.staging import MODULE

PACKAGE = "componentize-py"
VERSION = "0.25.1"
PYTHON = "3.14.0"
"""What that version puts into a component."""

SCRIPT = "import sys; from componentize_py import script; sys.exit(script())"


def need() -> None:
    """The tool in its one version: another one has other bindings."""
    try:
        found = importlib.metadata.version(PACKAGE)
    except importlib.metadata.PackageNotFoundError:
        found = None
    if found != VERSION:
        what = f"{PACKAGE} is missing" if found is None else f"{PACKAGE} {found} is not {VERSION}"
        command = f"{sys.executable} -m pip install {PACKAGE}=={VERSION}"
        raise Problem(f"{what}; `{command}` brings it", MISSING_TOOL)


def componentize(stage: Path, paths: list[Path], out: Path) -> None:
    """Builds the component."""
    # It would add the packages of whatever environment it finds, so it is shown an empty one.
    empty = stage / "environment"
    (empty / "lib" / "site-packages").mkdir(parents=True)
    command = [sys.executable, "-c", SCRIPT, "-d", str(stage / "wit"), "-w", "plugin", "componentize", MODULE]
    for path in paths:
        command += ["-p", str(path)]
    command += ["-o", str(out)]
    environment = {**os.environ, "VIRTUAL_ENV": str(empty), "RUST_BACKTRACE": "0"}
    built = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment, check=False
    )
    if built.returncode != 0:
        print(said(built.stdout), file=sys.stderr)
        raise Problem(f"{PACKAGE} made no component; what it said stands above")


def said(output: str) -> str:
    """What the tool said, without where in its own code it was."""
    return output.partition("\nStack backtrace:")[0].strip()
