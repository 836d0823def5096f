"""What all requests to Desk share: where it is, and what its errors mean."""

from dataclasses import dataclass
from typing import Annotated, Any

from mortise_sdk import Failure, Meta, connection, http, kebab

BASE_URL = "https://api.desk.example"


@kebab
@dataclass
class Settings:
    base_url: Annotated[str, Meta(format="uri", description="where Desk answers")] = BASE_URL


@dataclass
class Error:
    code: str
    message: str
    field: str | None = None


@dataclass
class Refusal:
    """The body of an answer that is no 2xx."""

    error: Error


def send(method: str, path: str, **options: Any) -> http.Response:
    """Sends a request relative to the base address, with the options of `http.request`."""
    settings = connection.settings(Settings)
    answer = http.request(method, settings.base_url.rstrip("/") + path, **options)
    if 200 <= answer.status < 300:
        return answer
    raise failure(answer)


def failure(answer: http.Response) -> Failure:
    """The decision that the status asks for, in the words of Desk where it has some."""
    try:
        error = answer.json(Refusal).error
    except Failure:
        return answer.failure()
    return answer.failure(error.message).because(code=error.code, field=error.field)
