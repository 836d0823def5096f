"""Uploads of data for load jobs: sessions that take it in portions, and one request with both parts."""

import re
from dataclasses import dataclass

from framework import Answer, Request, answer

from .errors import refusal


@dataclass
class Session:
    """A job that waits for its data."""

    metadata: dict
    data: bytes = b""


def related(request: Request) -> tuple[bytes, bytes]:
    """The parts of a multipart/related body: the job, and its data."""
    boundary = re.search(r'boundary="?([^";]+)"?', request.header("content-type"))
    if request.content_type != "multipart/related" or not boundary:
        raise refusal("invalid", "Content-Type must be multipart/related with a boundary")
    parts = request.body.split(b"--" + boundary[1].encode())[1:-1]
    if len(parts) != 2:
        raise refusal("invalid", "Media multipart must have two parts")
    bodies = [part.partition(b"\r\n\r\n")[2] for part in parts]
    return bodies[0].removesuffix(b"\r\n"), bodies[1].removesuffix(b"\r\n")


def portion(session: Session, request: Request) -> Answer | None:
    """Takes data in; an answer where more is to come."""
    told = re.fullmatch(r"bytes (\d+)-(\d+)/(\d+|\*)", request.header("content-range"))
    if not told:
        session.data = request.body
        return None
    start, end = int(told[1]), int(told[2])
    if start != len(session.data) or end - start + 1 != len(request.body):
        raise refusal("invalid", "Invalid Content-Range")
    session.data += request.body
    if told[3] != "*" and len(session.data) == int(told[3]):
        return None
    return answer(None, 308, {"range": f"bytes=0-{len(session.data) - 1}"})
