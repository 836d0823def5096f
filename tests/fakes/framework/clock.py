"""The time of day, which a test may turn forward."""

import time
from datetime import datetime, timezone


class Clock:
    """The machine's clock, and what was added to it."""

    def __init__(self):
        self.ahead_ms = 0

    def now_ms(self) -> int:
        """Milliseconds since 1970."""
        return int(time.time() * 1000) + self.ahead_ms

    def now(self) -> int:
        """Seconds since 1970."""
        return self.now_ms() // 1000

    def rfc3339(self, at_ms: int | None = None) -> str:
        """In UTC, with milliseconds."""
        at_ms = self.now_ms() if at_ms is None else at_ms
        at = datetime.fromtimestamp(at_ms / 1000, timezone.utc)
        return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at_ms % 1000:03d}Z"

    def advance(self, by_ms: int) -> None:
        """Turns it forward."""
        self.ahead_ms += by_ms
