"""Parts of the descriptor: dataclasses whose keys are left out where they say nothing."""

from __future__ import annotations

import dataclasses
import enum
from typing import Any

from mortise_sdk import codec, fields


def of(part: Any) -> Any:
    """A part as JSON has it, without what is as it is by default."""
    if not dataclasses.is_dataclass(part):
        if isinstance(part, (list, tuple)):
            return [of(it) for it in part]
        return part.value if isinstance(part, enum.Enum) else codec.plain(part)
    found: dict[str, Any] = {}
    for key in fields.keys(type(part)):
        value = getattr(part, key.field)
        if key.is_required or value != key.default:
            found[key.name] = of(value)
    return found
