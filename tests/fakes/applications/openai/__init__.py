"""OpenAI, https://platform.openai.com/docs/api-reference: models, chat completions, embeddings, and its webhooks."""

from .application import OpenAI

__all__ = ["OpenAI"]
