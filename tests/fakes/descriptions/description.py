"""One description, and what it says of an exchange. openapi-core decides; here is only what leads up to it."""

import json
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import forms
from exchanges import Exchange
from openapi_core import Config, OpenAPI
from openapi_core.datatypes import RequestParameters
from openapi_core.exceptions import OpenAPIError
from openapi_core.templating.paths.exceptions import OperationNotFound, PathNotFound, ServerNotFound
from openapi_core.templating.paths.finders import APICallPathFinder
from openapi_core.templating.responses.exceptions import ResponseNotFound
from openapi_schema_validator import OAS30Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4
from werkzeug.datastructures import Headers, ImmutableMultiDict

METHODS = {"get", "put", "post", "delete", "patch", "head", "options"}
FORM = "application/x-www-form-urlencoded"


class Uncovered(Exception):
    """The description does not have the operation."""


class Description:
    """A file of the package, with our amendments."""

    def __init__(self, file: Path, words: dict):
        document = json.loads(file.read_text())
        for amendment in words.get("amendments", []):
            if amendment.get("in", file.name) == file.name:
                amend(document, amendment["at"], amendment.get("is"))
        self.document = document
        self.dropped = set(words.get("dropped-parameters", {}))
        self.refusals = words.get("refusals", {})
        self.has_open_refusals = "open-refusals" in words
        self.forms: dict[tuple[str, str], dict] = {}
        self.deep: dict[tuple[str, str], dict] = {}
        self.prepare()
        self.servers = [urlsplit(server["url"]) for server in document["servers"]]
        self.api = OpenAPI.from_dict(document, config=Config(spec_validator_cls=None))
        resource = Resource.from_contents(document, default_specification=DRAFT4)
        self.registry = Registry().with_resource("", resource)

    def prepare(self):
        """Takes out what openapi-core cannot read, to be judged beside it: who may ask (the fakes are strict about that),
        forms, and parameters with brackets."""
        self.document.pop("security", None)
        nullable(self.document)
        for path, item in self.document["paths"].items():
            shared = item.get("parameters", [])
            for method in METHODS & set(item):
                operation = item[method]
                operation.pop("security", None)
                declared = [self.resolve(one) for one in [*shared, *operation.get("parameters", [])]]
                declared = [one for one in declared if one["name"] not in self.dropped]
                self.deep[method, path] = {one["name"]: one["schema"] for one in declared if is_deep(one)}
                operation["parameters"] = [one for one in declared if not is_deep(one)]
                content = self.resolve(operation.get("requestBody", {})).get("content", {})
                if FORM in content:
                    self.forms[method, path] = content.pop(FORM)["schema"]
                    operation.pop("requestBody")
                if self.has_open_refusals:
                    self.open(operation["responses"])
            item.pop("parameters", None)

    def open(self, responses: dict):
        """Lets refusals hold more than the description knows of."""
        for content in self.resolve(responses.get("default", {})).get("content", {}).values():
            schema = content["schema"]
            schema.pop("additionalProperties", None)
            for property in schema.get("properties", {}).values():
                property.pop("enum", None)

    def resolve(self, schema: dict) -> dict:
        """A part of the document, where it is named by a reference."""
        while "$ref" in schema:
            place = self.document
            for part in schema["$ref"].split("/")[1:]:
                place = place[part.replace("~1", "/").replace("~0", "~")]
            schema = place
        return schema

    def judge(self, exchange: Exchange) -> list[str]:
        """Everything that is wrong; raises `Uncovered` where there is no such operation."""
        request = Asked(exchange, self.servers[0])
        try:
            found = APICallPathFinder(self.api.spec).find(request.method, request.full_url_pattern)
        except (PathNotFound, OperationNotFound, ServerNotFound) as error:
            raise Uncovered(str(error)) from error
        place = (request.method, found.path_result.pattern)
        is_refused = exchange.status is None or exchange.status >= 400 or self.is_refusal(exchange)
        # What the application refuses may be wrong: that is what it is refused for.
        asked = [] if is_refused or exchange.is_partial else self.asked(request, place)
        return [f"request: {one}" for one in asked] + [f"answer {exchange.status}: {one}" for one in self.given(request)]

    def asked(self, request: "Asked", place: tuple[str, str]) -> list[str]:
        """What is wrong with the request."""
        complaints = []
        operation = self.document["paths"][place[1]][place[0]]
        known = {one["name"] for one in operation["parameters"]} | set(self.deep[place])
        query = request.exchange.query
        given = {name for name, _ in query}
        complaints += [
            f"the parameter `{name}` is not known" for name in sorted(given) if name.split("[")[0] not in known | {name} & known
        ]
        deep = forms.nested([(name, value) for name, value in query if name.split("[")[0] in self.deep[place]])
        for name, value in deep.items():
            complaints += self.fits(name, value, self.deep[place][name])
        if place in self.forms:
            body = forms.nested(parse_qsl(request.exchange.body.decode(), keep_blank_values=True))
            complaints += self.fits("body", body if body else {}, self.forms[place])
        try:
            self.api.validate_request(request)
        except OpenAPIError as error:
            complaints.append(told(error))
        return complaints

    def fits(self, name: str, value, schema: dict) -> list[str]:
        """What is wrong with a value of a form or of a query with brackets."""
        value = forms.typed(value, schema, self.resolve)
        validator = OAS30Validator(schema, registry=self.registry)
        return [
            f"`{name}` at /{'/'.join(map(str, one.absolute_path))}: {one.message[:300]}" for one in validator.iter_errors(value)
        ]

    def given(self, request: "Asked") -> list[str]:
        """What is wrong with the answer."""
        exchange = request.exchange
        if exchange.status is None:
            return []
        status = "default" if self.is_refusal(exchange) else exchange.status
        try:
            self.api.validate_response(request, Given(exchange, status))
        except ResponseNotFound:
            # Many descriptions leave refusals out; the maker's client judges those.
            return [] if exchange.status >= 400 else ["no such answer is described"]
        except OpenAPIError as error:
            return [told(error)]
        return []

    def is_refusal(self, exchange: Exchange) -> bool:
        """Whether the application refuses with a status that says otherwise."""
        if not self.refusals or exchange.answer_type != "application/json":
            return False
        answered = json.loads(exchange.answer or b"null")
        return isinstance(answered, dict) and all(answered.get(name) == value for name, value in self.refusals.items())


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

    def __init__(self, exchange: Exchange, status):
        self.status_code = status
        self.data = exchange.answer
        self.content_type = exchange.answer_type
        self.headers = Headers()


def nullable(value) -> None:
    """Says in words of JSON Schema what `nullable` means beside `anyOf` and `enum`, where it is often overlooked."""
    if isinstance(value, list):
        for item in value:
            nullable(item)
    if not isinstance(value, dict):
        return
    if value.get("nullable") is True:
        for word in ("anyOf", "oneOf"):
            if word in value:
                value[word] = [*value[word], {"enum": [None], "nullable": True}]
        if "enum" in value and None not in value["enum"]:
            value["enum"] = [*value["enum"], None]
    for item in value.values():
        nullable(item)


def is_deep(parameter: dict) -> bool:
    """Whether it has brackets in its name."""
    return parameter.get("style") == "deepObject"


def told(error: BaseException) -> str:
    """An error with what it comes from."""
    parts = [] if getattr(error.__cause__, "schema_errors", None) else [str(error)]
    cause = error.__cause__
    while cause is not None:
        errors = getattr(cause, "schema_errors", None) or []
        parts += [f"/{'/'.join(map(str, one.absolute_path))}: {one.message}" for one in errors] or [str(cause)]
        cause = cause.__cause__
    return "; ".join(dict.fromkeys(part[:300] for part in parts))


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
