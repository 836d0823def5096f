"""The failures of requests that got no answer, a class for each kind."""

from __future__ import annotations

from mortise_sdk.failure import Disposition, Failure


class Denied(Failure):
    """Not granted; the text names the line that would grant it."""

    def __init__(self, why: str) -> None:
        super().__init__(Disposition.MISCONFIGURED, why)


class NotSent(Failure):
    """The request did not leave: safe to retry."""

    def __init__(self, why: str) -> None:
        super().__init__(Disposition.RETRY, f"the request was not sent: {why}")


class Unanswered(Failure):
    """The request left and no whole answer came: it may have been carried out."""

    def __init__(self, why: str) -> None:
        super().__init__(Disposition.UNCLEAR, f"no answer came: {why}")


class Limited(Failure):
    """The connection's rate is used up for so many milliseconds."""

    def __init__(self, wait_ms: int) -> None:
        super().__init__(Disposition.RETRY, "the connection's rate is used up", after_ms=wait_ms)


class TooLarge(Failure):
    """The answer is larger than this many bytes."""

    def __init__(self, limit_bytes: int) -> None:
        super().__init__(Disposition.REJECT, f"the answer is larger than {limit_bytes} bytes")


class Unauthorized(Failure):
    """There is no usable credential."""

    def __init__(self, why: str) -> None:
        super().__init__(Disposition.REAUTHORIZE, why)


class Other(Failure):
    """Anything else."""

    def __init__(self, why: str) -> None:
        super().__init__(Disposition.REJECT, why)
