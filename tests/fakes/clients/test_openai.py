"""OpenAI's own client against its fake."""

import base64
import json
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import openai
import pytest

KEY = "sk-fake"
WEBHOOK_SECRET = "whsec_" + base64.b64encode(b"a secret of thirty-two bytes, it").decode()


@pytest.fixture
def client(fakes):
    return openai.OpenAI(api_key=KEY, base_url=fakes.url("openai") + "/v1", max_retries=0, webhook_secret=WEBHOOK_SECRET)


def ask(client, **more):
    return client.chat.completions.create(model="gpt-4.1-mini", messages=[{"role": "user", "content": "hi"}], **more)


def test_a_question_is_answered_and_counted(client):
    completion = ask(client, temperature=0.5)
    assert completion.choices[0].message.content == "You said: hi"
    assert completion.choices[0].finish_reason == "stop"
    assert completion.model == "gpt-4.1-mini-2025-04-14"
    usage = completion.usage
    assert usage.prompt_tokens + usage.completion_tokens == usage.total_tokens > 0


def test_an_answer_is_cut_off_where_it_may_not_be_longer(client):
    completion = ask(client, max_completion_tokens=1)
    assert completion.choices[0].finish_reason == "length"
    assert completion.usage.completion_tokens == 1


def test_structured_outputs_fit_their_schema(client):
    schema = {
        "type": "object",
        "properties": {
            "number": {"type": "string"},
            "total": {"type": "number"},
            "due": {"type": ["string", "null"]},
            "kind": {"type": "string", "enum": ["credit", "invoice"]},
            "lines": {"type": "array", "items": {"$ref": "#/$defs/line"}},
        },
        "required": ["number", "total", "due", "kind", "lines"],
        "additionalProperties": False,
        "$defs": {
            "line": {
                "type": "object",
                "properties": {"sku": {"type": "string"}},
                "required": ["sku"],
                "additionalProperties": False,
            }
        },
    }
    form = {"type": "json_schema", "json_schema": {"name": "data", "strict": True, "schema": schema}}
    completion = client.chat.completions.create(
        model="gpt-5.6",
        messages=[{"role": "user", "content": "Invoice number: INV-77, total: 362.30, sku: box"}],
        response_format=form,
    )
    data = json.loads(completion.choices[0].message.content)
    assert data == {"number": "INV-77", "total": 362.3, "due": None, "kind": "invoice", "lines": [{"sku": "box"}]}
    del schema["additionalProperties"]
    with pytest.raises(openai.BadRequestError) as refused:
        client.chat.completions.create(
            model="gpt-5.6", messages=[{"role": "user", "content": "x"}], response_format=form
        )
    assert refused.value.param == "response_format"
    assert "'additionalProperties' is required" in refused.value.body["message"]


def test_stored_completions_are_listed_to_the_end(client):
    ids = [ask(client, store=True).id for _ in range(5)]
    ask(client)
    listed = client.chat.completions.list(limit=2)
    assert len(listed.data) == 2 and listed.has_more
    assert [one.id for one in listed] == ids
    assert client.chat.completions.retrieve(ids[3]).id == ids[3]
    models = [one.id for one in client.models.list()]
    assert "text-embedding-3-small" in models


def test_what_is_told_is_answered_next(fakes, client):
    answers = [{"content": "one"}, {"refusal": "I cannot"}, {"content": "cut", "finish_reason": "content_filter"}]
    fakes.ask("openai", "tell", answers=answers)
    assert ask(client).choices[0].message.content == "one"
    refused = ask(client).choices[0].message
    assert (refused.content, refused.refusal) == (None, "I cannot")
    assert ask(client).choices[0].finish_reason == "content_filter"
    assert ask(client).choices[0].message.content == "You said: hi"


