"""What every fake application is made of."""

from .application import Application, Delivery, route
from .clock import Clock
from .fields import Field, Problem, check
from .limits import Window
from .messages import Answer, Refusal, Request, answer

__all__ = [
    "Answer",
    "Application",
    "Clock",
    "Delivery",
    "Field",
    "Problem",
    "Refusal",
    "Request",
    "Window",
    "answer",
    "check",
    "route",
]
