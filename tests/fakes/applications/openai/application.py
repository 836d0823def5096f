"""The account, its limits, and what it answers."""

import base64
import hashlib
import hmac
import json
import struct

from framework import Answer, Application, Delivery, Request, Window, answer, route

from . import errors, models, parameters, schemas

API_KEY = "sk-fake"
ORGANIZATION, PROJECT = "org-fake", "proj_fake"
WEBHOOK_SECRET = "whsec_" + base64.b64encode(b"a secret of thirty-two bytes, it").decode()
RATE_MOST, RATE_WINDOW_MS = 500, 60_000
TOKENS_MOST = 200_000
PAGE_MOST = 100


class OpenAI(Application):
    """An account that knows a few models, which answer as they are told, else by rule."""

    name = "openai"

    def reset(self):
        self.rate = Window(self.clock, RATE_MOST, RATE_WINDOW_MS)
        self.is_paid, self.is_key_good = True, True
        self.count, self.tokens = 0, 0
        # What is answered next, before what follows from the question.
        self.told: list[dict] = []
        self.completions: list[dict] = []
        self.stored: dict[str, dict] = {}

    def before(self, request: Request):
        self.count += 1
        key = request.bearer()
        if not key:
            raise errors.refusal(
                401,
                "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth (i.e. Authorization: Bearer YOUR_KEY).",
            )
        if key != API_KEY or not self.is_key_good:
            why = f"Incorrect API key provided: {key[:3]}***. You can find your API key at https://platform.openai.com/account/api-keys."
            raise errors.refusal(401, why, code="invalid_api_key")
        for header, own in (("openai-organization", ORGANIZATION), ("openai-project", PROJECT)):
            what = header.removeprefix("openai-")
            if request.header(header) not in ("", own):
                why = f"OpenAI-{what.title()} header should match {what} for API key"
                raise errors.refusal(401, why, code=f"mismatched_{what}")
        if request.method == "POST":
            self.limit()

    def limit(self):
        if not self.is_paid:
            why = "You exceeded your current quota, please check your plan and billing details. For more information on this error, read the docs: https://platform.openai.com/docs/guides/error-codes/api-errors."
            raise errors.refusal(429, why, code="insufficient_quota", kind="insufficient_quota")
        if not self.rate.take():
            wait_ms = self.rate.wait_ms
            why = f"Rate limit reached for {ORGANIZATION} on requests per min (RPM): Limit {self.rate.most}, Used {self.rate.most}, Requested 1. Please try again in {wait_ms}ms."
            headers = {"retry-after-ms": str(wait_ms), "retry-after": str(-(-wait_ms // 1000))}
            raise errors.refusal(429, why, code="rate_limit_exceeded", kind="requests", headers=headers)

    def after(self, request: Request, given: Answer):
        given.headers |= {
            "x-request-id": f"req_{self.count}",
            "openai-version": "2020-10-01",
            "openai-processing-ms": "12",
        }
        if given.status == 401:
            return
        given.headers["openai-organization"] = ORGANIZATION
        if request.method == "POST":
            given.headers |= {
                "x-ratelimit-limit-requests": str(self.rate.most),
                "x-ratelimit-remaining-requests": str(self.rate.remaining),
                "x-ratelimit-reset-requests": f"{self.rate.wait_ms}ms",
                "x-ratelimit-limit-tokens": str(TOKENS_MOST),
                "x-ratelimit-remaining-tokens": str(max(0, TOKENS_MOST - self.tokens)),
                "x-ratelimit-reset-tokens": "1m0s",
            }

    def unknown(self, request: Request) -> Answer:
        return errors.unknown_path(request.method, request.path)

    @route("GET", "/v1/models")
    def list_models(self, _: Request) -> Answer:
        return answer({"object": "list", "data": models.listed()})

    @route("GET", "/v1/models/{model}")
    def get_model(self, request: Request) -> Answer:
        return answer(models.found(request.parameters["model"]))

    @route("POST", "/v1/chat/completions")
    def complete(self, request: Request) -> Answer:
        asked = parameters.chat(body_of(request))
        version = models.for_chat(asked["model"])
        schema = schemas.checked(asked.get("response_format"))
        question = [text_of(message) for message in asked["messages"]]
        input_tokens = sum(counted(text) + 4 for text in question)
        if input_tokens > models.CONTEXT_MAX_TOKENS:
            why = f"This model's maximum context length is {models.CONTEXT_MAX_TOKENS} tokens. However, your messages resulted in {input_tokens} tokens. Please reduce the length of the messages."
            raise errors.refusal(400, why, "messages", "context_length_exceeded")
        last = next((text_of(one) for one in reversed(asked["messages"]) if one["role"] == "user"), "")
        said = self.told.pop(0) if self.told else {}
        content = said.get("content", schemas.as_text(schema, last) if schema else f"You said: {last}")
        if not isinstance(content, str):
            content = json.dumps(content)
        most = asked.get("max_completion_tokens") or asked.get("max_tokens")
        finish = said.get("finish_reason", "stop")
        if most is not None and counted(content) > most:
            content, finish = content[: most * 4], "length"
        if "refusal" in said:
            content = None
        completion = self.completion(version, asked, content, said.get("refusal"), finish, input_tokens)
        self.completions.append({"request": asked, "response": completion})
        if asked.get("store"):
            self.stored[completion["id"]] = completion
        return answer(completion)

    def completion(self, version, asked, content, refused, finish, input_tokens) -> dict:
        output_tokens = counted(content or refused or "")
        self.tokens += input_tokens + output_tokens
        stored = {"metadata": asked.get("metadata") or {}} if asked.get("store") else {}
        return {
            "id": f"chatcmpl-{len(self.completions) + 1}",
            "object": "chat.completion",
            "created": self.clock.now(),
            "model": version,
            "choices": [
                {
                    "index": 0,
                    "message": {"role": "assistant", "content": content, "refusal": refused, "annotations": []},
                    "logprobs": None,
                    "finish_reason": finish,
                }
            ],
            "usage": {
                "prompt_tokens": input_tokens,
                "completion_tokens": output_tokens,
                "total_tokens": input_tokens + output_tokens,
                "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
                "completion_tokens_details": {"reasoning_tokens": 0, "audio_tokens": 0},
            },
            "service_tier": "default",
            "system_fingerprint": None,
            **stored,
        }

    @route("GET", "/v1/chat/completions")
    def list_completions(self, request: Request) -> Answer:
        limit = request.one("limit", "20")
        if not limit.isdigit() or not 1 <= int(limit) <= PAGE_MOST:
            raise errors.refusal(400, f"Invalid 'limit': expected a value between 1 and {PAGE_MOST}.", "limit", "invalid_value")
        found = list(self.stored.values())
        if request.one("order", "asc") == "desc":
            found.reverse()
        if model := request.one("model"):
            found = [one for one in found if one["model"] == model]
        if after := request.one("after"):
            ids = [one["id"] for one in found]
            if after not in ids:
                raise errors.refusal(404, f"No completion found with id '{after}'.", "after")
            found = found[ids.index(after) + 1 :]
        page = found[: int(limit)]
        ends = {"first_id": page[0]["id"] if page else None, "last_id": page[-1]["id"] if page else None}
        return answer({"object": "list", "data": page, **ends, "has_more": len(found) > len(page)})

    @route("GET", "/v1/chat/completions/{id}")
    def get_completion(self, request: Request) -> Answer:
        found = self.stored.get(request.parameters["id"])
        if found is None:
            raise errors.refusal(404, f"No completion found with id '{request.parameters['id']}'.")
        return answer(found)

    @route("POST", "/v1/embeddings")
    def embed(self, request: Request) -> Answer:
        asked = parameters.read(body_of(request), parameters.EMBEDDING)
        length = models.for_embeddings(asked["model"])
        texts = [asked["input"]] if isinstance(asked["input"], str) else asked["input"]
        if not texts or len(texts) > 2048 or "" in texts:
            raise errors.refusal(400, "'$.input' is invalid. Please check the API reference: https://platform.openai.com/docs/api-reference.")
        if "dimensions" in asked:
            if asked["model"] == "text-embedding-ada-002":
                raise errors.refusal(400, "This model does not support specifying dimensions.")
            if not 1 <= asked["dimensions"] <= length:
                why = f"Invalid value for 'dimensions' = {asked['dimensions']}. Must be less than or equal to {length}."
                raise errors.refusal(400, why, "dimensions", "invalid_value")
            length = asked["dimensions"]
        vectors = [vector(text, length) for text in texts]
        if asked.get("encoding_format") == "base64":
            vectors = [base64.b64encode(struct.pack(f"<{length}f", *one)).decode() for one in vectors]
        tokens = sum(counted(text) for text in texts)
        self.tokens += tokens
        data = [{"object": "embedding", "index": n, "embedding": one} for n, one in enumerate(vectors)]
        usage = {"prompt_tokens": tokens, "total_tokens": tokens}
        return answer({"object": "list", "data": data, "model": asked["model"], "usage": usage})

    def tell(self, what: dict):
        """`answers`: what is said next, each with `content`, `refusal` or `finish_reason`; `paid`: whether there is
        credit; `key`: whether the key is good; `requests-per-minute`: a smaller limit."""
        match what:
            case {"answers": answers}:
                self.told += answers
            case {"paid": is_paid}:
                self.is_paid = is_paid
            case {"key": is_good}:
                self.is_key_good = is_good
            case {"requests-per-minute": most}:
                self.rate = Window(self.clock, most, RATE_WINDOW_MS)
            case _:
                super().tell(what)

    def deliver(self, what: dict) -> Delivery:
        """An event, such as `{"event": "response.completed", "data": {"id": "resp_1"}}`, signed as Standard Webhooks say."""
        self.count += 1
        event_id, now = f"evt_{self.count}", str(self.clock.now())
        event = {"id": event_id, "object": "event", "created_at": int(now), "type": what["event"], "data": what["data"]}
        body = json.dumps(event).encode()
        key = base64.b64decode(WEBHOOK_SECRET.removeprefix("whsec_"))
        signature = hmac.new(key, f"{event_id}.{now}.".encode() + body, hashlib.sha256).digest()
        headers = {
            "content-type": "application/json",
            "user-agent": "OpenAI/1.0 (+https://platform.openai.com/docs/webhooks)",
            "webhook-id": event_id,
            "webhook-timestamp": now,
            "webhook-signature": "v1," + base64.b64encode(signature).decode(),
        }
        return Delivery(headers, body)

    def state(self):
        return {"completions": self.completions, "tokens": self.tokens, "requests": self.count}


def body_of(request: Request):
    try:
        return request.json()
    except ValueError:
        raise errors.refusal(400, "We could not parse the JSON body of your request.") from None


def text_of(message: dict) -> str:
    """The text of a message, without its images."""
    content = message["content"]
    if isinstance(content, str):
        return content
    return " ".join(part.get("text", "") for part in content)


def counted(text: str) -> int:
    """Tokens: not those of any model, but as many for the same text every time."""
    return -(-len(text.encode()) // 4)


def vector(text: str, length: int) -> list[float]:
    """A vector of length one, the same for the same text every time, with numbers that a float32 holds."""
    numbers = []
    n = 0
    while len(numbers) < length:
        digest = hashlib.sha256(f"{n}:{text}".encode()).digest()
        numbers += [byte / 127.5 - 1 for byte in digest]
        n += 1
    numbers = numbers[:length]
    norm = sum(number * number for number in numbers) ** 0.5 or 1.0
    return list(struct.unpack(f"<{length}f", struct.pack(f"<{length}f", *(number / norm for number in numbers))))
