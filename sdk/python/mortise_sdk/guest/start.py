"""What has to be in place before the plugin is imported."""

from __future__ import annotations

import importlib

from mortise_sdk import host
from mortise_sdk.guest.imports import Imports

# Codecs and helpers that the standard library looks for in the middle of a call.
LATE = (
    "_strptime",
    "base64",
    "calendar",
    "copy",
    "encodings.ascii",
    "encodings.cp1252",
    "encodings.idna",
    "encodings.iso8859_15",
    "encodings.latin_1",
    "encodings.utf_16",
    "encodings.utf_8_sig",
    "json.decoder",
    "linecache",
    "random",
    "stringprep",
    "textwrap",
    "tokenize",
    "traceback",
)


def begin() -> None:
    """Puts the host in place, and imports what is imported late."""
    host.install(Imports())
    for name in LATE:
        importlib.import_module(name)


def send_through_wasi() -> None:
    """Lets `http.client` send through `wasi:http`, which the component then has to import."""
    from mortise_sdk.guest import sockets, wasi_http

    sockets.install(wasi_http.send)


def import_late(names: list[str]) -> None:
    """Imports what the plugin's functions import when they are called. What is not there is not there then."""
    for name in names:
        try:
            importlib.import_module(name)
        except ImportError:
            continue
