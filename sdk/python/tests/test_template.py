"""What a new plugin of each role begins with."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
import yaml

SDK = Path(__file__).parents[1]
CONTRACT = SDK.parents[1] / "wit" / "descriptor.schema.json"
KEPT = yaml.safe_load((SDK / "roles.yaml").read_text())

ROLES = {
    "action": (["check", "actions"], ["create-ticket"]),
    "polling": (["check", "polling"], ["new-tickets"]),
    "webhook": (["check", "webhooks"], ["ticket-closed"]),
    "transform": (["transform"], ["tidy-contact"]),
    "connector": (
        ["check", "actions", "polling", "webhooks"],
        ["create-ticket", "list-tickets", "upload-file", "new-tickets", "ticket-closed"],
    ),
}

ASK = "import json; from plugin import plugin; print(json.dumps([plugin.roles(), plugin.describe()]))"


@pytest.fixture(params=sorted(ROLES))
def made(request, tmp_path):
    """The role, and a folder as `mortise plugin new` makes it, but for the names."""
    for kept in KEPT[request.param]:
        source, to = SDK / "template" / kept, tmp_path / kept
        to.parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if source.is_dir() else shutil.copy)(source, to)
    over = SDK / "roles" / request.param
    if over.is_dir():
        shutil.copytree(over, tmp_path, dirs_exist_ok=True)
    return request.param, tmp_path


def run(folder: Path, *command: str) -> str:
    """What a command prints, with this SDK and the folder's sources to import from."""
    paths = f"{SDK}:{folder / 'src'}"
    done = subprocess.run(
        [sys.executable, *command],
        cwd=folder,
        env={"PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_every_role_is_there():
    assert set(KEPT) == set(ROLES)


def test_it_has_the_roles_and_operations_and_is_valid(made):
    role, folder = made
    roles, document = json.loads(run(folder, "-c", ASK))
    assert (roles, [operation["name"] for operation in document["operations"]]) == ROLES[role]
    jsonschema.Draft202012Validator(json.loads(CONTRACT.read_text())).validate(document)


def test_its_tests_pass(made):
    _, folder = made
    assert " passed" in run(folder, "-m", "pytest", "-q", "-p", "no:cacheprovider")


def test_it_is_formatted_and_linted(made):
    _, folder = made
    assert "All checks passed" in run(folder, "-m", "ruff", "check", "--no-cache")
    assert "already formatted" in run(folder, "-m", "ruff", "format", "--check", "--no-cache")


def test_it_has_a_readme_and_a_licence(made):
    _, folder = made
    assert (folder / "README.md").read_text().startswith("# sample-plugin\n")
    assert "Apache License" in (folder / "LICENSE").read_text()
    assert ".venv/" in (folder / ".gitignore").read_text()
