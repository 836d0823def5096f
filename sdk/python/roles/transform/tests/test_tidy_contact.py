from mortise_sdk import Disposition, fake

from plugin.tidy_contact import tidy_contact


def test_the_examples_give_what_they_say():
    assert tidy_contact.examples
    fake.run_examples(tidy_contact)


def test_a_contact_without_a_phone_gets_none():
    found = fake.apply(tidy_contact, {}, [{"name": "a", "email": "a@b"}])
    assert found == [[{"name": "a", "email": "a@b", "country": "DE"}]]


def test_an_email_without_an_at_fails_alone():
    records = [{"name": "a", "email": "a"}, {"name": "b", "email": "b@c"}]
    failure, rest = fake.apply(tidy_contact, {}, records)
    assert (failure.disposition, failure.message) == (Disposition.REJECT, "the email has no @")
    assert (failure.cause.record, failure.cause.field) == (0, "/email")
    assert rest[0]["email"] == "b@c"


def test_a_country_has_two_letters():
    assert fake.apply(tidy_contact, {"country": "AT"}, []) == []
