"""Creates a ticket."""

from dataclasses import dataclass
from typing import Annotated, Literal

from mortise_sdk import Example, Meta, action

from plugin import desk
from plugin.ticket import DeskTicket, Ticket


@dataclass
class NewTicket:
    subject: Annotated[str, Meta(min_length=1, description="what it is about, in a few words")]
    body: Annotated[str | None, "what happened"] = None
    priority: Literal["low", "normal", "high"] = "normal"


@action(
    "create-ticket",
    summary="creates a ticket",
    repeat="keyed",
    examples=[
        Example(
            title="a printer that is on fire",
            input={"subject": "the printer is on fire", "priority": "high"},
            output={
                "id": "t-1",
                "subject": "the printer is on fire",
                "status": "open",
                "created-at": "2026-01-05T08:00:00Z",
            },
        )
    ],
)
def create_ticket(ticket: NewTicket) -> Ticket:
    # With the key Desk creates the ticket once, however often this step is tried.
    answer = desk.send("POST", "/tickets", json=ticket, idempotent=True)
    return Ticket.of(answer.json(DeskTicket))
