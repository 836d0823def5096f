"""Slack: the Web API as https://docs.slack.dev/reference/methods describes it, and events.

A test has things happen with `tell`:

    {"what": "write", "channel", "text", "user"}      a person writes
    {"what": "react", "channel", "ts", "reaction"}    a person reacts
    {"what": "delete", "channel", "ts"}               a person deletes a message
    {"what": "scopes", "scopes": [..]}                what the token may do
    {"what": "end", "error": "token_revoked"}         the token ends so
    {"what": "rotation", "lifetime-s": 43200}         tokens of OAuth expire
    {"what": "page", "most": 2}                       pages hold no more, whatever is asked for
    {"what": "rate", "method", "most", "window-ms"}   so many calls in a window

and with `deliver` it sends `{"event": "challenge" | "message" | "reaction" | "held-back"}`, or `{"again": event_id}`.
"""

import base64

from framework import Answer, Application, Delivery, Refusal, Request, Window, answer, route

from . import arguments as fields
from .access import Access
from .arguments import error, is_true, taken
from .events import Events
from .uploads import Uploads
from .workspace import BOT, BOT_USER, TEAM, Workspace, shown

TEXT_MAX = 40_000
# Calls in a minute that the tiers allow.
TIERS = {
    "conversations.list": 20,
    "users.list": 20,
    "conversations.history": 50,
    "conversations.replies": 50,
    "users.lookupByEmail": 50,
    "chat.update": 50,
    "files.getUploadURLExternal": 100,
    "files.completeUploadExternal": 100,
}
MINUTE_MS = 60_000
CONTENT = {
    "text": fields.text(),
    "blocks": fields.structure(),
    "attachments": fields.structure(),
    "metadata": fields.structure(),
    "link_names": fields.boolean(),
    "parse": fields.text(),
}
POST = {
    "channel": fields.text(required=True),
    **CONTENT,
    "thread_ts": fields.text(),
    "reply_broadcast": fields.boolean(),
    "unfurl_links": fields.boolean(),
    "unfurl_media": fields.boolean(),
    "mrkdwn": fields.boolean(),
    "username": fields.text(),
    "icon_emoji": fields.text(),
    "icon_url": fields.text(),
}
UPDATE = {"channel": fields.text(required=True), "ts": fields.text(required=True), **CONTENT}
PAGE = {"limit": fields.number(), "cursor": fields.text()}
HISTORY = {
    "channel": fields.text(required=True),
    "oldest": fields.text(),
    "latest": fields.text(),
    "inclusive": fields.boolean(),
    **PAGE,
}


