"""Rates as applications keep them: so many requests in a window of time."""

from .clock import Clock


class Window:
    """A fixed window, which begins with the first request in it."""

    def __init__(self, clock: Clock, most: int, window_ms: int):
        self.clock, self.most, self.window_ms = clock, most, window_ms
        self.begun_ms, self.used = 0, 0

    def take(self) -> bool:
        """Counts one request; false where it is one too many."""
        now_ms = self.clock.now_ms()
        if now_ms - self.begun_ms >= self.window_ms:
            self.begun_ms, self.used = now_ms, 0
        if self.used >= self.most:
            return False
        self.used += 1
        return True

    @property
    def remaining(self) -> int:
        """Requests that are left in this window."""
        return self.most - self.used

    @property
    def wait_ms(self) -> int:
        """Until the next window."""
        return max(0, self.begun_ms + self.window_ms - self.clock.now_ms())