def test_errors_are_those_of_the_api(fakes, client):
    with pytest.raises(openai.NotFoundError) as unknown:
        client.chat.completions.create(model="gpt-0", messages=[{"role": "user", "content": "x"}])
    assert unknown.value.code == "model_not_found"
    assert unknown.value.request_id.startswith("req_")
    with pytest.raises(openai.BadRequestError) as hot:
        client.chat.completions.create(model="o3", temperature=0.1, messages=[{"role": "user", "content": "x"}])
    assert (hot.value.code, hot.value.param) == ("unsupported_value", "temperature")
    with pytest.raises(openai.BadRequestError) as strange:
        ask(client, extra_body={"colour": "red"})
    assert (strange.value.code, strange.value.param) == ("unknown_parameter", "colour")
    with pytest.raises(openai.AuthenticationError) as refused:
        openai.OpenAI(api_key="sk-other", base_url=fakes.url("openai") + "/v1").models.list()
    assert refused.value.code == "invalid_api_key"


def test_a_limit_is_kept_and_told(fakes, client):
    fakes.ask("openai", "tell", **{"requests-per-minute": 1})
    raw = client.chat.completions.with_raw_response.create(model="o3", messages=[{"role": "user", "content": "x"}])
    assert raw.headers["x-ratelimit-remaining-requests"] == "0"
    with pytest.raises(openai.RateLimitError) as limited:
        ask(client)
    assert (limited.value.code, limited.value.type) == ("rate_limit_exceeded", "requests")
    assert 0 < int(limited.value.response.headers["retry-after"]) <= 60
    fakes.advance(60_000)
    assert ask(client).id
    fakes.ask("openai", "tell", paid=False)
    with pytest.raises(openai.RateLimitError) as unpaid:
        ask(client)
    assert unpaid.value.code == "insufficient_quota"


def test_embeddings_are_the_same_as_numbers_and_as_bytes(client):
    texts = ["a stuck door", "a wet box"]
    numbers = client.embeddings.create(model="text-embedding-3-small", input=texts, dimensions=8, encoding_format="float")
    # Without a format the client asks for base64, and makes numbers of it.
    decoded = client.embeddings.create(model="text-embedding-3-small", input=texts, dimensions=8)
    assert [one.embedding for one in numbers.data] == [list(one.embedding) for one in decoded.data]
    assert [len(one.embedding) for one in numbers.data] == [8, 8]
    assert len(client.embeddings.create(model="text-embedding-3-large", input="x").data[0].embedding) == 3072
    with pytest.raises(openai.BadRequestError):
        client.embeddings.create(model="text-embedding-3-small", input="")


def test_the_client_knows_no_idempotency_and_asks_again(fakes):
    """Which is why the connector calls a question safe to repeat."""
    client = openai.OpenAI(api_key=KEY, base_url=fakes.url("openai") + "/v1", max_retries=1)
    fakes.ask("openai", "fault", path="/v1/chat/completions", reset=True, **{"carried-out": True})
    assert ask(client).choices[0].message.content == "You said: hi"
    asked = [one for one in fakes.look("openai", "requests")["requests"] if one["path"] == "/v1/chat/completions"]
    assert len(asked) == 2
    assert not any("idempotency-key" in one["headers"] for one in asked)


def test_the_client_takes_its_webhooks(fakes, client):
    got = {}

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self):
            got["headers"] = dict(self.headers)
            got["body"] = self.rfile.read(int(self.headers["content-length"]))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Hook)
    thread = Thread(target=server.handle_request)
    thread.start()
    url = f"http://127.0.0.1:{server.server_port}/"
    fakes.ask("openai", "send", url=url, event="response.completed", data={"id": "resp_1"})
    thread.join()
    server.server_close()
    event = client.webhooks.unwrap(got["body"], got["headers"])
    assert (event.type, event.data.id) == ("response.completed", "resp_1")
    with pytest.raises(openai.InvalidWebhookSignatureError):
        client.webhooks.unwrap(got["body"] + b" ", got["headers"])
