"""The help desk Desk: what this plugin is, and the list of what it does."""

from mortise_sdk import Algorithm, Placement, Plugin, Rate, Scheme, Secret

from plugin.check import check
from plugin.create_ticket import create_ticket
from plugin.desk import BASE_URL, Settings
from plugin.list_tickets import list_tickets
from plugin.new_tickets import new_tickets
from plugin.ticket_closed import ticket_closed
from plugin.upload_file import upload_file

plugin = Plugin(
    name="example/sample-plugin",
    version="0.1.0",
    title="Desk",
    summary="tickets of the help desk Desk",
    licence="Apache-2.0",
    settings=Settings,
    rate=Rate(requests=100, per_ms=60_000),
    hosts=["api.desk.example"],
    origins=[BASE_URL],
    authentication=[
        Scheme(
            id="api-key",
            title="API key",
            secrets=[
                Secret.inject("token"),
                Secret.sign("signing-secret", Algorithm.HMAC_SHA256),
            ],
            placements=[Placement("header", "authorization", "Bearer {secrets.token}")],
        )
    ],
    check=check,
    operations=[create_ticket, list_tickets, upload_file, new_tickets, ticket_closed],
)
