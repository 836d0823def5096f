"""Is called when a ticket was closed."""

from dataclasses import dataclass

from mortise_sdk import Algorithm, Event, Nothing, Reception, Request, Signature, webhook

from plugin.ticket import DeskTicket, Ticket


@dataclass
class Call:
    event_id: str
    occurred_at: str
    ticket: DeskTicket


# The host checks it before anything runs, with a secret that this code never sees.
SIGNATURE = Signature(
    secret="signing-secret",
    header="desk-signature",
    prefix="v1=",
    algorithm=Algorithm.HMAC_SHA256,
    encoding="hex",
    content="{timestamp}.{body}",
    timestamp_header="desk-timestamp",
    tolerance_ms=300_000,
)


@webhook("ticket-closed", summary="a ticket was closed", verification=SIGNATURE)
def ticket_closed(_: Nothing, request: Request) -> Reception[Ticket]:
    call = request.json(Call)
    event = Event(call.event_id, Ticket.of(call.ticket), occurred_at=call.occurred_at)
    return Reception([event])
