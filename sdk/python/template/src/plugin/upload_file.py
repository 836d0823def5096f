"""Attaches a file of the run to a ticket."""

from dataclasses import dataclass
from typing import Annotated

from mortise_sdk import Example, Failure, File, action, files, http, kebab

from plugin import desk


@kebab
@dataclass
class Upload:
    ticket_id: Annotated[str, "the ticket that it belongs to"]
    file: Annotated[File, "what is uploaded"]


@dataclass
class DeskFile:
    id: str
    size_bytes: int


@kebab
@dataclass
class Uploaded:
    id: str
    size_bytes: int


@action(
    "upload-file",
    summary="attaches a file to a ticket",
    repeat="keyed",
    examples=[
        Example(
            title="A photo",
            input={"ticket-id": "t-1", "file": {"$file": "photo"}},
            output={"id": "f-1", "size-bytes": 12},
        )
    ],
)
def upload_file(upload: Upload) -> Uploaded:
    try:
        info = files.stat(upload.file)
    except Failure as failure:
        raise failure.because(field="/file") from None
    # The host reads the file while it sends: its bytes never pass through here.
    part = http.Part("file", upload.file, info.name, info.content_type)
    path = f"/tickets/{http.segment(upload.ticket_id)}/files"
    file = desk.send("POST", path, body=[part], idempotent=True).json(DeskFile)
    return Uploaded(file.id, file.size_bytes)
