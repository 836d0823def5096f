"""What `describe` returns: the plugin as it describes itself, and its operations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from mortise_sdk import codec, document
from mortise_sdk.authentication import Scheme
from mortise_sdk.check import Account
from mortise_sdk.failure import Failure
from mortise_sdk.fields import kebab
from mortise_sdk.schema import schema_of

if TYPE_CHECKING:
    from mortise_sdk.explore import Explore
    from mortise_sdk.operation import Operation

SCHEMA_VERSION = 1
"""The version of the document's structure."""

Repeat = Literal["safe", "keyed", "duplicates"]
"""What a second call with the same idempotency key does: nothing, because it reads or sets what is set
already; nothing, because the application knows the key; or it happens twice."""


@kebab
@dataclass(frozen=True)
class Rate:
    """So many requests in so long, per connection."""

    requests: int
    per_ms: int
    at_once: int | None = None
    """Requests under way at the same time."""


@dataclass(frozen=True)
class Example:
    """An input that works, for people and for tests."""

    title: str
    input: Any
    """As in the step's `with`."""
    records: list[Any] | None = None
    """The records that a transform is given."""
    output: Any = None
    """What comes of it; for a transform, the list of the records that come of all of them, or the one value of
    `records="all"`."""


@dataclass
class Plugin:
    """What a plugin says about itself, and what it does."""

    name: str
    """`namespace/name`."""
    version: str
    """Semantic version."""
    title: str
    """For people: the application's own name."""
    summary: str = ""
    """One sentence: lower case, no full stop."""
    licence: str | None = None
    """SPDX expression."""
    settings: type | None = None
    """The dataclass of a connection's settings, without secrets."""
    rate: Rate | None = None
    """How often the application may be asked."""
    hosts: Sequence[str] = ()
    """Hosts that the plugin would like to reach; the operator grants them or not."""
    origins: Sequence[str] = ()
    """Exact HTTPS origins, or templates over the settings, where the credential may go."""
    authentication: Sequence[Scheme] = ()
    """The ways to authenticate; a connection picks one."""
    check: Callable[[], Account] | None = None
    """Shows that a connection works, with the cheapest request that needs the credential."""
    operations: Sequence[Operation] = field(default_factory=list)
    """What it can do."""
    explore: Explore | None = None
    """What only the connected account knows."""

    def roles(self) -> list[str]:
        """The interfaces that the component exports, apart from `describe`."""
        used = {operation.interface for operation in self.operations}
        used |= {"check"} if self.check else set()
        used |= {"explore"} if self.explore else set()
        order = ("check", "actions", "batch", "polling", "webhooks", "explore", "transform")
        return [role for role in order if role in used]

    def operation(self, role: str, name: str) -> Operation:
        """The operation of a name; a failure where there is none."""
        for operation in self.operations:
            if (operation.role, operation.name) == (role, name):
                return operation
        called = "batch operation" if role == "batch" else "polling operation" if role == "polling" else role
        raise Failure.misconfigured(f"this plugin has no {called} called `{name}`")

    def describe(self) -> dict[str, Any]:
        """The whole document."""
        head = {"schema-version": SCHEMA_VERSION, "name": self.name, "version": self.version, "title": self.title}
        said = {
            "licence": self.licence,
            "summary": self.summary,
            "settings": schema_of(self.settings) if self.settings else None,
            "rate": document.of(self.rate) if self.rate else None,
            "hosts": list(self.hosts),
            "origins": list(self.origins),
            "authentication": [scheme.describe() for scheme in self.authentication],
        }
        operations = [operation.describe() for operation in self.operations]
        return {**head, **{key: value for key, value in said.items() if value}, "operations": operations}

    def to_json(self) -> str:
        """The document as text."""
        return codec.write(self.describe())
