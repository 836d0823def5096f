"""Serves fakes of applications on loopback, each on a port of its own.

usage: python tests/fakes/serve.py [NAME...]

Prints one line of JSON when all of them are ready: the address of the desk, and of each application. The desk is where a
test says what happens:

    POST /NAME/fault   a fault for requests to come, see `framework/faults.py`
    POST /NAME/tell    something happens in the application, see its `tell`
    POST /NAME/send    {"url", ...}: it sends its webhook about the rest, and says what it got for it
    POST /NAME/reset   it is new again
    GET  /NAME/state   what it holds
    GET  /NAME/requests  every exchange since it was new
    POST /clock        {"advance-ms"}: time goes by, for all of them; {"reset": true}: it is now again

With FAKES_EXCHANGES each exchange is also written to that file, for the validator.
"""

import asyncio
import importlib
import json
import os
import pkgutil
import sys
from pathlib import Path

from aiohttp import ClientSession, web

sys.path.insert(0, str(Path(__file__).parent))

import applications
from framework import Application, Clock, Refusal, Request
from framework.faults import Fault, described

BODY_MAX_BYTES = 64 << 20


def found() -> dict[str, type[Application]]:
    """Every application of the folder, by name."""
    classes = {}
    for module in pkgutil.iter_modules(applications.__path__):
        for value in vars(importlib.import_module(f"applications.{module.name}")).values():
            if isinstance(value, type) and issubclass(value, Application) and value.name:
                classes[value.name] = value
    return classes


class Served:
    """An application with its faults and its record."""

    def __init__(self, application: Application, record):
        self.application, self.record = application, record
        self.faults: list[Fault] = []
        self.exchanges: list[str] = []

    def reset(self):
        self.faults, self.exchanges = [], []
        self.application.reset()

    async def handle(self, raw: web.Request) -> web.StreamResponse:
        request = Request(
            raw.method,
            raw.path,
            list(raw.query.items()),
            {name.lower(): value for name, value in raw.headers.items()},
            await raw.read(),
        )
        fault = next((fault for fault in self.faults if fault.hits(request)), None)
        if fault is None:
            given = self.answer(request)
            self.note(request, given, injected=False)
        elif fault.reset or fault.carried_out:
            given = self.answer(request) if fault.carried_out else None
            self.note(request, given, injected=given is None)
            raw.transport.abort()
            return web.Response()
        else:
            given = fault.answer
            self.note(request, given, injected=True)
        return web.Response(status=given.status, headers=given.headers, body=given.body)

    def answer(self, request: Request):
        try:
            given = self.application.handle(request)
        except Refusal as refusal:
            given = refusal.answer
        self.application.after(request, given)
        return given

    def note(self, request, given, injected):
        line = described(request, given, injected)
        self.exchanges.append(line)
        if self.record:
            self.record.write(line[:-1] + f', "application": {json.dumps(self.application.name)}}}\n')
            self.record.flush()

    async def send(self, words: dict):
        url = self.application.target = words.pop("url")
        delivery = self.application.deliver(words)
        async with ClientSession() as session:
            sending = session.request(delivery.method, url, headers=delivery.headers, data=delivery.body)
            async with sending as got:
                return {"status": got.status, "body": await got.text()}


def desk(served: dict[str, Served], clock: Clock) -> web.Application:
    """Where a test says what happens."""

    def of(raw) -> Served:
        name = raw.match_info["name"]
        if name not in served:
            raise web.HTTPNotFound(text=f"no application `{name}` is served: {', '.join(served)}")
        return served[name]

    async def act(raw):
        one, words = of(raw), json.loads(await raw.read() or b"{}")
        match raw.match_info["act"]:
            case "fault":
                one.faults.append(Fault.of(words))
                result = {}
            case "tell":
                result = one.application.tell(words)
            case "send":
                result = await one.send(words)
            case "reset":
                result = one.reset()
            case other:
                raise web.HTTPNotFound(text=f"the desk does not know `{other}`")
        return web.json_response(result or {})

    async def look(raw):
        one = of(raw)
        match raw.match_info["what"]:
            case "state":
                return web.json_response(one.application.state())
            case "requests":
                return web.json_response({"requests": [json.loads(line) for line in one.exchanges]})
            case other:
                raise web.HTTPNotFound(text=f"the desk does not know `{other}`")

    async def turn(raw):
        match json.loads(await raw.read()):
            case {"advance-ms": by_ms}:
                clock.advance(by_ms)
            case {"reset": True}:
                clock.ahead_ms = 0
        return web.json_response({"now": clock.rfc3339()})

    table = web.Application()
    table.add_routes(
        [
            web.post("/clock", turn),
            web.post("/{name}/{act}", act),
            web.get("/{name}/{what}", look),
        ]
    )
    return table


async def listen(handler) -> str:
    """Serves on a free port of loopback, and says where."""
    runner = handler if isinstance(handler, web.BaseRunner) else web.AppRunner(handler, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = site._server.sockets[0].getsockname()[:2]
    return f"http://{host}:{port}"


async def main(names: list[str]):
    known = found()
    for name in names:
        if name not in known:
            sys.exit(f"there is no fake `{name}`: {', '.join(sorted(known))}")
    clock = Clock()
    path = os.environ.get("FAKES_EXCHANGES")
    record = open(path, "a") if path else None
    served, addresses = {}, {}
    for name in names or sorted(known):
        one = served[name] = Served(known[name](clock), record)
        app = web.Application(client_max_size=BODY_MAX_BYTES)
        app.router.add_route("*", "/{tail:.*}", one.handle)
        one.application.url = addresses[name] = await listen(app)
    print(json.dumps({"ready": True, "desk": await listen(desk(served, clock)), "applications": addresses}), flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    try:
        asyncio.run(main(sys.argv[1:]))
    except KeyboardInterrupt:
        pass
