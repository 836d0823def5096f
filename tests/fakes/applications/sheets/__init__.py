"""Google Sheets: https://developers.google.com/workspace/sheets/api/reference/rest (v4)."""

from framework import Answer, Application, Refusal, Request, Window, answer, route

from ..google_oauth import AUTHORIZE, TOKEN, Tokens
from ..google_oauth.errors import info, masked, refusal
from . import a1
from .a1 import Place
from .cells import rendered
from .grid import Sheet
from .requests import APPENDED, READ, WRITTEN, body, fields, input_option, lines, parameters

SCOPES = {
    "https://www.googleapis.com/auth/spreadsheets",
    "https://www.googleapis.com/auth/drive",
    "https://www.googleapis.com/auth/drive.file",
}
CONSUMER = "projects/100000000001"
PER_MINUTE = 60


class Spreadsheet:
    """A document."""

    def __init__(self, id: str, properties: dict, titles: list[str]):
        self.id = id
        self.properties = {"locale": "en_US", "timeZone": "America/New_York", "autoRecalc": "ON_CHANGE"} | properties
        self.is_shared = True
        self.next_id = 0
        self.sheets: list[Sheet] = []
        for title in titles:
            self.add({"title": title})

    def add(self, wanted: dict) -> Sheet:
        """A sheet more."""
        title = wanted.get("title") or f"Sheet{len(self.sheets) + 1}"
        if any(sheet.title.lower() == title.lower() for sheet in self.sheets):
            why = f'A sheet with the name "{title}" already exists. Please enter another name.'
            raise refusal("INVALID_ARGUMENT", f"Invalid requests[0].addSheet: {why}")
        grid = wanted.get("gridProperties", {})
        sheet = Sheet(self.next_id, title, grid.get("rowCount", 1000), grid.get("columnCount", 26))
        self.next_id += 1 if self.next_id else 1_000_001
        self.sheets.insert(wanted.get("index", len(self.sheets)), sheet)
        return sheet

    def find(self, range_text: str) -> tuple[Sheet, Place]:
        """The sheet and the place of a range."""
        name, place = a1.split(range_text)
        found = a1.place(place) if place else Place()
        if name is None and place and found is None:
            # No place, so it is the name of a sheet.
            name, found = place, Place()
        sheets = [sheet for sheet in self.sheets if name is None or sheet.title.lower() == name.lower()]
        if not sheets or found is None or (name is None and place is None):
            raise refusal("INVALID_ARGUMENT", f"Unable to parse range: {range_text}")
        return sheets[0], found

    def described(self, sheets: list[Sheet]) -> dict:
        """As the API has it."""
        told = [{"properties": sheet.properties(self.sheets.index(sheet))} for sheet in sheets]
        url = f"https://docs.google.com/spreadsheets/d/{self.id}/edit"
        return {"spreadsheetId": self.id, "properties": self.properties, "sheets": told, "spreadsheetUrl": url}


