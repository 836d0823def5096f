"""The client of People Data Labs against its fake. It has no lists and no webhooks of companies."""

import pytest
from peopledatalabs import PDLPY


@pytest.fixture
def client(fakes):
    return PDLPY(api_key="pdl-key", base_path=fakes.url("peopledatalabs") + "/v5")


def test_a_company_is_found_by_its_website(client):
    found = client.company.enrichment(website="acme.example")
    assert found.ok
    assert found.json()["employee_count"] == 250
    assert found.json()["location"]["country"] == "germany"


def test_what_is_not_known_is_said_so(client):
    found = client.company.enrichment(website="nobody.example")
    assert found.status_code == 404
    assert found.json()["error"]["type"] == "not_found"


def test_a_wrong_key_is_refused(fakes):
    client = PDLPY(api_key="other", base_path=fakes.url("peopledatalabs") + "/v5")
    found = client.company.enrichment(website="acme.example")
    assert (found.status_code, found.json()["error"]["type"]) == (401, "authentication_error")


def test_the_rate_of_a_minute_is_kept_and_told(fakes, client):
    answers = [client.company.enrichment(website="acme.example") for _ in range(101)]
    assert [one.status_code for one in answers[-2:]] == [200, 429]
    assert answers[0].headers["x-ratelimit-remaining"] == "{'minute': 99}"
    fakes.advance(60_000)
    assert client.company.enrichment(website="acme.example").ok
