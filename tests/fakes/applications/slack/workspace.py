"""The workspace: people, channels and messages, in the shapes that Slack gives them."""

from framework import Clock

from .arguments import error

TEAM = "T0ACME0001"
APP = "A0APP00001"
BOT_USER = "U0BOT00001"
BOT = "B0BOT00001"

_BOT_PROFILE = {
    "id": BOT,
    "deleted": False,
    "name": "robot",
    "updated": 1700000000,
    "app_id": APP,
    "icons": {f"image_{size}": f"https://a.slack-edge.com/bot_{size}.png" for size in (36, 48, 72)},
    "team_id": TEAM,
}


def person(id: str, handle: str, full_name: str, shown: str, email: str | None, **more) -> dict:
    """A user object."""
    profile = {
        "title": "",
        "phone": "",
        "skype": "",
        "real_name": full_name,
        "real_name_normalized": full_name,
        "display_name": shown,
        "display_name_normalized": shown,
        "fields": {},
        "status_text": "",
        "status_emoji": "",
        "avatar_hash": "ge3b51ca72de",
        "team": TEAM,
        **({"email": email} if email else {}),
    }
    return {
        "id": id,
        "team_id": TEAM,
        "name": handle,
        "deleted": False,
        "color": "9f69e7",
        "real_name": full_name,
        "tz": "Europe/Berlin",
        "tz_label": "Central European Time",
        "tz_offset": 3600,
        "profile": profile,
        "is_admin": False,
        "is_owner": False,
        "is_primary_owner": False,
        "is_restricted": False,
        "is_ultra_restricted": False,
        "is_bot": False,
        "is_app_user": False,
        "updated": 1700000000,
        **more,
    }


def channel(id: str, name: str, **more) -> dict:
    """A conversation object of a channel."""
    nothing = {"value": "", "creator": "", "last_set": 0}
    return {
        "id": id,
        "name": name,
        "is_channel": True,
        "is_group": False,
        "is_im": False,
        "is_mpim": False,
        "is_private": False,
        "created": 1700000000,
        "is_archived": False,
        "is_general": False,
        "unlinked": 0,
        "name_normalized": name,
        "is_shared": False,
        "is_org_shared": False,
        "is_pending_ext_shared": False,
        "pending_shared": [],
        "is_ext_shared": False,
        "creator": "U0ANNA0001",
        "is_member": True,
        "topic": nothing,
        "purpose": nothing,
        "previous_names": [],
        "num_members": 3,
        **more,
    }


class Workspace:
    """Everything that people see."""

    def __init__(self, clock: Clock):
        self.clock = clock
        self.last_us = 0
        self.users = [
            person("U0ANNA0001", "anna.berg", "Anna Berg", "Anna", "anna@example.com"),
            person("U0BEN00001", "ben", "Ben Ortiz", "Ben", "ben@example.com"),
            person("U0CARL0001", "carl", "Carl Noor", "Carl", "carl@example.com", deleted=True),
            person("U0KIM00001", "kim.a", "Kim Lee", "Kim", "kim.a@example.com"),
            person("U0KIM00002", "kim.b", "Kim Lee", "Kimmy", "kim.b@example.com"),
            person(BOT_USER, "robot", "robot", "", None, is_bot=True),
        ]
        self.channels = [
            channel("C0GENERAL1", "general", is_general=True),
            channel("C0SALES001", "sales"),
            channel("C0RANDOM01", "random", is_member=False),
            channel("C0OLD00001", "old", is_archived=True),
            channel("C0PRIVATE1", "board", is_private=True, is_channel=False, is_group=True),
        ]
        # In the order in which they were written, each with its `channel`.
        self.messages: list[dict] = []

    def now_ts(self) -> str:
        """A time that no other message has."""
        self.last_us = max(self.last_us + 1, self.clock.now_ms() * 1000)
        return f"{self.last_us // 1_000_000}.{self.last_us % 1_000_000:06}"

    def conversation(self, named: str) -> dict:
        """By id, or by the name of a channel that is not private; a person is a direct conversation."""
        named = str(named)
        for one in self.channels:
            if named == one["id"] or (named.lstrip("#") == one["name"] and not one["is_private"]):
                return one
        if any(user["id"] == named for user in self.users):
            direct = channel(f"D{named[1:]}", "", is_channel=False, is_im=True, user=named)
            self.channels.append(direct)
            return direct
        raise error("channel_not_found")

    def write(self, where: dict, **content) -> dict:
        """A message in a conversation; a reply is counted where its thread begins. Where nothing begins it, Slack posts
        it in the conversation itself."""
        message = {"type": "message", "ts": self.now_ts(), "team": TEAM, "channel": where["id"], **content}
        parent = self.found(where, message["thread_ts"]) if "thread_ts" in message else None
        if parent is None:
            message.pop("thread_ts", None)
        else:
            root = parent.get("thread_ts", parent["ts"])
            parent = self.found(where, root) or parent
            message.update(thread_ts=root, parent_user_id=parent.get("user", BOT_USER))
            replies = parent.get("reply_count", 0) + 1
            users = sorted({*parent.get("reply_users", []), message["user"]})
            parent.update(thread_ts=root, reply_count=replies, reply_users=users, reply_users_count=len(users))
            parent.update(latest_reply=message["ts"], subscribed=False)
        self.messages.append(message)
        return message

    def write_as_bot(self, where: dict, **content) -> dict:
        return self.write(where, user=BOT_USER, bot_id=BOT, bot_profile=_BOT_PROFILE, **content)

    def found(self, where: dict, ts: str) -> dict | None:
        same = (one for one in self.messages if one["channel"] == where["id"] and one["ts"] == str(ts))
        return next(same, None)


def shown(message: dict) -> dict:
    """A message as methods give it: they name the conversation beside it, if at all."""
    return {name: value for name, value in message.items() if name != "channel"}
