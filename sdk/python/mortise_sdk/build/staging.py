"""Copies what goes into the component to a folder of its own: nothing is written beside the author's files,
and all of it has one time."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from mortise_sdk.build.asking import Plugin

MODULE = "mortise_component"

# Of the SDK: what only tests and builds use.
LEFT_OUT = {"mortise_sdk": ("build", "fake")}


def copy(stage: Path, plugin: Plugin) -> list[Path]:
    """The folders to import from."""
    app, source, packages = stage / "app", stage / "source", stage / "packages"
    app.mkdir()
    (app / f"{MODULE}.py").write_text(module(plugin))
    shutil.copytree(plugin.source, source, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    packages.mkdir()
    for name, places in plugin.packages.items():
        for place in map(Path, places):
            if place.is_dir():
                left_out = shutil.ignore_patterns("__pycache__", "*.so", *LEFT_OUT.get(name, ()))
                shutil.copytree(place, packages / name, ignore=left_out, dirs_exist_ok=True)
            elif place.suffix == ".py":
                shutil.copyfile(place, packages / place.name)
    for path in (app, source, packages):
        settle(path)
    return [app, source, packages]


def module(plugin: Plugin) -> str:
    """The component's own module: the SDK first, then what functions import late, then the plugin."""
    is_connector = plugin.roles != ["transform"]
    lines = [
        "import importlib",
        "from mortise_sdk.guest import exports, start",
        "start.begin()",
        "start.send_through_wasi()" if plugin.sends and is_connector else "",
        f"start.import_late({plugin.late!r})",
        f"plugin = importlib.import_module({plugin.module!r}).{plugin.name}",
        "globals().update(exports.classes(plugin))",
        "",
    ]
    return "\n".join(lines)


def settle(folder: Path) -> None:
    """Gives all files the time that `SOURCE_DATE_EPOCH` says."""
    seconds = int(os.environ.get("SOURCE_DATE_EPOCH", "315532800"))
    for path in [*folder.rglob("*"), folder]:
        os.utime(path, (seconds, seconds))
