"""Google's own client for Python against the fake of BigQuery."""

import io
import json
from datetime import datetime, timezone
from decimal import Decimal
from pathlib import Path

import pytest
from google.api_core.exceptions import BadRequest, Conflict, Forbidden, InternalServerError, NotFound
from google.cloud import bigquery
from google.oauth2 import service_account

SCOPE = "https://www.googleapis.com/auth/bigquery"
KEY_FILE = Path(__file__).parent.parent / "applications" / "google_oauth" / "service_account.json"
COLUMNS = [
    bigquery.SchemaField("id", "INT64", "REQUIRED"),
    bigquery.SchemaField("total", "NUMERIC"),
    bigquery.SchemaField("at", "TIMESTAMP"),
    bigquery.SchemaField("tags", "STRING", "REPEATED"),
    bigquery.SchemaField("buyer", "RECORD", fields=[bigquery.SchemaField("name", "STRING"), bigquery.SchemaField("vip", "BOOL")]),
]


def credentials(fakes):
    key = json.loads(KEY_FILE.read_text()) | {"token_uri": fakes.url("bigquery") + "/token"}
    return service_account.Credentials.from_service_account_info(key, scopes=[SCOPE])


@pytest.fixture
def client(fakes):
    options = {"api_endpoint": fakes.url("bigquery")}
    client = bigquery.Client("acme-project", credentials(fakes), client_options=options, location="EU")
    dataset = bigquery.Dataset("acme-project.shop")
    dataset.location = "EU"
    client.create_dataset(dataset)
    return client


@pytest.fixture
def table(client):
    return client.create_table(bigquery.Table("acme-project.shop.orders", COLUMNS))


def numbered(count):
    return [{"id": n, "total": "0.10", "tags": [f"t{n}"]} for n in range(count)]


def test_tables_are_created_once_and_listed_to_the_end(client, table):
    assert [field.field_type for field in table.schema][:2] == ["INTEGER", "NUMERIC"]
    with pytest.raises(Conflict, match="Already Exists: Table acme-project:shop.orders"):
        client.create_table(bigquery.Table("acme-project.shop.orders", COLUMNS))
    for n in range(4):
        client.create_table(bigquery.Table(f"acme-project.shop.t{n}", COLUMNS[:1]))
    pages = [[one.table_id for one in page] for page in client.list_tables("shop", page_size=2).pages]
    assert pages == [["orders", "t0"], ["t1", "t2"], ["t3"]]
    assert [one.dataset_id for one in client.list_datasets()] == ["shop"]
    with pytest.raises(NotFound, match="Not found: Dataset acme-project:nope"):
        client.create_table(bigquery.Table("acme-project.nope.t", COLUMNS))
    with pytest.raises(BadRequest, match="not a valid value"):
        client.create_table(bigquery.Table("acme-project.shop.bad", [bigquery.SchemaField("a", "THING")]))


def test_rows_are_streamed_all_or_none(client, table):
    row = {"id": 1, "total": Decimal("12.50"), "at": datetime(2026, 1, 2, 3, 4, 5, 678901, timezone.utc), "tags": ["a", "b"], "buyer": {"name": "Ada", "vip": True}}
    assert client.insert_rows(table, [row]) == []
    read = dict(next(iter(client.list_rows(table))).items())
    assert read == row
    wrong = [{"id": 2}, {"id": "x"}, {"id": 3, "nope": 1}, {"total": "1"}]
    errors = {one["index"]: one["errors"][0] for one in client.insert_rows_json(table, wrong)}
    assert errors[0]["reason"] == "stopped"
    assert (errors[1]["location"], errors[1]["reason"]) == ("id", "invalid")
    assert errors[2]["message"] == "no such field: nope."
    assert errors[3]["message"] == "Missing required field: id."
    assert client.get_table(table).num_rows == 1


def test_a_row_of_the_same_id_is_taken_once_in_a_minute(fakes, client, table):
    for _ in range(2):
        assert client.insert_rows_json(table, [{"id": 1}], row_ids=["k"]) == []
    assert client.get_table(table).num_rows == 1
    fakes.advance(61_000)
    client.insert_rows_json(table, [{"id": 1}], row_ids=["k"])
    assert client.get_table(table).num_rows == 2


def test_rows_are_listed_page_by_page(client, table):
    client.insert_rows_json(table, numbered(5))
    pages = [[row["id"] for row in page] for page in client.list_rows(table, page_size=2).pages]
    assert pages == [[0, 1], [2, 3], [4]]


