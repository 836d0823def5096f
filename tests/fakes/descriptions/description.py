"""One description, and what it says of an exchange. openapi-core decides; here is only what leads up to it."""

import json
from pathlib import Path
from urllib.parse import urlsplit

from exchanges import Exchange
from openapi_core import Config, OpenAPI
from openapi_core.datatypes import RequestParameters
from openapi_core.exceptions import OpenAPIError
from openapi_core.templating.paths.exceptions import OperationNotFound, PathNotFound, ServerNotFound
from openapi_core.templating.paths.finders import APICallPathFinder
from werkzeug.datastructures import Headers, ImmutableMultiDict


class Uncovered(Exception):
    """The description does not have the operation."""


class Description:
    """A file of the package, with our amendments."""

    def __init__(self, file: Path, amendments: list[dict]):
        document = json.loads(file.read_text())
        for amendment in amendments:
            amend(document, amendment["at"], amendment.get("is"))
        # Who may ask is the fakes' affair, and they are strict about it.
        document.pop("security", None)
        for operation in operations(document):
            operation.pop("security", None)
        self.servers = [urlsplit(server["url"]) for server in document["servers"]]
        self.document = document
        self.api = OpenAPI.from_dict(document, config=Config(spec_validator_cls=None))

    def judge(self, exchange: Exchange) -> list[str]:
        """Everything that is wrong; raises `Uncovered` where there is no such operation."""
        request = Asked(exchange, self.servers[0])
        complaints = []
        try:
            self.api.validate_request(request)
        except (PathNotFound, OperationNotFound, ServerNotFound) as error:
            raise Uncovered(str(error)) from error
        except OpenAPIError as error:
            complaints.append(f"request: {told(error)}")
        complaints += [f"request: the parameter `{name}` is not known" for name in self.unknown(request)]
        if exchange.status is not None:
            try:
                self.api.validate_response(request, Given(exchange))
            except OpenAPIError as error:
                complaints.append(f"answer {exchange.status}: {told(error)}")
        return complaints

    def unknown(self, request: "Asked") -> list[str]:
        """Parameters of the query that the operation does not have; `created[gte]` belongs to `created`."""
        known = {one["name"] for one in self.parameters(request)}
        given = {name for name, _ in request.exchange.query}
        return sorted(name for name in given if not known & {name, name.split("[")[0], name.split("[")[0] + "[]"})

    def parameters(self, request: "Asked") -> list[dict]:
        """Those that the path and the operation declare."""
        path, operation, *_ = APICallPathFinder(self.api.spec).find(request.method, request.full_url_pattern)
        declared = [place / "parameters" for place in (path, operation) if "parameters" in place]
        return [one.read_value() if hasattr(one, "read_value") else one.contents() for several in declared for one in several]


class Asked:
    """A request as openapi-core wants it."""

    def __init__(self, exchange: Exchange, server):
        self.exchange = exchange
        base = server.path.rstrip("/")
        path = exchange.path if exchange.path.startswith(base + "/") else base + exchange.path
        self.host_url = f"{server.scheme}://{server.netloc}"
        self.path = path
        self.full_url_pattern = self.host_url + path
        self.method = exchange.method.lower()
        self.body = exchange.body or None
        self.content_type = exchange.content_type
        self.parameters = RequestParameters(
            query=ImmutableMultiDict(exchange.query),
            header=Headers(exchange.headers),
            cookie=ImmutableMultiDict(),
        )


class Given:
    """An answer as openapi-core wants it."""

    def __init__(self, exchange: Exchange):
        self.status_code = exchange.status
        self.data = exchange.answer
        self.content_type = exchange.answer_type
        self.headers = Headers()


def told(error: BaseException) -> str:
    """An error with what it comes from."""
    parts = [str(error)]
    cause = error.__cause__
    while cause is not None:
        schema_errors = getattr(cause, "schema_errors", None)
        if schema_errors:
            parts += [f"/{'/'.join(map(str, one.absolute_path))}: {one.message}" for one in schema_errors]
        else:
            parts.append(str(cause))
        cause = cause.__cause__
    return "; ".join(dict.fromkeys(part[:600] for part in parts))


def operations(document: dict):
    """Every operation of a description."""
    methods = {"get", "put", "post", "delete", "patch", "head", "options"}
    for path in document["paths"].values():
        yield from (operation for method, operation in path.items() if method in methods)


def amend(document, at: str, value) -> None:
    """Puts a value where a JSON Pointer leads, or takes away what stands there."""
    *way, last = [part.replace("~1", "/").replace("~0", "~") for part in at.split("/")[1:]]
    for part in way:
        document = document[int(part) if isinstance(document, list) else part]
    key = int(last) if isinstance(document, list) else last
    if value is None:
        del document[key]
    else:
        document[key] = value
