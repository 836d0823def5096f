"""The inside of a component, natively: over real bindings, with a host behind them that tests can ask."""

import importlib
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from operations import PLUGIN

from mortise_sdk import Account, Plugin
from mortise_sdk.build import tool, world

WIT = Path(__file__).parents[3] / "wit"
ROLES = ["check", "actions", "batch", "polling", "webhooks", "explore"]


def bindings(folder, roles, sends):
    world.write(folder / "wit", WIT, roles, sends)
    made = folder / "made"
    command = [sys.executable, "-c", tool.SCRIPT, "-d", str(folder / "wit"), "-w", "plugin", "bindings", str(made)]
    subprocess.run(command, check=True, capture_output=True)
    return made


def inside(folder, monkeypatch, roles, sends):
    """The modules of the inside, imported over bindings of a world, and what the host calls."""
    monkeypatch.syspath_prepend(str(bindings(folder, roles, sends)))
    for name in [name for name in sys.modules if name.startswith(("wit_world", "componentize_py_types"))]:
        monkeypatch.delitem(sys.modules, name)
    for name in ("exports", "imports"):
        monkeypatch.delitem(sys.modules, f"mortise_sdk.guest.{name}", raising=False)
    exports = importlib.import_module("mortise_sdk.guest.exports")
    imports = importlib.import_module("mortise_sdk.guest.imports")
    return SimpleNamespace(exports=exports, imports=imports, Err=exports.Err, Ok=exports.Ok)


@pytest.fixture(params=[False, True], ids=["plain", "with wasi:http"])
def connector(request, tmp_path, monkeypatch):
    guest = inside(tmp_path, monkeypatch, ROLES, request.param)
    described = Plugin("a/b", "0.1.0", "B", check=lambda: Account("a", "A"), operations=PLUGIN.operations)
    described.explore = PLUGIN.explore
    guest.calls = SimpleNamespace(**{name: made() for name, made in guest.exports.classes(described).items()})
    guest.plugin = described
    return guest


@pytest.fixture
def transformer(tmp_path, monkeypatch):
    return inside(tmp_path, monkeypatch, ["transform"], sends=True)
