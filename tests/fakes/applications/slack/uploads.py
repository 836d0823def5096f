"""Files: an address to send one to, and the end of it."""

import re
import secrets
from email.parser import BytesParser

from framework import Request, answer

from .arguments import error, parsed
from .workspace import BOT_USER, Workspace

# What `files.completeUploadExternal` takes for a channel: ids alone.
CHANNEL_ID = r"^[CGDZ][A-Z0-9]{8,}$"


class Uploads:
    """Tickets by the last part of their address, and files by id."""

    def __init__(self, workspace: Workspace):
        self.workspace = workspace
        self.tickets: dict[str, dict] = {}
        self.files: list[dict] = []

    def ticket(self, url: str, arguments: dict) -> dict:
        length = int(arguments["length"])
        if length == 0:
            raise error("missing_argument")
        if len(str(arguments.get("alt_txt", ""))) > 1000:
            raise error("alt_txt_too_large")
        key = secrets.token_hex(12)
        ticket = {"id": f"F0FILE{len(self.tickets):04}", "name": arguments["filename"], "length": length}
        self.tickets[key] = {**ticket, "content": None}
        return {"ok": True, "upload_url": f"{url}/upload/v1/{key}", "file_id": ticket["id"]}

    def receive(self, key: str, request: Request):
        """The bytes, as they are or in a form. Only the status says whether it went well."""
        ticket = self.tickets.get(key)
        if ticket is None:
            return answer(text="not found", status=404)
        content = request.body
        if request.content_type == "multipart/form-data":
            head = b"content-type: " + request.header("content-type").encode() + b"\r\n\r\n"
            parts = BytesParser().parsebytes(head + content).get_payload()
            content = parts[0].get_payload(decode=True)
        if len(content) != ticket["length"]:
            return answer(text="the length is another one", status=400)
        ticket.update(content=content, type=request.content_type, has_credential=bool(request.header("authorization")))
        return answer(text=f"OK - {len(content)}")

    def complete(self, arguments: dict) -> dict:
        """Shares files that have come; each once."""
        named = parsed(arguments, "files", "invalid_arguments")
        if not isinstance(named, list) or not named:
            raise error("invalid_arguments", "must be a list of at least one file [json-pointer:/files]")
        where = self._where(arguments)
        tickets = [self._come(one) for one in named]
        files = [self._file(ticket, one, where) for ticket, one in zip(tickets, named)]
        for ticket in tickets:
            self.tickets = {key: other for key, other in self.tickets.items() if other is not ticket}
        if where is not None:
            thread = {"thread_ts": arguments["thread_ts"]} if arguments.get("thread_ts") else {}
            told = [{name: file[name] for name in ("id", "name", "title", "mimetype", "size")} for file in files]
            comment = arguments.get("initial_comment", "")
            self.workspace.write_as_bot(where, text=comment, files=told, upload=True, **thread)
        # Where it is shared is known later, once the file was looked at.
        return {"ok": True, "files": [{**file, "channels": []} for file in files]}

    def _where(self, arguments: dict) -> dict | None:
        named = arguments.get("channel_id")
        if not named:
            return None
        if not re.fullmatch(CHANNEL_ID, named):
            raise error("invalid_arguments", f"input must match regex pattern: {CHANNEL_ID} [json-pointer:/channel_id]")
        where = self.workspace.conversation(named)
        if not where["is_member"]:
            raise error("not_in_channel")
        return where

    def _come(self, one: dict) -> dict:
        come = (ticket for ticket in self.tickets.values() if ticket["id"] == one.get("id"))
        ticket = next(come, None)
        if ticket is None or ticket["content"] is None:
            raise error("file_not_found")
        return ticket

    def _file(self, ticket: dict, one: dict, where: dict | None) -> dict:
        now = self.workspace.clock.now()
        file = {
            "id": ticket["id"],
            "created": now,
            "timestamp": now,
            "name": ticket["name"],
            "title": one.get("title", ticket["name"]),
            "mimetype": "",
            "filetype": "",
            "pretty_type": "",
            "user": BOT_USER,
            "editable": False,
            "size": ticket["length"],
            "mode": "hosted",
            "is_external": False,
            "external_type": "",
            "is_public": False,
            "public_url_shared": False,
            "display_as_bot": False,
            "username": "",
            "url_private": f"https://files.slack.com/files-pri/{ticket['id']}/{ticket['name']}",
            "permalink": f"https://acme.slack.com/files/{BOT_USER}/{ticket['id']}/{ticket['name']}",
            "comments_count": 0,
            "is_starred": False,
            "shares": {},
            "channels": [where["id"]] if where else [],
            "groups": [],
            "ims": [],
            "has_rich_preview": False,
        }
        self.files.append({**file, "content": ticket["content"].decode(errors="replace"), "type": ticket["type"]})
        self.files[-1]["has_credential"] = ticket["has_credential"]
        return file
