"""The client of the GraphQL foundation's Python implementation against a fake server."""

import pytest
from gql import Client, gql
from gql.transport.exceptions import TransportQueryError, TransportServerError
from gql.transport.requests import RequestsHTTPTransport

ORDERS = "query($first: Int, $after: String) { orders(first: $first, after: $after) { nodes { id } pageInfo { hasNextPage endCursor } } }"


def connect(fakes, token="shop-token", **headers):
    headers = {"authorization": f"Bearer {token}", **headers}
    return Client(transport=RequestsHTTPTransport(url=fakes.url("graphql") + "/graphql", headers=headers))


@pytest.fixture
def client(fakes):
    return connect(fakes)


def ask(client, document, **variables):
    query = gql(document)
    query.variable_values = variables
    return client.execute(query)


def test_a_note_is_made_and_read(client):
    made = ask(client, "mutation($id: ID!) { addNote(orderId: $id, text: \"wet\") { id } }", id="1001")
    read = ask(client, "{ order(id: \"1001\") { total notes { id text } } }")
    assert read == {"order": {"total": 1.5, "notes": [{"id": made["addNote"]["id"], "text": "wet"}]}}


def test_a_key_makes_one_note(fakes):
    client = connect(fakes, **{"idempotency-key": "k-1"})
    notes = [ask(client, "mutation { addNote(orderId: \"1001\", text: \"wet\") { id } }") for _ in range(2)]
    assert notes[0] == notes[1]
    assert len(fakes.look("graphql", "state")["orders"][0]["notes"]) == 1


def test_a_list_is_walked_to_its_end(client):
    found, after = [], None
    while True:
        page = ask(client, ORDERS, first=3, after=after)["orders"]
        found += [one["id"] for one in page["nodes"]]
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    assert found == [str(1000 + n) for n in range(1, 8)]


def test_the_schema_is_told(client):
    with client as session:
        session.fetch_schema()
    assert "addNote" in client.schema.mutation_type.fields


def test_errors_have_a_code_and_a_path(client):
    with pytest.raises(TransportQueryError) as refused:
        ask(client, "{ order(id: \"1001\") { id secret } }")
    assert refused.value.data == {"order": {"id": "1001", "secret": None}}
    error = refused.value.errors[0]
    assert (error["extensions"]["code"], error["path"]) == ("FORBIDDEN", ["order", "secret"])
    with pytest.raises(TransportQueryError) as unknown:
        ask(client, "{ colour }")
    assert unknown.value.errors[0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"


def test_a_wrong_token_is_refused(fakes):
    with pytest.raises((TransportServerError, TransportQueryError)) as refused:
        ask(connect(fakes, "other"), "{ __typename }")
    assert "401" in str(refused.value) or "not valid" in str(refused.value)


def test_points_run_out(fakes, client):
    fakes.ask("graphql", "tell", points=5)
    with pytest.raises(TransportQueryError) as throttled:
        ask(client, "{ __typename }")
    assert throttled.value.errors[0]["extensions"]["code"] == "THROTTLED"
    assert throttled.value.extensions["cost"]["throttleStatus"]["restoreRate"] == 50
