"""The process that imports the plugin, and says what it is on the last line of stdout."""

from __future__ import annotations

import ast
import importlib
import json
import sys
from pathlib import Path
from types import ModuleType

before = set(sys.modules)


def main(source: Path, module: str, name: str) -> None:
    sys.path.insert(0, str(source))
    plugin = getattr(importlib.import_module(module), name)
    plugin.describe()
    late = import_late(source)
    found = {
        "roles": plugin.roles(),
        "late": late,
        "packages": packages(source),
        "sends": "http.client" in sys.modules,
    }
    print("\n" + json.dumps(found))


def import_late(source: Path) -> list[str]:
    """Imports what the plugin's functions import when they are called, as far as it is there."""
    imported = []
    for name in sorted({name for file in source.rglob("*.py") for name in named(file)}):
        try:
            importlib.import_module(name)
            imported.append(name)
        except ImportError:
            continue
    return imported


def named(file: Path) -> set[str]:
    """The modules that imports of a file name, wherever they stand."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_bytes(), filename=str(file))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names.add(node.module)
    return names


def packages(source: Path) -> dict[str, list[str]]:
    """The top-level modules that were imported and are neither the author's nor the standard library's."""
    found: dict[str, list[str]] = {}
    for name, module in sorted(sys.modules.items()):
        is_top = "." not in name and name not in before and name not in sys.stdlib_module_names
        paths = places(module) if is_top and name != "__main__" else []
        if not all(Path(path).is_relative_to(source) for path in paths):
            found[name] = paths
    return {"mortise_sdk": places(importlib.import_module("mortise_sdk")), **found}


def places(module: ModuleType) -> list[str]:
    """The folders of a package, or the file of a module."""
    if hasattr(module, "__path__"):
        return [str(Path(path).resolve()) for path in module.__path__]
    return [str(Path(module.__file__).resolve())] if getattr(module, "__file__", None) else []


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), sys.argv[2], sys.argv[3])
