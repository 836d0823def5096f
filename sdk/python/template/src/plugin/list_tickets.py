"""Gives all tickets, page by page."""

from dataclasses import dataclass
from typing import Annotated

from mortise_sdk import Example, Failure, Page, Turn, action

from plugin import desk
from plugin.ticket import DeskTicket, Status, Ticket


@dataclass
class Filter:
    status: Annotated[Status | None, "only those of this status"] = None


@dataclass
class DeskPage:
    tickets: list[DeskTicket]
    next_cursor: str | None


@action(
    "list-tickets",
    summary="gives all tickets",
    repeat="safe",
    examples=[Example(title="What is open", input={"status": "open"})],
)
def list_tickets(wanted: Filter, turn: Turn) -> Page[Ticket]:
    cursor = turn.page(str)
    query = {"status": wanted.status, "cursor": cursor}
    page = desk.send("GET", "/tickets", query=query).json(DeskPage)
    if cursor is not None and page.next_cursor == cursor:
        raise Failure.retry("the application named a page as its own next page")
    return Page([Ticket.of(ticket) for ticket in page.tickets], page.next_cursor)