def test_a_query_has_parameters_and_pages(client, table):
    client.insert_rows_json(table, numbered(5))
    text = "SELECT id, total, tags FROM shop.orders WHERE id >= @least AND id IN UNNEST(@ids) ORDER BY id"
    parameters = [bigquery.ScalarQueryParameter("least", "INT64", 1), bigquery.ArrayQueryParameter("ids", "INT64", [0, 1, 3, 4])]
    job = client.query(text, job_config=bigquery.QueryJobConfig(query_parameters=parameters))
    rows = list(job.result(page_size=2))
    assert [row["id"] for row in rows] == [1, 3, 4]
    assert rows[0]["total"] == Decimal("0.10") and rows[0]["tags"] == ["t1"]
    counted = list(client.query("SELECT COUNT(*) AS n FROM `shop.orders`").result())
    assert counted[0]["n"] == 5


def test_a_query_takes_a_while(fakes, client, table):
    fakes.ask("bigquery", "tell", what="slow", polls=2)
    job = client.query("SELECT id FROM shop.orders")
    assert job.state == "RUNNING"
    assert list(job.result()) == []
    assert len([one for one in fakes.look("bigquery", "requests")["requests"] if "/queries/" in one["path"]]) >= 2


def test_statements_change_rows(client, table):
    client.insert_rows_json(table, numbered(3))
    job = client.query("DELETE FROM shop.orders WHERE id < 2")
    job.result()
    assert (job.num_dml_affected_rows, job.statement_type) == (2, "DELETE")
    assert client.get_table(table).num_rows == 1


def test_a_job_id_is_taken_once(client, table):
    client.query("DELETE FROM shop.orders WHERE id = 1", job_id="mine", job_retry=None).result()
    body = {"jobReference": {"projectId": "acme-project", "jobId": "mine", "location": "EU"}, "configuration": {"query": {"query": "SELECT 1", "useLegacySql": False}}}
    with pytest.raises(Conflict, match="Already Exists: Job acme-project:EU.mine"):
        client._connection.api_request("POST", "/projects/acme-project/jobs", data=body)
    assert client.get_job("mine", location="EU").job_id == "mine"
    with pytest.raises(NotFound):
        client.get_job("mine", location="US")


def test_what_is_wrong_with_a_query_is_said(fakes, client, table):
    run = lambda text: client.query(text, job_retry=None).result(job_retry=None)  # noqa: E731
    with pytest.raises(BadRequest, match="Unrecognized name: nope") as raised:
        run("SELECT nope FROM shop.orders")
    assert raised.value.errors[0]["reason"] == "invalidQuery"
    with pytest.raises(BadRequest, match="Syntax error"):
        run("SELEC 1")
    with pytest.raises(NotFound, match="shop.nope was not found in location EU"):
        run("SELECT 1 FROM shop.nope")
    fakes.ask("bigquery", "tell", what="fail-jobs", reasons=["backendError"])
    with pytest.raises(InternalServerError):
        client.query("SELECT 1", job_retry=None).result(job_retry=None, timeout=5)


@pytest.mark.parametrize("size", [None, 1])
def test_lines_of_json_are_loaded_by_both_ways_up(client, table, size):
    data = b"".join(json.dumps(row).encode() + b"\n" for row in numbered(3))
    config = bigquery.LoadJobConfig(source_format="NEWLINE_DELIMITED_JSON")
    options = {"num_retries": 0, "size": len(data)} if size else {}
    job = client.load_table_from_file(io.BytesIO(data), table, job_config=config, **options)
    job.result()
    assert job.output_rows == 3
    assert client.get_table(table).num_rows == 3


def test_a_load_fails_as_a_whole(client, table):
    rows = [{"id": 1}, {"id": "x"}]
    job = client.load_table_from_json(rows, table)
    with pytest.raises(BadRequest, match="Please look into the errors"):
        job.result()
    messages = [error["message"] for error in job.errors]
    assert any('Could not convert value \'string_value: "x"\' to integer. Field: id; Value: x' in one for one in messages)
    assert client.get_table(table).num_rows == 0
    config = bigquery.LoadJobConfig(autodetect=True)
    client.load_table_from_json([{"a": 1, "b": "x"}], "acme-project.shop.new", job_config=config).result()
    assert [field.name for field in client.get_table("shop.new").schema] == ["a", "b"]


def test_too_many_requests_in_a_second_are_refused(fakes, client):
    fakes.ask("bigquery", "tell", what="rate", requests=0)
    with pytest.raises(Forbidden, match="Exceeded rate limits") as raised:
        list(client.list_datasets(retry=None))
    assert raised.value.errors[0]["reason"] == "rateLimitExceeded"


def test_tokens_expire_and_are_got_again(fakes, client):
    list(client.list_datasets())
    before = fakes.look("bigquery", "requests")["requests"][-1]["headers"]["authorization"]
    fakes.advance(3_601_000)
    assert [one.dataset_id for one in client.list_datasets()] == ["shop"]
    requests = fakes.look("bigquery", "requests")["requests"]
    assert requests[-1]["headers"]["authorization"] != before
    assert 401 in [one["status"] for one in requests]
