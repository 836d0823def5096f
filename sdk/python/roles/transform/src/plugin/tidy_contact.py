"""Makes contacts look alike."""

from dataclasses import dataclass
from typing import Annotated

from mortise_sdk import Example, Failure, Meta, transform


@dataclass
class Config:
    country: Annotated[
        str, Meta(pattern="^[A-Z]{2}$", description="of contacts, in two letters")
    ] = "DE"


@dataclass
class Contact:
    name: str
    email: str
    phone: str | None = None


@dataclass
class TidyContact:
    name: str
    email: str
    country: str
    phone: str | None = None


@transform(
    "tidy-contact",
    summary="makes contacts look alike",
    examples=[
        Example(
            title="a contact that was typed in a hurry",
            input={"country": "DE"},
            records=[
                {
                    "name": " Ada  Lovelace ",
                    "email": " Ada@Example.COM",
                    "phone": "+49 (30) 1234",
                }
            ],
            output=[
                {
                    "name": "Ada Lovelace",
                    "email": "ada@example.com",
                    "country": "DE",
                    "phone": "+49301234",
                }
            ],
        )
    ],
)
def tidy_contact(config: Config, contact: Contact) -> list[TidyContact]:
    email = contact.email.strip().lower()
    if "@" not in email:
        raise Failure.reject("the email has no @").because(field="/email")
    name = " ".join(contact.name.split())
    phone = None if contact.phone is None else tidy_phone(contact.phone)
    return [TidyContact(name, email, config.country, phone)]


def tidy_phone(phone: str) -> str:
    """The digits, after a plus where it began with one."""
    digits = "".join(char for char in phone if char in "0123456789")
    return "+" + digits if phone.strip().startswith("+") else digits
