"""The help desk Desk: what this plugin is, and what it does."""

from mortise_sdk import Algorithm, Placement, Plugin, Rate, Scheme, Secret

from plugin.check import check
from plugin.desk import BASE_URL, Settings
from plugin.ticket_closed import ticket_closed

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
    operations=[ticket_closed],
)
