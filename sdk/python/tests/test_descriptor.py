"""Descriptors against the schema of the contract."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from operations import PLUGIN, add, countdown, scale

from mortise_sdk import (
    Account,
    Algorithm,
    Example,
    Known,
    Meta,
    Nothing,
    Placement,
    Plugin,
    Rate,
    Reception,
    Request,
    Scheme,
    Secret,
    Signature,
    Token,
    action,
    webhook,
)
from mortise_sdk.authentication import Assertion, AwsSigv4, Capture, Oauth1, Oauth2, Session

CONTRACT = Path(__file__).parents[3] / "wit" / "descriptor.schema.json"


@pytest.fixture(scope="module")
def schema() -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(json.loads(CONTRACT.read_text()))


def plugin(**said: Any) -> Plugin:
    return Plugin(**{"name": "a/b", "version": "0.1.0", "title": "B", "operations": [countdown], **said})


def scheme(method: Any) -> Scheme:
    return Scheme("s", "S", method=method)


OAUTH2 = Oauth2.authorization_code("https://a.example/authorize", "https://a.example/token", ["read"])
FULL = Oauth2(
    "jwt-bearer",
    "https://a.example/token",
    capture=[Capture("instance", "token", "/url")],
    assertion=Assertion("key", "rs256", {"iss": "{settings.issuer}"}, 60_000),
)


@pytest.mark.parametrize(
    "described",
    [
        plugin(),
        PLUGIN,
        plugin(operations=[scale, add]),
        plugin(rate=Rate(100, 60_000, 5), hosts=["a.example"], origins=["https://a.example"], licence="MIT"),
        plugin(authentication=[Scheme.bearer("token", "Token")]),
        plugin(authentication=[Scheme("k", "K", [Secret("a", "sign", "A", [Algorithm.ES256], True)])]),
        plugin(authentication=[scheme(OAUTH2), scheme(FULL)]),
        plugin(authentication=[scheme(Oauth2.client_credentials("https://a.example/token", []))]),
        plugin(authentication=[scheme(Session("https://a.example/login", {"body": "/token"}, lifetime_ms=5))]),
        plugin(authentication=[scheme(AwsSigv4("s3", "eu-central-1")), scheme(Oauth1("hmac-sha1"))]),
    ],
)
def test_a_descriptor_is_valid(schema, described):
    schema.validate(described.describe())
    assert json.loads(described.to_json()) == described.describe()


@pytest.mark.parametrize(
    ("verification", "entry"),
    [
        (Known("stripe"), {"scheme": "stripe", "secret": "signing-secret"}),
        (Token(header="x-token"), {"scheme": "token", "secret": "signing-secret", "header": "x-token"}),
        (
            Signature(header="x-s", algorithm=Algorithm.HMAC_SHA1, encoding="base64", content="{body}", prefix="v1="),
            {
                "scheme": "signature",
                "secret": "signing-secret",
                "header": "x-s",
                "prefix": "v1=",
                "algorithm": "hmac-sha1",
                "encoding": "base64",
                "content": "{body}",
            },
        ),
    ],
)
def test_a_verification_is_what_the_host_reads(schema, verification, entry):
    @webhook("paid", summary="somebody paid", verification=verification)
    def paid(_: Nothing, request: Request) -> Reception[Any]:
        return Reception()

    document = plugin(operations=[paid]).describe()
    schema.validate(document)
    assert document["operations"][0]["verification"] == entry


def test_what_says_nothing_is_left_out():
    assert plugin(operations=[]).describe() == {
        "schema-version": 1,
        "name": "a/b",
        "version": "0.1.0",
        "title": "B",
        "operations": [],
    }


def test_an_operation_says_what_its_function_says():
    examples = [Example("twelve", 12, output=[11])]

    @action("count", summary="counts", repeat="safe", examples=examples, choices=["/a"], dynamic=True)
    def count(start: int) -> list[int]:
        return [start]

    assert count(2) == [2]
    assert count.describe() == {
        "name": "count",
        "role": "action",
        "summary": "counts",
        "input": {"type": "integer"},
        "output": {"type": "array", "items": {"type": "integer"}},
        "repeat": "safe",
        "choices": ["/a"],
        "dynamic": True,
        "examples": [{"title": "twelve", "input": 12, "output": [11]}],
    }


def test_a_transform_says_what_a_record_is():
    entry = scale.describe()
    assert entry["record"]["required"] == ["cents"]
    assert (entry["records"], add.describe()["records"]) == ("each", "all")


def test_a_page_says_what_a_record_is():
    entry = countdown.describe()
    assert (entry["output"], entry["paging"]) == ({"type": "integer"}, True)


def test_a_check_is_a_role():
    assert plugin(check=lambda: Account("a", "A")).roles() == ["check", "actions"]


def test_a_placement_says_where():
    described = Scheme("q", "Q", [Secret.inject("key")], [Placement("query", "key", "{secrets.key}")]).describe()
    assert described["placements"] == [{"in": "query", "name": "key", "template": "{secrets.key}"}]
    assert described["kind"] == "secrets"


def test_a_meta_without_words_changes_nothing():
    assert Meta() == Meta(description=None)
