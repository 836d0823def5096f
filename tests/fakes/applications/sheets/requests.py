"""What requests to Google Sheets may hold."""

from framework import Request

from ..google_oauth.errors import COMMON, refusal, unknown_field, unknown_parameter, violation

RENDERS = ("FORMATTED_VALUE", "UNFORMATTED_VALUE", "FORMULA")
DATES = ("SERIAL_NUMBER", "FORMATTED_STRING")
DIMENSIONS = ("ROWS", "COLUMNS")
READ = {"valueRenderOption": RENDERS, "dateTimeRenderOption": DATES, "majorDimension": DIMENSIONS}
WRITTEN = {"valueInputOption": ("RAW", "USER_ENTERED"), "includeValuesInResponse": ("true", "false")}
APPENDED = WRITTEN | {"insertDataOption": ("OVERWRITE", "INSERT_ROWS")}


def parameters(request: Request, known: dict) -> dict:
    """Those of the query, each with its words; `ranges` may stand there several times."""
    found: dict = {}
    for name, value in request.query:
        if name in COMMON:
            continue
        if name not in known:
            raise unknown_parameter(name)
        words = known[name]
        if words and value not in words:
            kind = f"type.googleapis.com/google.apps.sheets.v4.{name[0].upper()}{name[1:]}"
            raise violation(f"Invalid value at '{snake(name)}' ({kind}), \"{value}\"", snake(name))
        if name == "ranges":
            found.setdefault(name, []).append(value)
        else:
            found[name] = value
    return found


def snake(name: str) -> str:
    """As Google's messages write it."""
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name)


def body(request: Request, known: set[str], where: str = "") -> dict:
    """The body, of which only these fields are known."""
    try:
        found = request.json() if request.body else {}
    except ValueError:
        raise violation("Invalid JSON payload received. Unexpected token.") from None
    return fields(found, known, where)


def fields(found, known: set[str], where: str) -> dict:
    """A message, of which only these fields are known."""
    if not isinstance(found, dict):
        raise violation(f"Invalid value at '{where}', a message was expected", where)
    for name in found:
        if name not in known:
            raise unknown_field(name, where)
    return found


def lines(request: Request, ranged: str) -> list[list]:
    """The rows of a ValueRange."""
    found = body(request, {"range", "majorDimension", "values"}, "data")
    named = found.get("range")
    if named is not None and named.replace("$", "") != ranged:
        why = f"Requested writing within range [{ranged}], but the body names [{named}]"
        raise refusal("INVALID_ARGUMENT", why)
    values = found.get("values", [])
    if not isinstance(values, list):
        raise violation(f"Invalid value at 'data.values' (google.protobuf.ListValue), {values!r}", "data.values")
    for n, line in enumerate(values):
        if not isinstance(line, list):
            place = f"data.values[{n}]"
            raise violation(f"Invalid value at '{place}' (type.googleapis.com/google.protobuf.ListValue), {line!r}", place)
        for m, cell in enumerate(line):
            if isinstance(cell, (list, dict)):
                kind = "list_value" if isinstance(cell, list) else "struct_value"
                raise refusal("INVALID_ARGUMENT", f"Invalid data[0]: Invalid values[{n}][{m}]: {kind} {{\n}}\n")
    if found.get("majorDimension", "ROWS") == "COLUMNS":
        longest = max((len(line) for line in values), default=0)
        return [[line[n] if n < len(line) else None for line in values] for n in range(longest)]
    return values


def input_option(given: dict) -> bool:
    """Whether values are taken as if a person typed them."""
    if "valueInputOption" not in given:
        raise refusal("INVALID_ARGUMENT", "'valueInputOption' is required but not specified")
    return given["valueInputOption"] == "USER_ENTERED"
