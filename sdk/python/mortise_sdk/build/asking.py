"""Asks the plugin itself, in a Python process of its own: which roles it has, and which packages it uses."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

from mortise_sdk.build.problem import Problem


@dataclass(frozen=True)
class Plugin:
    """What the build has to know."""

    source: Path
    """The folder that the plugin is imported from."""
    module: str
    name: str
    """Of the `Plugin` in the module."""
    roles: list[str]
    late: list[str]
    """Modules that functions import when they are called."""
    packages: dict[str, list[str]]
    """Top-level modules besides the author's own and the standard library's, and where they lie."""
    sends: bool
    """Whether it imports `http.client`, by itself or through `urllib.request`."""


def ask(folder: Path) -> Plugin:
    """Imports the plugin of a folder."""
    words = settings(folder)
    source = folder / words.get("source", "src")
    module, _, name = words.get("plugin", "plugin:plugin").partition(":")
    if not source.is_dir():
        raise Problem(f"there is no folder `{source.name}` with the plugin's modules")
    command = [sys.executable, "-m", "mortise_sdk.build.answering", str(source), module, name]
    answered = subprocess.run(command, stdout=subprocess.PIPE, text=True, cwd=folder, check=False)
    if answered.returncode != 0:
        raise Problem(f"the plugin `{module}:{name}` cannot be imported")
    # What the plugin itself prints comes before.
    found = json.loads(answered.stdout.splitlines()[-1])
    return Plugin(source, module, name, **found)


def settings(folder: Path) -> dict[str, str]:
    """`[tool.mortise]` of `pyproject.toml`: `plugin = "MODULE:NAME"` and `source = "FOLDER"`."""
    file = folder / "pyproject.toml"
    if not file.is_file():
        raise Problem("there is no `pyproject.toml` here")
    try:
        return tomllib.loads(file.read_text()).get("tool", {}).get("mortise", {})
    except tomllib.TOMLDecodeError as error:
        raise Problem(f"`pyproject.toml` cannot be read: {error}") from None
