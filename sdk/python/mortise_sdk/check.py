"""Shows that a connection works. The plugin's check is a function without parameters that gives an
`Account`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass
class Account:
    """What the credential belongs to."""

    id: str
    """The application's id of the account, to tell two connections apart."""
    label: str
    """For people: `Acme GmbH (live)`."""
    scopes: list[str] = field(default_factory=list)
    """What the credential may do."""
    settings: Any = None
    """Settings that the application told, for example its API's base address."""
