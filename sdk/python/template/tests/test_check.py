import pytest
from mortise_sdk import Disposition, Failure, fake, http
from mortise_sdk.fake import Answer, Host

from plugin.check import check


def test_the_account_is_the_one_that_desk_names():
    with Host(answers=[Answer.json(200, {"id": "acct-1", "name": "Acme"})]) as host:
        account = fake.check(check)
    assert (account.id, account.label) == ("acct-1", "Acme")
    assert host.requests == [http.Request("GET", "https://api.desk.example/me")]


def test_a_bad_credential_asks_for_another_one():
    with Host(answers=[Answer.json(401, {})]), pytest.raises(Failure) as raised:
        fake.check(check)
    assert raised.value.disposition is Disposition.REAUTHORIZE
