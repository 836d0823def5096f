"""The build, up to where componentize-py takes over."""

import ast
import importlib.metadata
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from mortise_sdk.build import answering, asking, sbom, staging, tool, world
from mortise_sdk.build.__main__ import main
from mortise_sdk.build.problem import Problem

SDK = Path(__file__).parents[1]
WIT = SDK.parents[1] / "wit"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A copy of the sample connector, and the process in it."""
    for name in ("pyproject.toml", "src"):
        source = SDK / "template" / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(SDK))
    return tmp_path


def test_the_plugin_itself_says_its_roles(folder):
    plugin = asking.ask(folder)
    assert plugin.roles == ["check", "actions", "polling", "webhooks"]
    assert list(plugin.packages) == ["mortise_sdk"]
    assert not plugin.sends


def test_a_plugin_that_imports_urllib_sends_even_where_a_function_imports_it(folder):
    file = folder / "src" / "plugin" / "desk.py"
    file.write_text(file.read_text() + "\n\ndef late():\n    import urllib.request\n    import no_such_module\n")
    plugin = asking.ask(folder)
    assert plugin.sends
    assert "urllib.request" in plugin.late
    assert "no_such_module" not in plugin.late


def test_a_plugin_that_cannot_be_imported_is_no_component(folder, capfd):
    (folder / "src" / "plugin" / "__init__.py").write_text("raise OSError('broken')")
    assert main(["--wit", str(WIT), "--out", "a.wasm"]) == 1
    printed = capfd.readouterr().err
    assert "OSError: broken" in printed
    assert "error: the plugin `plugin:plugin` cannot be imported" in printed


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (None, "there is no `pyproject.toml` here"),
        ("[", "`pyproject.toml` cannot be read"),
        ("[tool.mortise]\nsource = 'lib'", "there is no folder `lib`"),
    ],
)
def test_a_folder_that_is_no_plugin_is_named(folder, text, sentence):
    (folder / "pyproject.toml").unlink()
    if text is not None:
        (folder / "pyproject.toml").write_text(text)
    with pytest.raises(Problem, match=sentence):
        asking.ask(folder)


def test_a_world_has_the_roles_and_no_others():
    assert world.text(["check", "actions"], sends=False).splitlines()[2:] == [
        "world plugin {",
        "    include mortise:plugin/connector-imports@0.1.0;",
        "    export mortise:plugin/describe@0.1.0;",
        "    export mortise:plugin/check@0.1.0;",
        "    export mortise:plugin/actions@0.1.0;",
        "}",
    ]
    assert "import wasi:http/outgoing-handler@0.2.9;" in world.text(["actions"], sends=True)


def test_a_transform_imports_the_log_alone():
    text = world.text(["transform"], sends=True)
    assert text.count("import ") == 1
    assert "import mortise:plugin/log@0.1.0;" in text


@pytest.mark.parametrize("roles", [[], ["actions", "transform"]])
def test_a_world_that_no_plugin_has_is_refused(roles):
    with pytest.raises(Problem):
        world.text(roles, sends=False)


def test_a_folder_without_wit_is_named(tmp_path):
    with pytest.raises(Problem, match="there are no WIT files"):
        world.write(tmp_path / "wit", tmp_path, ["actions"], sends=False)


@pytest.mark.parametrize(
    ("roles", "exported"),
    [
        (
            ["check", "actions", "batch", "polling", "webhooks", "explore"],
            {"Describe", "Check", "Actions", "Batch", "Polling", "Webhooks", "Explore"},
        ),
        (["transform"], {"Describe", "Transform"}),
    ],
)
def test_the_bindings_have_the_names_that_the_layer_has(tmp_path, roles, exported):
    world.write(tmp_path / "wit", WIT, roles, sends=True)
    made = tmp_path / "made"
    command = [sys.executable, "-c", tool.SCRIPT, "-d", str(tmp_path / "wit"), "-w", "plugin", "bindings", str(made)]
    subprocess.run(command, check=True, capture_output=True)
    text = (made / "wit_world" / "exports" / "__init__.py").read_text()
    classes = {node.name for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ClassDef)}
    assert classes == exported


def test_what_goes_in_is_copied_without_what_only_tests_use(folder, tmp_path):
    plugin = asking.ask(folder)
    stage = tmp_path / "stage"
    stage.mkdir()
    app, source, packages = staging.copy(stage, plugin)
    ast.parse((app / "mortise_component.py").read_text())
    assert (source / "plugin" / "desk.py").is_file()
    assert (packages / "mortise_sdk" / "guest" / "start.py").is_file()
    assert not (packages / "mortise_sdk" / "fake").exists()
    assert {path.stat().st_mtime for path in stage.rglob("*")} == {315532800.0}


def test_imports_are_found_wherever_they_stand(tmp_path):
    file = tmp_path / "a.py"
    file.write_text("import a.b\nfrom c import d\nfrom . import e\ndef f():\n    import g\n")
    assert answering.named(file) == {"a.b", "c", "g"}


def test_the_list_names_the_runtime_and_the_packages():
    entries = sbom.entries({"mortise_sdk": [], "pytest": []})
    names = [entry["name"] for entry in entries]
    assert names == ["componentize-py", "cpython", "mortise-sdk", "pytest"]
    version = importlib.metadata.version("pytest")
    assert entries[3] == {
        "name": "pytest",
        "version": version,
        "purl": f"pkg:pypi/pytest@{version}",
        "licence": "MIT",
    }


def test_a_missing_tool_is_told_with_the_command_that_brings_it(folder, monkeypatch, capsys):
    monkeypatch.setattr(tool, "PACKAGE", "no-such-package")
    assert main(["--wit", str(WIT), "--out", "a.wasm"]) == 5
    assert "-m pip install no-such-package==0.25.1` brings it" in capsys.readouterr().err


def test_what_the_tool_says_of_its_own_code_is_left_out():
    assert tool.said("AssertionError: no\n\nStack backtrace:\n   0: a") == "AssertionError: no"
