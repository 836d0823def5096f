"""A ticket: as Desk writes it, and as workflows see it."""

from dataclasses import dataclass
from typing import Annotated, Literal

from mortise_sdk import Meta, kebab

Status = Literal["open", "closed"]


@dataclass
class DeskTicket:
    id: str
    subject: str
    status: Status
    created_at: str


@kebab
@dataclass
class Ticket:
    id: str
    subject: str
    status: Status
    created_at: Annotated[str, Meta(format="date-time")]

    @classmethod
    def of(cls, ticket: DeskTicket) -> "Ticket":
        return cls(ticket.id, ticket.subject, ticket.status, ticket.created_at)
