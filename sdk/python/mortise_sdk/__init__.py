"""Write a plugin for Mortise: a connector for an application, or a transform of records.

A plugin is a `Plugin` with a list of operations; each is a function under a decorator, and the schemas in
the descriptor come from its annotations.

Roles: `action`, `batch`, `polling`, `webhook`, `transform`, and `check` and `explore`. What a plugin may ask
of the host: `connection`, `context`, `files`, `http`, `log`, `state`. What describes it: `descriptor`,
`authentication`, `verification`, `fields`, `schema`, `failure`. What turns values into JSON: `codec`. Where
all of it meets the host: `host`, with `guest` inside of a component and `fake` in tests.
"""

from mortise_sdk import connection, context, files, http, log, state
from mortise_sdk.action import Page, Suspended, Turn, action, later, until_called
from mortise_sdk.authentication import Placement, Scheme, Secret
from mortise_sdk.batch import Item, batch
from mortise_sdk.check import Account
from mortise_sdk.connection import Algorithm
from mortise_sdk.descriptor import Example, Plugin, Rate
from mortise_sdk.explore import Choices, Explore, Question
from mortise_sdk.failure import Cause, Disposition, Failure
from mortise_sdk.fields import Meta, kebab
from mortise_sdk.files import File
from mortise_sdk.operation import Nothing
from mortise_sdk.polling import Event, News, Start, polling
from mortise_sdk.transform import transform
from mortise_sdk.verification import Known, Signature, Token
from mortise_sdk.webhook import Reception, Request, Response, Subscription, webhook

__version__ = "0.1.0"

__all__ = [
    "Account",
    "Algorithm",
    "Cause",
    "Choices",
    "Disposition",
    "Event",
    "Example",
    "Explore",
    "Failure",
    "File",
    "Item",
    "Known",
    "Meta",
    "News",
    "Nothing",
    "Page",
    "Placement",
    "Plugin",
    "Question",
    "Rate",
    "Reception",
    "Request",
    "Response",
    "Scheme",
    "Secret",
    "Signature",
    "Start",
    "Subscription",
    "Suspended",
    "Token",
    "Turn",
    "action",
    "batch",
    "connection",
    "context",
    "files",
    "http",
    "kebab",
    "later",
    "log",
    "polling",
    "state",
    "transform",
    "until_called",
    "webhook",
]