class Slack(Application):
    name = "slack"

    def reset(self):
        self.access = Access(self.clock)
        self.workspace = Workspace(self.clock)
        self.uploads = Uploads(self.workspace)
        self.events = Events(self.clock)
        self.page_most = 1000
        self.windows = {method: Window(self.clock, most, MINUTE_MS) for method, most in TIERS.items()}
        self.token = None

    def before(self, request: Request):
        self.token = None
        method = request.path.removeprefix("/api/")
        if method == request.path or method == "oauth.v2.access":
            return
        self.token = self.access.of(request)
        window = self.windows.get(method)
        if window and not window.take():
            seconds = str(-(-window.wait_ms // 1000))
            raise Refusal(answer({"ok": False, "error": "ratelimited"}, status=429, headers={"retry-after": seconds}))

    def after(self, request: Request, given: Answer):
        given.headers["x-slack-req-id"] = "a435844fb1cd67e8957baa4bd102abae"
        if self.token:
            given.headers["x-oauth-scopes"] = ",".join(self.token.scopes)

    def unknown(self, request: Request) -> Answer:
        if request.path.startswith("/api/"):
            return answer({"ok": False, "error": "unknown_method", "req_method": request.path[5:]})
        return answer(text="not found", status=404)

    # Every method is served for GET and for POST.

    @route("GET", "/api/auth.test")
    @route("POST", "/api/auth.test")
    def auth_test(self, request):
        taken(request, {})
        who = {"team": "Acme", "user": "robot", "team_id": TEAM, "user_id": BOT_USER, "bot_id": BOT}
        return answer({"ok": True, "url": "https://acme.slack.com/", **who, "is_enterprise_install": False})

    @route("GET", "/api/auth.revoke")
    @route("POST", "/api/auth.revoke")
    def auth_revoke(self, request):
        taken(request, {"test": fields.boolean()})
        self.token.ended = "token_revoked"
        return answer({"ok": True, "revoked": True})

    @route("POST", "/api/chat.postMessage")
    def post_message(self, request):
        given = taken(request, POST)
        self.access.need(self.token, "chat:write")
        if {"username", "icon_emoji", "icon_url"} & given.keys():
            self.access.need(self.token, "chat:write.customize")
        where = self.workspace.conversation(given["channel"])
        if where["is_archived"]:
            raise error("is_archived")
        if not where["is_member"]:
            raise error("not_in_channel")
        content = self.content(given)
        if given.get("thread_ts"):
            content["thread_ts"] = str(given["thread_ts"])
            if is_true(given.get("reply_broadcast")):
                content["subtype"] = "thread_broadcast"
        if given.get("username"):
            content.update(username=given["username"], subtype="bot_message")
        message = self.workspace.write_as_bot(where, **content)
        return answer({"ok": True, "channel": where["id"], "ts": message["ts"], "message": shown(message)})

    @route("POST", "/api/chat.update")
    def update(self, request):
        given = taken(request, UPDATE)
        self.access.need(self.token, "chat:write")
        where = self.workspace.conversation(given["channel"])
        if where["is_archived"]:
            raise error("is_inactive")
        message = self.workspace.found(where, given["ts"])
        if message is None:
            raise error("message_not_found")
        if message.get("user") != BOT_USER:
            raise error("cant_update_message")
        message.update(self.content(given), edited={"user": BOT_USER, "ts": self.workspace.now_ts()})
        told = {"channel": where["id"], "ts": message["ts"], "text": message["text"]}
        return answer({"ok": True, **told, "message": shown(message)})

    def content(self, given: dict) -> dict:
        """What a message holds, where it holds anything."""
        blocks = fields.blocks(given)
        attachments = fields.parsed(given, "attachments", "invalid_attachments") or []
        metadata = fields.parsed(given, "metadata", "invalid_metadata_format")
        text = str(given.get("text", ""))
        if not (text or blocks or attachments):
            raise error("no_text")
        if len(text) > TEXT_MAX:
            raise error("msg_too_long")
        if len(attachments) > 100:
            raise error("too_many_attachments")
        if metadata is not None and not {"event_type", "event_payload"} <= metadata.keys():
            raise error("invalid_metadata_format")
        more = {"blocks": blocks, "metadata": metadata}
        more["attachments"] = [{"id": at + 1, **one} for at, one in enumerate(attachments)]
        return {"text": text, **{name: value for name, value in more.items() if value}}

    @route("GET", "/api/conversations.history")
    @route("POST", "/api/conversations.history")
    def history(self, request):
        given = taken(request, HISTORY)
        where = self.readable(given["channel"])
        ordered = [one for one in self.of(where, given) if one.get("subtype") == "thread_broadcast" or is_first(one)]
        messages, metadata = self.page(list(reversed(ordered)), given, "next_ts", "ts")
        more = {"has_more": bool(metadata), "pin_count": 0, "channel_actions_ts": None, "channel_actions_count": 0}
        return answer({"ok": True, "messages": [shown(one) for one in messages], **more, **metadata})

    @route("GET", "/api/conversations.replies")
    @route("POST", "/api/conversations.replies")
    def replies(self, request):
        given = taken(request, {**HISTORY, "ts": fields.text(required=True)})
        where = self.readable(given["channel"])
        found = self.workspace.found(where, given["ts"])
        if found is None:
            raise error("thread_not_found")
        root = found.get("thread_ts", found["ts"])
        thread = [one for one in self.of(where, given) if root in (one["ts"], one.get("thread_ts"))]
        messages, metadata = self.page(thread, given, "next_ts", "ts")
        more = {"has_more": bool(metadata)}
        return answer({"ok": True, "messages": [shown(one) for one in messages], **more, **metadata})

    def readable(self, named: str) -> dict:
        """A conversation whose messages the app may read."""
        where = next((one for one in self.workspace.channels if one["id"] == named), None)
        if where is None:
            raise error("channel_not_found")
        kind = "im" if where["is_im"] else "groups" if where["is_private"] else "channels"
        self.access.need(self.token, f"{kind}:history")
        if not where["is_member"]:
            raise error("not_in_channel")
        return where

    def of(self, where: dict, given: dict) -> list[dict]:
        """Messages of a time range, the oldest first."""
        ends = {}
        for end, otherwise in (("oldest", 0), ("latest", float("inf"))):
            try:
                ends[end] = float(given.get(end) or otherwise)
            except ValueError:
                raise error(f"invalid_ts_{end}") from None
        oldest, latest = ends["oldest"], ends["latest"]
        inclusive = is_true(given.get("inclusive"))

        def is_within(message):
            at = float(message["ts"])
            return oldest < at < latest or (inclusive and at in (oldest, latest))

        return [one for one in self.workspace.messages if one["channel"] == where["id"] and is_within(one)]

    @route("GET", "/api/conversations.list")
    @route("POST", "/api/conversations.list")
    def channels(self, request):
        names = {"types": fields.text(), "exclude_archived": fields.boolean(), "team_id": fields.text(), **PAGE}
        given = taken(request, names)
        kinds = {"public_channel": "channels", "private_channel": "groups", "im": "im", "mpim": "mpim"}
        types = given.get("types", "public_channel").split(",")
        if not set(types) <= kinds.keys():
            raise error("invalid_types")
        for kind in types:
            self.access.need(self.token, f"{kinds[kind]}:read")

        def is_listed(one):
            kind = "im" if one["is_im"] else "private_channel" if one["is_private"] else "public_channel"
            return kind in types and not (one["is_archived"] and is_true(given.get("exclude_archived")))

        found = [one for one in self.workspace.channels if is_listed(one)]
        channels, metadata = self.page(found, given, "team", "id")
        return answer({"ok": True, "channels": channels, **(metadata or {"response_metadata": {"next_cursor": ""}})})

    @route("GET", "/api/users.list")
    @route("POST", "/api/users.list")
    def users(self, request):
        given = taken(request, {"include_locale": fields.boolean(), "team_id": fields.text(), **PAGE})
        self.access.need(self.token, "users:read")
        members, metadata = self.page(self.workspace.users, given, "user", "id")
        metadata = metadata or {"response_metadata": {"next_cursor": ""}}
        members = [self.visible(user) for user in members]
        return answer({"ok": True, "members": members, "cache_ts": self.clock.now(), **metadata})

    def visible(self, user: dict) -> dict:
        """A user without what the token may not read."""
        if "users:read.email" in self.token.scopes:
            return user
        return {**user, "profile": {name: value for name, value in user["profile"].items() if name != "email"}}

    @route("GET", "/api/users.lookupByEmail")
    @route("POST", "/api/users.lookupByEmail")
    def lookup(self, request):
        given = taken(request, {"email": fields.text(required=True)})
        self.access.need(self.token, "users:read.email")
        for user in self.workspace.users:
            if user["profile"].get("email", "").lower() == given["email"].lower() and not user["deleted"]:
                return answer({"ok": True, "user": user})
        raise error("users_not_found")

    def page(self, found: list, given: dict, kind: str, by: str) -> tuple[list, dict]:
        """A page of a list, and the cursor of the next one, which names the entry that it begins with."""
        limit = int(given.get("limit") or 100)
        if not 1 <= limit <= 1000:
            raise error("invalid_limit")
        limit, begin = min(limit, self.page_most), 0
        if given.get("cursor"):
            begin = self.place(found, given["cursor"], kind, by)
        rest = found[begin + limit :]
        if not rest:
            return found[begin:], {}
        cursor = base64.b64encode(f"{kind}:{rest[0][by]}".encode()).decode()
        return found[begin : begin + limit], {"response_metadata": {"next_cursor": cursor}}

    def place(self, found: list, cursor: str, kind: str, by: str) -> int:
        try:
            word, _, value = base64.b64decode(cursor).decode().partition(":")
        except ValueError:
            raise error("invalid_cursor") from None
        places = [at for at, one in enumerate(found) if one[by] == value]
        if word != kind or not places:
            raise error("invalid_cursor")
        return places[0]

    @route("GET", "/api/files.getUploadURLExternal")
    @route("POST", "/api/files.getUploadURLExternal")
    def upload_url(self, request):
        names = {"filename": fields.text(True), "length": fields.number(True)}
        given = taken(request, {**names, "alt_txt": fields.text(), "snippet_type": fields.text()})
        self.access.need(self.token, "files:write")
        return answer(self.uploads.ticket(self.url, given))

    @route("POST", "/upload/v1/{ticket}")
    def upload(self, request):
        return self.uploads.receive(request.parameters["ticket"], request)

    @route("POST", "/api/files.completeUploadExternal")
    def complete(self, request):
        names = {name: fields.text() for name in ("channel_id", "channels", "thread_ts", "initial_comment")}
        given = taken(request, {"files": fields.structure(True), "blocks": fields.structure(), **names})
        self.access.need(self.token, "files:write")
        return answer(self.uploads.complete(given))

    @route("GET", "/oauth/v2/authorize")
    def authorize(self, request):
        """The person who is sent here agrees."""
        given = dict(request.query)
        back = given.get("redirect_uri", "")
        code = self.access.consent(given.get("client_id", ""), given.get("scope", ""), back)
        return answer(status=302, headers={"location": f"{back}?code={code}&state={given.get('state', '')}"})

    @route("POST", "/api/oauth.v2.access")
    @route("GET", "/api/oauth.v2.access")
    def oauth_access(self, request):
        given = self.access.exchange(request, fields.given(request))
        team = {"id": TEAM, "name": "Acme"}
        about = {"bot_user_id": BOT_USER, "app_id": "A0APP00001", "team": team, "enterprise": None}
        return answer({**given, **about, "authed_user": {"id": "U0ANNA0001"}, "is_enterprise_install": False})

    def tell(self, what: dict):
        workspace = self.workspace
        match what.pop("what"):
            case "write":
                where = workspace.conversation(what.pop("channel"))
                return shown(workspace.write(where, user=what.pop("user", "U0ANNA0001"), **what))
            case "react":
                return self.reaction(what)
            case "delete":
                message = workspace.found(workspace.conversation(what["channel"]), what["ts"])
                workspace.messages.remove(message)
            case "scopes":
                self.access.tokens["xoxb-1"].scopes = what["scopes"]
            case "end":
                self.access.tokens["xoxb-1"].ended = what["error"]
            case "rotation":
                self.access.rotates, self.access.lifetime_s = True, what["lifetime-s"]
            case "page":
                self.page_most = what["most"]
            case "rate":
                self.windows[what["method"]] = Window(self.clock, what["most"], what["window-ms"])
            case other:
                raise ValueError(f"slack cannot be told `{other}`")

    def reaction(self, what: dict) -> dict:
        """A person reacts to a message: the event of it."""
        where = self.workspace.conversation(what["channel"])
        message = self.workspace.found(where, what["ts"])
        if message is None:
            raise ValueError(f"there is no message {what['ts']}")
        user = what.get("user", "U0BEN00001")
        removed = what.get("removed", False)
        reactions = message.setdefault("reactions", [])
        reactions[:] = [one for one in reactions if one["name"] != what["reaction"]]
        if not removed:
            reactions.append({"name": what["reaction"], "users": [user], "count": 1})
        return {
            "type": "reaction_removed" if removed else "reaction_added",
            "user": user,
            "reaction": what["reaction"],
            "item": {"type": "message", "channel": where["id"], "ts": message["ts"]},
            "item_user": message["user"],
            "event_ts": self.workspace.now_ts(),
        }

    def deliver(self, what: dict) -> Delivery:
        how = {name: what.pop(name) for name in ("late", "forged", "again") if name in what}
        if "again" in how:
            body = self.events.sent[how["again"]]
        else:
            match what.pop("event"):
                case "challenge":
                    body = self.events.challenge()
                case "held-back":
                    body = self.events.held_back()
                case "reaction":
                    body = self.events.callback(self.reaction(what))
                case "message":
                    body = self.events.callback(self.written(what))
                case other:
                    raise ValueError(f"slack has no event `{other}`")
        return self.events.signed(body, how)

    def written(self, what: dict) -> dict:
        """A person writes a message: the event of it."""
        where = self.workspace.conversation(what.pop("channel", "C0GENERAL1"))
        message = self.workspace.write(where, user=what.pop("user", "U0ANNA0001"), text=what.pop("text", "hello"), **what)
        kind = "im" if where["is_im"] else "group" if where["is_private"] else "channel"
        return {**message, "event_ts": message["ts"], "channel_type": kind}

    def state(self):
        return {
            "messages": self.workspace.messages,
            "files": self.uploads.files,
            "unfinished_uploads": len(self.uploads.tickets),
            "events": list(self.events.sent),
            "tokens": list(self.access.tokens),
        }


def is_first(message: dict) -> bool:
    """Replies stand in their thread alone."""
    return message.get("thread_ts", message["ts"]) == message["ts"]
