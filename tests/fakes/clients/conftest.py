"""Serves the fakes for the makers' clients."""

import json
import subprocess
import sys
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit
from urllib.request import Request, urlopen

import pytest


@dataclass
class Fakes:
    """The addresses of what is served."""

    desk: str
    applications: dict

    def url(self, name: str) -> str:
        """Where an application is."""
        return self.applications[name]

    def ask(self, name: str, act: str, **words):
        """Has the desk do something: `fault`, `tell`, `send`, `reset`."""
        return self._post(f"/{name}/{act}", words)

    def advance(self, by_ms: int):
        """Time goes by."""
        return self._post("/clock", {"advance-ms": by_ms})

    def look(self, name: str, what: str):
        """`state` or `requests`."""
        with urlopen(f"{self.desk}/{name}/{what}") as got:
            return json.loads(got.read())

    def agree(self, name: str, path: str, **asked) -> dict[str, str]:
        """A person opens an application's page of consent and agrees: what comes back in the address."""
        connection = HTTPConnection(urlsplit(self.url(name)).netloc)
        connection.request("GET", f"{path}?{urlencode(asked)}")
        location = connection.getresponse().headers["location"]
        connection.close()
        return dict(parse_qsl(urlsplit(location).query))

    def _post(self, path: str, words: dict):
        with urlopen(Request(self.desk + path, json.dumps(words).encode())) as got:
            return json.loads(got.read())


@pytest.fixture(scope="session")
def served():
    program = Path(__file__).parent.parent / "serve.py"
    process = subprocess.Popen([sys.executable, str(program)], stdout=subprocess.PIPE, text=True)
    ready = json.loads(process.stdout.readline())
    yield Fakes(ready["desk"], ready["applications"])
    process.terminate()
    process.wait()


@pytest.fixture
def fakes(served):
    """All of them, new."""
    served._post("/clock", {"reset": True})
    for name in served.applications:
        served.ask(name, "reset")
    return served
