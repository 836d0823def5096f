"""Google's own client for Python against the fake of Google Sheets."""

import base64
import hashlib
import json
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from google.auth import crypt, jwt
from google.auth.exceptions import RefreshError
from google.auth.transport.requests import Request
from google.oauth2 import service_account
from google.oauth2.credentials import Credentials
from googleapiclient.discovery import build
from googleapiclient.errors import HttpError

SCOPE = "https://www.googleapis.com/auth/spreadsheets"
KEY_FILE = Path(__file__).parent.parent / "applications" / "google_oauth" / "service_account.json"


def credentials(fakes, scope=SCOPE, **changed):
    key = json.loads(KEY_FILE.read_text()) | {"token_uri": fakes.url("sheets") + "/token"} | changed
    return service_account.Credentials.from_service_account_info(key, scopes=[scope])


def client(fakes, given=None):
    options = {"api_endpoint": fakes.url("sheets")}
    return build("sheets", "v4", credentials=given or credentials(fakes), client_options=options, static_discovery=True)


@pytest.fixture
def sheets(fakes):
    return client(fakes).spreadsheets()


def create(sheets, *titles):
    body = {"properties": {"title": "Sales"}, "sheets": [{"properties": {"title": title}} for title in titles]}
    return sheets.create(body=body).execute()["spreadsheetId"]


def refused(request) -> dict:
    with pytest.raises(HttpError) as raised:
        request.execute()
    return json.loads(raised.value.content)["error"]


def test_a_spreadsheet_is_created_and_described(sheets):
    id_ = create(sheets, "Q1", "Bob's sales")
    found = sheets.get(spreadsheetId=id_, fields="properties.title,sheets(properties(title,gridProperties))").execute()
    assert found["properties"] == {"title": "Sales"}
    assert [one["properties"]["title"] for one in found["sheets"]] == ["Q1", "Bob's sales"]
    assert found["sheets"][0]["properties"]["gridProperties"] == {"rowCount": 1000, "columnCount": 26}
    added = {"requests": [{"addSheet": {"properties": {"title": "Q2"}}}]}
    reply = sheets.batchUpdate(spreadsheetId=id_, body=added).execute()["replies"][0]
    assert reply["addSheet"]["properties"]["index"] == 2
    error = refused(sheets.batchUpdate(spreadsheetId=id_, body=added))
    assert error["status"] == "INVALID_ARGUMENT" and 'name "Q2" already exists' in error["message"]


def test_rows_are_appended_below_the_table(sheets):
    id_ = create(sheets, "Bob's sales")
    place = "'Bob''s sales'!A1"
    values = sheets.values()
    put = values.update(spreadsheetId=id_, range=place, valueInputOption="RAW", body={"values": [["Name", "Age"], ["Note"]]})
    assert put.execute()["updatedCells"] == 3
    body = {"values": [["Ada", 36], ["Bob", None, True]]}
    given = {"spreadsheetId": id_, "range": place, "valueInputOption": "RAW", "insertDataOption": "INSERT_ROWS"}
    added = values.append(**given, body=body).execute()
    assert added["tableRange"] == "'Bob''s sales'!A1:B2"
    assert added["updates"]["updatedRange"] == "'Bob''s sales'!A3:C4"
    assert added["updates"]["updatedCells"] == 4
    read = values.get(spreadsheetId=id_, range="Bob's sales", valueRenderOption="UNFORMATTED_VALUE")
    assert "Unable to parse range" in refused(read)["message"]
    read = values.get(spreadsheetId=id_, range="'Bob''s sales'", valueRenderOption="UNFORMATTED_VALUE").execute()
    assert read["values"] == [["Name", "Age"], ["Note"], ["Ada", 36], ["Bob", "", True]]
    assert read["range"] == "'Bob''s sales'!A1:Z1002"
    columns = values.get(spreadsheetId=id_, range="'Bob''s sales'!A:B", majorDimension="COLUMNS").execute()
    assert columns["values"] == [["Name", "Note", "Ada", "Bob"], ["Age", "", "36"]]


def test_what_is_typed_becomes_numbers_dates_and_formulas(sheets):
    id_ = create(sheets, "S")
    row = ["1,234.5", "2026-01-02", "=A1*2", "TRUE", "'7"]
    values = sheets.values()
    given = {"spreadsheetId": id_, "range": "S!A1", "body": {"values": [row]}}
    values.update(**given, valueInputOption="USER_ENTERED").execute()
    read = lambda **how: values.get(spreadsheetId=id_, range="S!A1:E1", **how).execute()["values"][0]  # noqa: E731
    assert read() == ["1234.5", "2026-01-02", "2469", "TRUE", "7"]
    assert read(valueRenderOption="UNFORMATTED_VALUE") == [1234.5, 46024, 2469, True, "7"]
    dates = read(valueRenderOption="UNFORMATTED_VALUE", dateTimeRenderOption="FORMATTED_STRING")
    assert dates[1] == "2026-01-02"
    assert read(valueRenderOption="FORMULA")[2] == "=A1*2"
    values.update(**given, valueInputOption="RAW").execute()
    assert read(valueRenderOption="UNFORMATTED_VALUE") == row
    assert values.clear(spreadsheetId=id_, range="S!A1:B", body={}).execute()["clearedRange"] == "S!A1:B1000"
    assert read() == ["", "", "=A1*2", "TRUE", "'7"]


