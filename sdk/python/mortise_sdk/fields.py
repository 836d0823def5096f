"""What a type looks like as JSON: which keys a dataclass has, and what each may hold."""

from __future__ import annotations

import dataclasses
import functools
import typing
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

T = TypeVar("T", bound=type)


@dataclass(frozen=True, kw_only=True)
class Meta:
    """What a field may hold: `Annotated[str, Meta(min_length=1)]`. A plain text in its place,
    `Annotated[str, "where it goes"]`, is the description."""

    description: str | None = None
    key: str | None = None
    """The name in JSON, where it is not that of the field."""
    format: str | None = None
    """Such as `uri` or `date-time`: told, and not checked."""
    pattern: str | None = None
    min_length: int | None = None
    max_length: int | None = None
    minimum: float | None = None
    maximum: float | None = None
    min_items: int | None = None
    max_items: int | None = None
    sensitive: bool = False
    """Keeps the field out of a run's history."""


NO_META = Meta()


@dataclass(frozen=True)
class Key:
    """One key of an object."""

    name: str
    field: str
    type: Any
    default: Any
    """`dataclasses.MISSING` where the key has to be there."""

    @property
    def is_required(self) -> bool:
        return self.default is dataclasses.MISSING

    @property
    def may_be_left_out(self) -> bool:
        """Whether a value of nothing is written by not writing the key."""
        return self.default is None


def kebab(cls: T) -> T:
    """Of a dataclass: its keys in JSON are written `like-this`."""
    cls.__mortise_kebab__ = True
    return cls


def split(annotation: Any) -> tuple[Any, Meta]:
    """The type, and what `Annotated` says about it."""
    if typing.get_origin(annotation) is not Annotated:
        return annotation, NO_META
    base, *notes = typing.get_args(annotation)
    meta = next((note for note in notes if isinstance(note, Meta)), NO_META)
    texts = [note for note in notes if isinstance(note, str)]
    if texts and meta.description is None:
        meta = dataclasses.replace(meta, description=texts[0])
    return base, meta


@functools.cache
def keys(cls: type) -> tuple[Key, ...]:
    """The keys of a dataclass in the order of its fields."""
    hints = typing.get_type_hints(cls, include_extras=True)
    return tuple(_key(cls, field, hints[field.name]) for field in dataclasses.fields(cls))


def _key(cls: type, field: dataclasses.Field[Any], annotation: Any) -> Key:
    _, meta = split(annotation)
    is_kebab = getattr(cls, "__mortise_kebab__", False)
    name = meta.key or (field.name.replace("_", "-") if is_kebab else field.name)
    default = field.default
    if field.default_factory is not dataclasses.MISSING:
        default = field.default_factory()
    return Key(name, field.name, annotation, default)


def description(cls: type) -> str | None:
    """The docstring of a dataclass, and not the one that `dataclass` makes up."""
    text = cls.__doc__
    if not text or text.startswith(f"{cls.__name__}("):
        return None
    return " ".join(text.split())
