"""Asks for new tickets."""

from dataclasses import dataclass
from typing import Annotated

from mortise_sdk import Event, News, Start, polling

from plugin import desk
from plugin.ticket import DeskTicket, Ticket


@dataclass
class Watch:
    start: Annotated[Start, "where the first poll begins"] = "now"


@dataclass
class Cursor:
    """The id of the last ticket that was seen; nothing where there was none yet."""

    after: str | None


@dataclass
class DeskNews:
    tickets: list[DeskTicket]
    more: bool


@polling("new-tickets", summary="a ticket was created")
def new_tickets(watch: Watch, cursor: Cursor | None) -> News[Ticket]:
    after = cursor.after if cursor else None
    found = desk.send("GET", "/tickets/new", query={"after": after}).json(DeskNews)
    last = found.tickets[-1].id if found.tickets else after
    # A trigger that begins now only looks where it is.
    is_old = cursor is None and watch.start == "now"
    events = [] if is_old else [event(ticket) for ticket in found.tickets]
    return News(events, Cursor(last), found.more)


def event(ticket: DeskTicket) -> Event[Ticket]:
    return Event(ticket.id, Ticket.of(ticket), occurred_at=ticket.created_at)
