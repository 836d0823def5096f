"""What went between connectors and applications: as the fakes wrote it down, and as scripts of the kit say it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

import yaml


@dataclass
class Exchange:
    """A request and its answer; without an answer where there was none."""

    application: str
    method: str
    path: str
    query: list[tuple[str, str]]
    content_type: str
    body: bytes
    status: int | None
    answer_type: str
    answer: bytes
    # For people: where it is written.
    origin: str
    headers: dict[str, str] = field(default_factory=dict)
    # The body is known in parts alone.
    is_partial: bool = False


def of_fakes(folder: Path) -> Iterator[Exchange]:
    """Files that the fakes wrote; what a test injected is not the application's."""
    for file in sorted(folder.glob("*.jsonl")):
        for line in file.read_text().splitlines():
            words = json.loads(line)
            if words["injected"]:
                continue
            yield Exchange(
                words["application"],
                words["method"],
                words["path"],
                [tuple(pair) for pair in words["query"]],
                media_type(words["headers"].get("content-type", "")),
                words["body"].encode(),
                words["status"],
                media_type(words["answer_headers"].get("content-type", "")),
                words["answer"].encode(),
                file.stem,
                words["headers"],
            )


def of_scripts(plugins: Path, application: str, plugin: str) -> Iterator[Exchange]:
    """Scripts of a plugin: the kit proves that the plugin sends just this."""
    for file in sorted((plugins / plugin / "tests").glob("*.yaml")):
        script = yaml.safe_load(file.read_text())
        for case in script.get("cases", []):
            for exchange in case.get("exchanges", []):
                if "request" in exchange and "path" in exchange["request"]:
                    yield scripted(application, exchange, f"{plugin}/tests/{file.name}: {case['name']}")


def scripted(application: str, exchange: dict, origin: str) -> Exchange:
    asked, given = exchange["request"], exchange["answer"]
    content_type, body = "", b""
    if "json" in asked:
        content_type, body = "application/json", json.dumps(asked["json"]).encode()
    elif "form" in asked:
        content_type, body = "application/x-www-form-urlencoded", urlencode(asked["form"]).encode()
    headers = {name.lower(): value for name, value in asked.get("headers", {}).items()}
    has_json = "json" in given
    answered = json.dumps(given["json"]) if has_json else given.get("text", "")
    answer_type = "application/json" if has_json else "text/plain"
    return Exchange(
        application,
        asked.get("method", "GET"),
        asked["path"],
        list(asked.get("query", {}).items()),
        content_type,
        body,
        given.get("status", 200),
        answer_type if answered else "",
        answered.encode(),
        origin,
        headers,
        "contains" in asked and not body,
    )


def media_type(value: str) -> str:
    """Without parameters."""
    return value.split(";")[0].strip().lower()
