"""The models of the account."""

from . import errors

# Those that think take neither `max_tokens` nor a temperature.
THINKING = ("gpt-5.6", "o3")
# What a model of embeddings has by itself.
DIMENSIONS = {"text-embedding-3-small": 1536, "text-embedding-3-large": 3072, "text-embedding-ada-002": 1536}
# The version that answers where a model is named without one.
VERSIONS = {"gpt-5.6": "gpt-5.6-2026-06-01", "o3": "o3-2025-04-16", "gpt-4.1-mini": "gpt-4.1-mini-2025-04-14"}
CONTEXT_MAX_TOKENS = 128_000


def listed() -> list[dict]:
    return [
        {"id": name, "object": "model", "created": 1_700_000_000 + n, "owned_by": "system"}
        for n, name in enumerate([*VERSIONS, *DIMENSIONS])
    ]


def found(name: str) -> dict:
    for model in listed():
        if model["id"] == name:
            return model
    raise errors.no_model(name)


def for_chat(name: str) -> str:
    """The version that answers."""
    if name in DIMENSIONS:
        why = "This is not a chat model and thus not supported in the v1/chat/completions endpoint. Did you mean to use v1/completions?"
        raise errors.refusal(404, why, "model")
    return VERSIONS.get(name) or found(name)["id"]


def for_embeddings(name: str) -> int:
    """How long its vectors are."""
    if name not in DIMENSIONS:
        found(name)
        raise errors.refusal(403, "You are not allowed to generate embeddings from this model")
    return DIMENSIONS[name]
