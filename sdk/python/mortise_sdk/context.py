"""The call that the plugin is in. A plugin neither sleeps nor retries: it says what happened."""

from __future__ import annotations

from mortise_sdk import host
from mortise_sdk.failure import Failure


def workflow() -> str:
    """Name of the workflow."""
    return host.current().workflow()


def run() -> str:
    """ULID of the run."""
    return host.current().run()


def step() -> str:
    """Path of the step inside the run: `notify`, `lines[3].post`."""
    return host.current().step()


def attempt() -> int:
    """From 1, and one more with every retry."""
    return host.current().attempt()


def idempotency_key() -> str:
    """The same for every attempt of one turn of one step of one run. Pass it on to the application
    wherever the application takes one."""
    return host.current().idempotency_key()


def remaining_ms() -> int:
    """What is left of the call, in milliseconds."""
    return host.current().remaining_ms()


def cancelled() -> bool:
    """Whether somebody asked for the call to end."""
    return host.current().cancelled()


def callback_url() -> str:
    """Where the application can call back, once, for `until_called`; the failure says why there is no
    such place."""
    try:
        return host.current().callback_url()
    except host.Refused as error:
        raise Failure.misconfigured(str(error)) from None
