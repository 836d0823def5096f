"""Shows that a connection works."""

from dataclasses import dataclass

from mortise_sdk import Account

from plugin import desk


@dataclass
class Me:
    id: str
    name: str


def check() -> Account:
    me = desk.send("GET", "/me").json(Me)
    return Account(id=me.id, label=me.name)
