"""Jobs: queries and loads, which may take a while and may fail."""

import json
from dataclasses import dataclass, field

from . import sql, types
from .errors import STATUS, fields, refusal
from .sql import Failed, Result


@dataclass
class Job:
    """What was done, though it is told only when `polls` were made."""

    project: str
    id: str
    location: str
    configuration: dict
    created_ms: int
    polls: int = 0
    result: Result | None = None
    errors: list[dict] = field(default_factory=list)
    statistics: dict = field(default_factory=dict)

    def described(self, who: str, url: str) -> dict:
        """As the API has it."""
        status = {"state": "RUNNING" if self.polls else "DONE"}
        if not self.polls and self.errors:
            status |= {"errorResult": self.errors[0], "errors": self.errors}
        at = str(self.created_ms)
        done = {} if self.polls else {"endTime": at, **self.statistics}
        kind = next(iter(self.configuration)).upper()
        return {
            "kind": "bigquery#job",
            "id": f"{self.project}:{self.location}.{self.id}",
            "selfLink": f"{url}/bigquery/v2/projects/{self.project}/jobs/{self.id}?location={self.location}",
            "user_email": who,
            "jobReference": {"projectId": self.project, "jobId": self.id, "location": self.location},
            "configuration": self.configuration | {"jobType": kind},
            "statistics": {"creationTime": at, "startTime": at, **done},
            "status": status,
        }

    def look(self) -> None:
        """One poll is made."""
        self.polls = max(0, self.polls - 1)

    def raise_failure(self) -> None:
        """What asking for the results of a query that failed answers."""
        if self.errors:
            first = self.errors[0]
            reason = first["reason"] if first["reason"] in STATUS else "invalid"
            raise refusal(reason, first["message"], "q" if reason == "invalidQuery" else None)


def error(reason: str, message: str) -> dict:
    """An ErrorProto."""
    return {"reason": reason, "message": message} | ({"location": "query"} if reason == "invalidQuery" else {})


def query(job: Job, tables: dict) -> None:
    """Runs a query."""
    known = {
        "query",
        "useLegacySql",
        "parameterMode",
        "queryParameters",
        "defaultDataset",
        "maximumBytesBilled",
        "priority",
        "useQueryCache",
        "createDisposition",
        "writeDisposition",
        "destinationTable",
        "allowLargeResults",
        "labels",
    }
    wanted = fields(job.configuration["query"], known, "configuration.query")
    if wanted.get("useLegacySql", True):
        job.errors = [error("invalidQuery", "this fake has no legacy SQL: set useLegacySql to false")]
        return
    if int(wanted.get("maximumBytesBilled", "1000000000")) < 1:
        job.errors = [error("bytesBilledLimitExceeded", "Query exceeded limit for bytes billed: 1.")]
        return
    try:
        job.result = sql.run(wanted["query"], wanted.get("queryParameters", []), tables, job.location)
    except Failed as failed:
        job.errors = [error(failed.reason, failed.message)]
        return
    told = {"statementType": job.result.kind, "totalBytesProcessed": "0", "cacheHit": False}
    if job.result.affected is not None:
        told["numDmlAffectedRows"] = str(job.result.affected)
    job.statistics = {"query": told}


def load(job: Job, data: bytes, table, make) -> None:
    """Loads lines of JSON: all rows or none. `make` creates the table that is not there."""
    wanted = job.configuration["load"]
    if table is None:
        columns = wanted.get("schema", {}).get("fields")
        if not columns and not wanted.get("autodetect"):
            job.errors = [error("invalid", "No schema specified on job or table.")]
            return
        table = make(columns or detected(data))
    elif wanted.get("writeDisposition") == "WRITE_EMPTY" and table.rows:
        job.errors = [error("duplicate", f"Already Exists: Table {table.id}")]
        return
    rows, position = [], 0
    for line in data.splitlines(keepends=True):
        if line.strip():
            try:
                rows.append(types.row(table.columns, json.loads(line), wanted.get("ignoreUnknownValues", False)))
            except (types.Wrong, ValueError) as wrong:
                why = getattr(wrong, "loaded", "Parser terminated before end of string")
                job.errors = refused(position, why)
                return
        position += len(line)
    kept = [] if wanted.get("writeDisposition") == "WRITE_TRUNCATE" else table.rows
    table.rows = kept + rows
    job.statistics = {
        "load": {
            "inputFiles": "1",
            "inputFileBytes": str(len(data)),
            "outputRows": str(len(rows)),
            "outputBytes": str(len(data)),
            "badRecords": "0",
        }
    }


def refused(position: int, why: str) -> list[dict]:
    """The errors of a load: the first says that there are more."""
    start = "Error while reading data, error message:"
    many = "JSON table encountered too many errors, giving up. Rows: 1; errors: 1."
    return [
        error("invalid", f"{start} {many} Please look into the errors[] collection for more details."),
        error("invalid", f"{start} JSON processing encountered too many errors, giving up. Rows: 1; errors: 1"),
        error("invalid", f"{start} JSON parsing error in row starting at position {position}: {why}"),
    ]


def detected(data: bytes) -> list[dict]:
    """Columns by the values of the first rows."""
    found = {}
    for line in data.splitlines()[:500]:
        for name, value in json.loads(line).items():
            kind = {bool: "BOOLEAN", int: "INTEGER", float: "FLOAT"}.get(type(value), "STRING")
            found.setdefault(name, {"name": name, "type": kind, "mode": "NULLABLE"})
    return list(found.values())
