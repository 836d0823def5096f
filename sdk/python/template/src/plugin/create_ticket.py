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
    priority: Annotated[Literal["low", "normal", "high"], "how soon it is looked at"] = "normal"


@action(
    "create-ticket",
    summary="creates a ticket",
    repeat="keyed",
    examples=[
        Example(
            title="A ticket",
            input={"subject": "The door is stuck", "priority": "high"},
            output={
                "id": "t-1",
                "subject": "The door is stuck",
                "status": "open",
                "created-at": "2026-01-02T03:04:05.000Z",
            },
        )
    ],
)
def create_ticket(ticket: NewTicket) -> Ticket:
    # With the key Desk creates the ticket once, however often this step is tried.
    answer = desk.send("POST", "/tickets", json=ticket, idempotent=True)
    return Ticket.of(answer.json(DeskTicket))