class Sheets(Application):
    """The API, and the people who work in the same spreadsheets."""

    name = "sheets"

    def reset(self):
        self.tokens = Tokens(self.clock)
        self.spreadsheets: dict[str, Spreadsheet] = {}
        self.made = 0
        self.limit(PER_MINUTE, PER_MINUTE)

    def limit(self, reads: int, writes: int):
        """Requests of one user in a minute."""
        self.windows = {"Read": Window(self.clock, reads, 60_000), "Write": Window(self.clock, writes, 60_000)}

    def before(self, request: Request):
        if request.path in (AUTHORIZE, TOKEN):
            return
        if not request.bearer():
            why = "Method doesn't allow unregistered callers (callers without established identity)."
            raise refusal("PERMISSION_DENIED", f"{why} Please use API Key or other form of API consumer identity.")
        holder = self.tokens.holder(request)
        if holder is None:
            why = "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other"
            raise refusal("UNAUTHENTICATED", f"{why} valid authentication credential.")
        if not holder["scopes"] & SCOPES:
            detail = info("ACCESS_TOKEN_SCOPE_INSUFFICIENT", service="sheets.googleapis.com")
            raise refusal("PERMISSION_DENIED", "Request had insufficient authentication scopes.", [detail])
        kind = "Read" if request.method == "GET" else "Write"
        if not self.windows[kind].take():
            raise self.exhausted(kind)

    def exhausted(self, kind: str) -> Refusal:
        """The quota of a minute is used up; there is no `retry-after`."""
        most = str(self.windows[kind].most)
        limit = f"{kind}RequestsPerMinutePerUser"
        metric = f"sheets.googleapis.com/{kind.lower()}_requests"
        detail = info(
            "RATE_LIMIT_EXCEEDED",
            service="sheets.googleapis.com",
            consumer=CONSUMER,
            quota_limit=limit,
            quota_limit_value=most,
            quota_metric=metric,
            quota_location="global",
        )
        help_ = {
            "@type": "type.googleapis.com/google.rpc.Help",
            "links": [
                {
                    "description": "Request a higher quota limit.",
                    "url": "https://cloud.google.com/docs/quotas/help/request_increase",
                }
            ],
        }
        where = f"'{kind} requests' and limit '{kind} requests per minute per user' of service 'sheets.googleapis.com'"
        why = f"Quota exceeded for quota metric {where} for consumer 'project_number:100000000001'."
        return refusal("RESOURCE_EXHAUSTED", why, [detail, help_])

    def unknown(self, request: Request) -> Answer:
        text = f"The requested URL {request.path} was not found on this server."
        return answer(None, 404, {"content-type": "text/html; charset=UTF-8"}, f"<html><title>404</title>{text}</html>")

    def opened(self, request: Request) -> Spreadsheet:
        """The spreadsheet of a request."""
        found = self.spreadsheets.get(request.parameters["id"])
        if found is None:
            raise refusal("NOT_FOUND", "Requested entity was not found.")
        if not found.is_shared:
            raise refusal("PERMISSION_DENIED", "The caller does not have permission")
        return found

    @route("GET", AUTHORIZE)
    def authorize(self, request: Request) -> Answer:
        return self.tokens.authorize(request)

    @route("POST", TOKEN)
    def token(self, request: Request) -> Answer:
        return self.tokens.grant(request, self.url)

    @route("POST", "/v4/spreadsheets")
    def create(self, request: Request) -> Answer:
        parameters(request, {})
        wanted = body(request, {"properties", "sheets", "namedRanges"}, "spreadsheet")
        where = "spreadsheet.properties"
        known = {"title", "locale", "timeZone", "autoRecalc", "defaultFormat"}
        properties = {"title": "Untitled spreadsheet"} | fields(wanted.get("properties", {}), known, where)
        self.made += 1
        made = Spreadsheet(f"1Fake{self.made:039d}", properties, [])
        for n, one in enumerate(wanted.get("sheets", []) or [{}]):
            fields(one, {"properties", "data"}, f"spreadsheet.sheets[{n}]")
            made.add(sheet_properties(one.get("properties", {}), f"spreadsheet.sheets[{n}].properties"))
        self.spreadsheets[made.id] = made
        return answer(masked(made.described(made.sheets), request.one("fields")))

    @route("GET", "/v4/spreadsheets/{id}")
    def get(self, request: Request) -> Answer:
        given = parameters(request, {"ranges": (), "includeGridData": ("true", "false")})
        found = self.opened(request)
        wanted = [found.find(text)[0] for text in given.get("ranges", [])] or found.sheets
        return answer(masked(found.described(wanted), request.one("fields")))

    @route("POST", "/v4/spreadsheets/{id}:batchUpdate")
    def batch_update(self, request: Request) -> Answer:
        parameters(request, {})
        known = {"requests", "includeSpreadsheetInResponse", "responseRanges", "responseIncludeGridData"}
        wanted, found = body(request, known), self.opened(request)
        if not wanted.get("requests"):
            raise refusal("INVALID_ARGUMENT", "Must specify at least one request.")
        replies = []
        for n, one in enumerate(wanted["requests"]):
            fields(one, {"addSheet", "deleteSheet"}, f"requests[{n}]")
            if "addSheet" in one:
                asked = fields(one["addSheet"], {"properties"}, f"requests[{n}].add_sheet")
                made = found.add(sheet_properties(asked.get("properties", {}), f"requests[{n}].add_sheet.properties"))
                replies.append({"addSheet": {"properties": made.properties(found.sheets.index(made))}})
            else:
                id_ = fields(one["deleteSheet"], {"sheetId"}, f"requests[{n}].delete_sheet").get("sheetId", 0)
                if all(sheet.id != id_ for sheet in found.sheets):
                    why = f"Invalid requests[{n}].deleteSheet: No sheet with id: {id_}"
                    raise refusal("INVALID_ARGUMENT", why)
                found.sheets = [sheet for sheet in found.sheets if sheet.id != id_]
                replies.append({})
        return answer({"spreadsheetId": found.id, "replies": replies})

    def values(self, found: Spreadsheet, text: str, given: dict) -> dict:
        """A ValueRange."""
        sheet, place = found.find(text)
        place = sheet.bounded(place)
        render = given.get("valueRenderOption", "FORMATTED_VALUE")
        dates = given.get("dateTimeRenderOption", "SERIAL_NUMBER")
        dimension = given.get("majorDimension", "ROWS")
        read = sheet.read(place, lambda cell: rendered(cell, render, dates), dimension == "COLUMNS")
        told = {"range": a1.written(sheet.title, place), "majorDimension": dimension}
        return told | ({"values": read} if read else {})

    @route("GET", "/v4/spreadsheets/{id}/values/{range+}")
    def values_get(self, request: Request) -> Answer:
        given = parameters(request, READ)
        return answer(self.values(self.opened(request), request.parameters["range"], given))

    @route("GET", "/v4/spreadsheets/{id}/values:batchGet")
    def values_batch_get(self, request: Request) -> Answer:
        given, found = parameters(request, READ | {"ranges": ()}), self.opened(request)
        told = [self.values(found, text, given) for text in given.get("ranges", [])]
        return answer({"spreadsheetId": found.id, "valueRanges": told})

    @route("PUT", "/v4/spreadsheets/{id}/values/{range+}")
    def values_update(self, request: Request) -> Answer:
        given, found = parameters(request, WRITTEN), self.opened(request)
        typed, text = input_option(given), request.parameters["range"]
        rows = lines(request, text)
        sheet, asked = found.find(text)
        place = sheet.bounded(asked)
        width = max((len(row) for row in rows), default=0)
        within = Place(None, None, None, None) if asked.is_cell else asked
        bottom, right = place.top + len(rows) - 1, place.left + width - 1
        if within.right is not None and right > within.right or within.bottom is not None and bottom > within.bottom:
            beyond = f"row [{bottom + 1}]" if bottom > (within.bottom or bottom) else f"column [{a1.letters(right)}]"
            limits = f"Requested writing within range [{a1.written(sheet.title, place)}]"
            raise refusal("INVALID_ARGUMENT", f"{limits}, but tried writing to {beyond}")
        sheet.bounded(Place(max(bottom, 0), max(right, 0), max(bottom, 0), max(right, 0)))
        return answer(self.updated(found, sheet, (place.top, place.left), rows, typed))

    def updated(self, found: Spreadsheet, sheet: Sheet, at: tuple[int, int], rows: list[list], typed: bool) -> dict:
        """Writes, and says where: an UpdateValuesResponse."""
        count = sheet.write(*at, rows, typed)
        width = max((len(row) for row in rows), default=0)
        told = {"spreadsheetId": found.id}
        if rows and width:
            end = Place(at[0], at[1], at[0] + len(rows) - 1, at[1] + width - 1)
            told["updatedRange"] = a1.written(sheet.title, end)
        names = ("updatedRows", "updatedColumns", "updatedCells")
        return told | {name: number for name, number in zip(names, count) if number}

    @route("POST", "/v4/spreadsheets/{id}/values/{range+}:append")
    def values_append(self, request: Request) -> Answer:
        given, found = parameters(request, APPENDED), self.opened(request)
        typed, text = input_option(given), request.parameters["range"]
        rows = lines(request, text)
        sheet, asked = found.find(text)
        place = sheet.bounded(asked)
        table = sheet.table(place)
        top, left = (table.bottom + 1, table.left) if table else (place.top, place.left)
        width = max((len(row) for row in rows), default=0)
        sheet.bounded(Place(place.top, max(left + width - 1, 0)))
        if table and given.get("insertDataOption") == "INSERT_ROWS":
            sheet.insert_rows(top, len(rows))
        sheet.rows = max(sheet.rows, top + len(rows))
        told = {"spreadsheetId": found.id}
        if table:
            told["tableRange"] = a1.written(sheet.title, table)
        return answer(told | {"updates": self.updated(found, sheet, (top, left), rows, typed)})

    @route("POST", "/v4/spreadsheets/{id}/values/{range+}:clear")
    def values_clear(self, request: Request) -> Answer:
        parameters(request, {})
        body(request, set())
        found = self.opened(request)
        sheet, place = found.find(request.parameters["range"])
        place = sheet.bounded(place)
        sheet.clear(place)
        return answer({"spreadsheetId": found.id, "clearedRange": a1.written(sheet.title, place)})

    def tell(self, what: dict):
        match what.get("what"):
            case "spreadsheet":
                made = Spreadsheet(what["id"], {"title": what.get("title", "Untitled spreadsheet")}, list(what["sheets"]))
                for sheet in made.sheets:
                    sheet.write(0, 0, what["sheets"][sheet.title], False)
                self.spreadsheets[made.id] = made
                return {}
            case "rate":
                return self.limit(what.get("reads", PER_MINUTE), what.get("writes", PER_MINUTE))
            case "unshare":
                self.spreadsheets[what["id"]].is_shared = False
                return {}
            case "revoke":
                return self.tokens.revoke()
            case "write" | "delete-row" | "insert-row" | "sort":
                return person(self.spreadsheets[what["id"]], what)
        return super().tell(what)

    def state(self):
        told = {}
        for id_, one in self.spreadsheets.items():
            everything = {sheet.title: sheet.read(Place().within(sheet.rows, sheet.columns), plain, False) for sheet in one.sheets}
            told[id_] = {"title": one.properties["title"], "sheets": everything}
        return told


def person(found: Spreadsheet, what: dict):
    """What somebody does in the sheet; rows are numbered as people do."""
    sheet, _ = found.find(a1.sheet_name(what["sheet"]))
    row = what.get("row", 2) - 1
    match what["what"]:
        case "write":
            sheet.write(row, 0, [what["values"]], True)
        case "delete-row":
            sheet.delete_row(row)
        case "insert-row":
            sheet.insert_rows(row, 1)
            sheet.write(row, 0, [what["values"]], True)
        case "sort":
            sheet.sort(what.get("column", 0), row, what.get("descending", False))
    return {}


def plain(cell):
    """As a test looks at it."""
    return rendered(cell, "UNFORMATTED_VALUE", "FORMATTED_STRING")


def sheet_properties(found, where: str) -> dict:
    """The properties of a sheet to be."""
    known = {"sheetId", "title", "index", "sheetType", "gridProperties", "hidden", "tabColorStyle", "rightToLeft"}
    grid = fields(found, known, where).get("gridProperties", {})
    fields(grid, {"rowCount", "columnCount", "frozenRowCount", "frozenColumnCount", "hideGridlines"}, f"{where}.grid_properties")
    return found
