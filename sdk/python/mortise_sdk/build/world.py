"""The world of a component: the roles that the plugin has, and no others."""

from __future__ import annotations

import shutil
from pathlib import Path

from mortise_sdk.build.problem import Problem

CONTRACT = "0.1.0"
WASI = "0.2.9"
HERE = Path(__file__).parent


def text(roles: list[str], sends: bool) -> str:
    """The world as WIT. A transform imports the log and nothing else."""
    if "transform" in roles and len(roles) > 1:
        raise Problem(f"a plugin is a transform or a connector: this one has `{'`, `'.join(roles)}`")
    if not roles:
        raise Problem("the plugin has no operations")
    is_transform = roles == ["transform"]
    imports = (
        f"import mortise:plugin/log@{CONTRACT}"
        if is_transform
        else f"include mortise:plugin/connector-imports@{CONTRACT}"
    )
    lines = [imports]
    if sends and not is_transform:
        lines.append(f"import wasi:http/outgoing-handler@{WASI}")
    lines += [f"export mortise:plugin/{role}@{CONTRACT}" for role in ["describe", *roles]]
    return "package mortise:built;\n\nworld plugin {\n" + "".join(f"    {line};\n" for line in lines) + "}\n"


def write(folder: Path, wit: Path, roles: list[str], sends: bool) -> None:
    """Writes the package that bindings are made from."""
    contract = sorted(wit.glob("*.wit"))
    if not contract:
        raise Problem(f"there are no WIT files in `{wit}`")
    mortise = folder / "deps" / "mortise"
    mortise.mkdir(parents=True)
    for file in contract:
        shutil.copyfile(file, mortise / file.name)
    (folder / "plugin.wit").write_text(text(roles, sends))
    if sends and roles != ["transform"]:
        for name in ("wasi-clocks", "wasi-http", "wasi-io"):
            shutil.copytree(HERE / name, folder / "deps" / name)
