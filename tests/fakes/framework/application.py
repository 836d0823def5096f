"""An application: routes, state, and what a test may have it do."""

import re
from dataclasses import dataclass

from .clock import Clock
from .messages import Answer, Request, answer


def route(method: str, path: str):
    """Serves `path`, in which `{name}` stands for one segment and `{name+}` for the rest of it."""

    def mark(handler):
        handler.routes = getattr(handler, "routes", []) + [(method, path)]
        return handler

    return mark


@dataclass
class Delivery:
    """A webhook as the application sends it, signed."""

    headers: dict[str, str]
    body: bytes
    method: str = "POST"


class Application:
    """Subclasses have a `name`, a `reset` that sets their whole state, and handlers marked with `route`.

    A handler gets a `Request` and gives an `Answer`, or raises a `Refusal`. It never waits: state
    changes between two requests and not within one.
    """

    name = ""

    def __init__(self, clock: Clock):
        self.clock = clock
        # Where it is served, without a slash at the end; known before the first request.
        self.url = ""
        # Where the webhook goes that is being made: some sign the address as well.
        self.target = ""
        self._table = [
            (method, pattern(path), getattr(self, attribute))
            for attribute in dir(type(self))
            for method, path in getattr(getattr(type(self), attribute), "routes", [])
        ]
        self.reset()

    def reset(self) -> None:
        """Sets everything to how a new account is."""
        raise NotImplementedError

    def before(self, request: Request) -> None:
        """Looks at every request that has a route, before its handler: authentication, rate."""

    def after(self, request: Request, given: Answer) -> None:
        """Adds to every answer what the application always says, such as headers of its rate."""

    def unknown(self, request: Request) -> Answer:
        """What has no route."""
        return answer({"error": "not found"}, status=404)

    def tell(self, what: dict):
        """Has something happen in the application that no request of an API does: a person changes a record, a token
        is taken back, a job is done. What it returns goes back to the test."""
        raise ValueError(f"{self.name} cannot be told {what}")

    def deliver(self, what: dict) -> Delivery:
        """The webhook about something, signed as the application signs it."""
        raise ValueError(f"{self.name} sends no webhooks")

    def state(self):
        """What it holds, for a test to look at."""
        return {}

    def handle(self, request: Request) -> Answer:
        """The answer of the first route that fits."""
        for method, path, handler in self._table:
            found = path.fullmatch(request.path)
            if found and method == request.method:
                request.parameters = found.groupdict()
                self.before(request)
                return handler(request)
        return self.unknown(request)


def pattern(path: str) -> re.Pattern:
    """`/v1/customers/{id}` as an expression."""
    parts = re.split(r"(\{[a-z_]+\+?\})", path)
    return re.compile(
        "".join(
            (f"(?P<{part[1:-2]}>.+)" if part.endswith("+}") else f"(?P<{part[1:-1]}>[^/]+)")
            if part.startswith("{")
            else re.escape(part)
            for part in parts
        )
    )
