"""What a test has an application do instead of answering."""

import json
from dataclasses import dataclass, field

from .messages import Answer, Request, answer


@dataclass
class Fault:
    """Hits the next `times` requests of this method and path, after letting `skip` of them pass.

    With `reset` the connection is cut without an answer; with `carried-out` the request is handled before that,
    so that only the answer is lost. Otherwise `status`, `headers` and `json` or `text` are the answer.
    """

    method: str = ""
    path: str = ""
    times: int = 1
    skip: int = 0
    reset: bool = False
    carried_out: bool = False
    status: int = 500
    headers: dict = field(default_factory=dict)
    json: object = None
    text: str | None = None

    @classmethod
    def of(cls, words: dict) -> "Fault":
        return cls(**{name.replace("-", "_"): value for name, value in words.items()})

    def hits(self, request: Request) -> bool:
        """Whether it is this request's turn; counts."""
        fits = self.method in ("", request.method) and self.path in ("", request.path)
        if not fits or self.times == 0:
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        self.times -= 1
        return True

    @property
    def answer(self) -> Answer:
        return answer(self.json, self.status, self.headers, self.text)


def described(request: Request, given: Answer | None, injected: bool) -> str:
    """An exchange in one line of JSON, for the tests and for the validator."""
    return json.dumps(
        {
            "method": request.method,
            "path": request.path,
            "query": request.query,
            "headers": request.headers,
            "body": request.body.decode(errors="replace"),
            "status": given.status if given else None,
            "answer_headers": given.headers if given else {},
            "answer": given.body.decode(errors="replace") if given else "",
            "injected": injected,
        }
    )
