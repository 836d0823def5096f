"""What is in a component besides the author's own code."""

from __future__ import annotations

import importlib.metadata

from mortise_sdk import __version__
from mortise_sdk.build import tool


def entries(packages: dict[str, list[str]]) -> list[dict[str, str]]:
    """The packages that the plugin imports, and the runtime."""
    found = [
        entry("cpython", tool.PYTHON, f"pkg:generic/cpython@{tool.PYTHON}", "Python-2.0"),
        entry(tool.PACKAGE, tool.VERSION, pypi(tool.PACKAGE, tool.VERSION), "Apache-2.0 WITH LLVM-exception"),
        entry("mortise-sdk", __version__, pypi("mortise-sdk", __version__), "Apache-2.0"),
    ]
    owners = importlib.metadata.packages_distributions()
    names = {name for package in packages for name in owners.get(package, [])} - {"mortise-sdk"}
    for name in sorted(names):
        metadata = importlib.metadata.metadata(name)
        found.append(
            entry(name, metadata["Version"], pypi(name, metadata["Version"]), metadata.get("License-Expression"))
        )
    return sorted(found, key=lambda it: (it["name"], it["version"]))


def entry(name: str, version: str, purl: str, licence: str | None) -> dict[str, str]:
    """One entry; a licence that nobody told is left out."""
    known = {"name": name, "version": version, "purl": purl}
    return {**known, "licence": licence} if licence else known


def pypi(name: str, version: str) -> str:
    """The package URL; names are compared in lower case and with hyphens."""
    return f"pkg:pypi/{name.lower().replace('_', '-').replace('.', '-')}@{version}"