def test_several_ranges_are_read_at_once(fakes, sheets):
    fakes.ask("sheets", "tell", what="spreadsheet", id="1", sheets={"S": [["a", "b"], [], ["c"]]})
    read = sheets.values().batchGet(spreadsheetId="1", ranges=["S!1:1", "S!2:5"]).execute()["valueRanges"]
    assert [one.get("values") for one in read] == [[["a", "b"]], [[], ["c"]]]
    error = refused(sheets.values().get(spreadsheetId="1", range="S!A1001:B1001"))
    assert error["message"].startswith("Range (S!A1001) exceeds grid limits. Max rows: 1000")


def test_what_is_wrong_is_said(fakes, sheets):
    id_ = create(sheets, "S")
    values = sheets.values()
    put = {"spreadsheetId": id_, "range": "S!A1", "valueInputOption": "RAW"}
    error = refused(values.update(**put, body={"values": [["a"], "b"]}))
    assert error["details"][0]["fieldViolations"][0]["field"] == "data.values[1]"
    assert "struct_value" in refused(values.update(**put, body={"values": [[{}]]}))["message"]
    error = refused(values.update(**put, body={"rows": []}))
    assert error["message"] == "Invalid JSON payload received. Unknown name \"rows\" at 'data': Cannot find field."
    assert "maximum of 50000 characters" in refused(values.update(**put, body={"values": [["x" * 50_001]]}))["message"]
    assert refused(sheets.get(spreadsheetId="nobodys"))["status"] == "NOT_FOUND"
    fakes.ask("sheets", "tell", what="unshare", id=id_)
    assert refused(sheets.get(spreadsheetId=id_))["status"] == "PERMISSION_DENIED"


def test_the_quota_of_a_minute_is_used_up(fakes, sheets):
    fakes.ask("sheets", "tell", what="spreadsheet", id="1", sheets={"S": []})
    fakes.ask("sheets", "tell", what="rate", reads=2)
    for _ in range(2):
        sheets.get(spreadsheetId="1").execute()
    error = refused(sheets.get(spreadsheetId="1"))
    assert (error["code"], error["status"]) == (429, "RESOURCE_EXHAUSTED")
    assert error["details"][0]["metadata"]["quota_limit"] == "ReadRequestsPerMinutePerUser"
    fakes.advance(60_000)
    assert sheets.get(spreadsheetId="1").execute()["spreadsheetId"] == "1"


def test_tokens_expire_and_are_got_again(fakes):
    given = credentials(fakes)
    sheets = client(fakes, given).spreadsheets()
    create(sheets, "S")
    first = given.token
    fakes.advance(3_601_000)
    create(sheets, "S")
    assert given.token != first


def token_for(fakes, sign=None, **changed) -> str:
    """The error of the token endpoint for an assertion with other claims."""
    key, now = json.loads(KEY_FILE.read_text()), int(time.time())
    claims = {"iss": key["client_email"], "scope": SCOPE, "aud": fakes.url("sheets") + "/token", "iat": now, "exp": now + 3600}
    assertion = jwt.encode(sign or crypt.RSASigner.from_service_account_info(key), claims | changed).decode()
    form = {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": assertion}
    try:
        with urllib.request.urlopen(fakes.url("sheets") + "/token", urllib.parse.urlencode(form).encode()) as got:
            return json.loads(got.read())["token_type"]
    except urllib.error.HTTPError as error:
        return json.loads(error.read())["error_description"]


def test_an_assertion_that_is_wrong_gets_no_token(fakes):
    now = int(time.time())
    assert token_for(fakes) == "Bearer"
    assert "audience" in token_for(fakes, aud="https://example.com/token")
    assert "account not found" in token_for(fakes, iss="other@acme-project.iam.gserviceaccount.com")
    assert "short-lived" in token_for(fakes, exp=now + 3700)
    assert "short-lived" in token_for(fakes, iat=now - 7200, exp=now - 3600)
    assert "scope" in token_for(fakes, scope="")
    other = rsa.generate_private_key(65537, 2048)
    assert "Signature" in token_for(fakes, sign=crypt.RSASigner(other))


def test_a_token_of_another_scope_is_refused(fakes):
    given = credentials(fakes, scope="https://www.googleapis.com/auth/calendar")
    error = refused(client(fakes, given).spreadsheets().get(spreadsheetId="1"))
    assert error["details"][0]["reason"] == "ACCESS_TOKEN_SCOPE_INSUFFICIENT"


def test_a_person_agrees_and_the_token_is_renewed(fakes):
    verifier, redirect = "v" * 43, "http://127.0.0.1/back"
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    who = {"client_id": "1-fake.apps.googleusercontent.com", "client_secret": "GOCSPX-fake"}
    asked = {"client_id": who["client_id"], "response_type": "code", "scope": SCOPE, "redirect_uri": redirect}
    asked |= {"code_challenge": challenge, "code_challenge_method": "S256", "access_type": "offline", "state": "s"}
    back = fakes.agree("sheets", "/o/oauth2/v2/auth", **asked)
    assert back["state"] == "s"
    code = back["code"]
    form = who | {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect, "code_verifier": verifier}
    token_uri = fakes.url("sheets") + "/token"
    with urllib.request.urlopen(token_uri, urllib.parse.urlencode(form).encode()) as got:
        told = json.loads(got.read())
    with pytest.raises(urllib.error.HTTPError):
        urllib.request.urlopen(token_uri, urllib.parse.urlencode(form).encode())
    given = Credentials(told["access_token"], refresh_token=told["refresh_token"], token_uri=token_uri, **who)
    fakes.advance(3_601_000)
    create(client(fakes, given).spreadsheets(), "S")
    assert given.token != told["access_token"]
    fakes.ask("sheets", "tell", what="revoke")
    with pytest.raises(RefreshError, match="invalid_grant"):
        given.refresh(Request())
