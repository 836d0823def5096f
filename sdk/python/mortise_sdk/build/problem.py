"""What ends a build."""

from __future__ import annotations

FAILED = 1
MISSING_TOOL = 5


class Problem(Exception):
    """One sentence, and the exit code."""

    def __init__(self, sentence: str, exit_code: int = FAILED) -> None:
        super().__init__(sentence)
        self.exit_code = exit_code
