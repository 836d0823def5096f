"""BigQuery: https://cloud.google.com/bigquery/docs/reference/rest (v2)."""

import json
import re

from framework import Answer, Application, Request, Window, answer, route

from ..google_oauth import Tokens
from ..google_oauth.errors import masked
from . import jobs, tables, types, uploads
from .errors import body, fields, parameters, refusal
from .jobs import Job
from .tables import Dataset, Table
from .uploads import Session

SCOPES = {
    "https://www.googleapis.com/auth/bigquery",
    "https://www.googleapis.com/auth/cloud-platform",
}
PER_SECOND = 100
PROJECT = "acme-project"
ID = re.compile(r"[A-Za-z0-9_-]{1,1024}")
# A row that was streamed is known by its id for so long.
REMEMBERED_MS = 60_000


class BigQuery(Application):
    """The API of one project, `acme-project`."""

    name = "bigquery"

    def reset(self):
        self.tokens = Tokens(self.clock)
        self.datasets: dict[str, Dataset] = {}
        self.jobs: dict[tuple[str, str], Job] = {}
        self.sessions: dict[str, Session] = {}
        self.streamed: dict[tuple[str, str], int] = {}
        self.polls, self.failing = 0, []
        self.window = Window(self.clock, PER_SECOND, 1_000)

    def before(self, request: Request):
        if request.path == "/token":
            return
        if not request.bearer():
            raise refusal("authError", "Login Required.")
        holder = self.tokens.holder(request)
        if holder is None:
            raise refusal("authError", "Request had invalid authentication credentials.")
        if not holder["scopes"] & SCOPES:
            raise refusal("insufficientPermissions", "Request had insufficient authentication scopes.")
        if not self.window.take():
            why = "Exceeded rate limits: too many api requests per user per method for this user_method."
            raise refusal("rateLimitExceeded", f"{why} For more information, see https://cloud.google.com/bigquery/docs/troubleshoot-quotas")
        project = request.parameters.get("project")
        if project and project != PROJECT:
            raise refusal("notFound", f"Not found: Project {project}")

    def unknown(self, request: Request) -> Answer:
        return answer(None, 404, {"content-type": "text/html; charset=UTF-8"}, "<html><title>404</title></html>")

    @route("POST", "/token")
    def token(self, request: Request) -> Answer:
        return self.tokens.grant(request, self.url)

    def dataset(self, request: Request) -> Dataset:
        """The dataset of a request."""
        id_ = request.parameters["dataset"]
        if id_ not in self.datasets:
            raise refusal("notFound", f"Not found: Dataset {PROJECT}:{id_}")
        return self.datasets[id_]

    def table(self, request: Request) -> Table:
        """The table of a request."""
        dataset, id_ = self.dataset(request), request.parameters["table"]
        if id_ not in dataset.tables:
            raise refusal("notFound", f"Not found: Table {PROJECT}:{dataset.id}.{id_}")
        return dataset.tables[id_]

    @route("GET", "/bigquery/v2/projects/{project}/datasets")
    def datasets_list(self, request: Request) -> Answer:
        given = parameters(request, {"all", "filter", "maxResults", "pageToken"})
        found = list(self.datasets.values())
        if label := given.get("filter"):
            name, _, value = label.removeprefix("labels.").partition(":")
            found = [one for one in found if one.labels.get(name) == value]
        page, token = tables.page([one.short(PROJECT) for one in found], given, 50)
        return listed("bigquery#datasetList", "datasets", page, "nextPageToken", token)

    @route("POST", "/bigquery/v2/projects/{project}/datasets")
    def datasets_insert(self, request: Request) -> Answer:
        parameters(request, set())
        wanted = fields(body(request), {"kind", "datasetReference", "location", "labels", "description", "friendlyName"})
        id_ = wanted["datasetReference"]["datasetId"]
        if id_ in self.datasets:
            raise refusal("duplicate", f"Already Exists: Dataset {PROJECT}:{id_}")
        made = self.datasets[id_] = Dataset(id_, wanted.get("location", "US"), wanted.get("labels", {}))
        return answer(made.short(PROJECT) | {"kind": "bigquery#dataset"})

    @route("GET", "/bigquery/v2/projects/{project}/datasets/{dataset}/tables")
    def tables_list(self, request: Request) -> Answer:
        given, dataset = parameters(request, {"maxResults", "pageToken"}), self.dataset(request)
        page, token = tables.page([one.short() for one in dataset.tables.values()], given, 50)
        told = {"totalItems": len(dataset.tables)}
        return listed("bigquery#tableList", "tables", page, "nextPageToken", token, told)

    @route("POST", "/bigquery/v2/projects/{project}/datasets/{dataset}/tables")
    def tables_insert(self, request: Request) -> Answer:
        parameters(request, set())
        return answer(self.made(self.dataset(request), body(request)).described(self.url))

    def made(self, dataset: Dataset, wanted: dict) -> Table:
        """A table that is new."""
        known = {"kind", "tableReference", "schema", "description", "timePartitioning", "clustering", "labels"}
        fields(wanted, known | {"friendlyName", "expirationTime"}, "table")
        id_ = wanted.get("tableReference", {}).get("tableId", "")
        if not re.fullmatch(r"[\w-]{1,1024}", id_):
            raise refusal("invalid", f'Invalid table ID "{id_}".')
        if id_ in dataset.tables:
            raise refusal("duplicate", f"Already Exists: Table {PROJECT}:{dataset.id}.{id_}")
        columns = types.schema(wanted.get("schema", {}).get("fields", []))
        names = {column["name"] for column in columns}
        by = wanted.get("timePartitioning", {}).get("field")
        for name in ([by] if by else []) + wanted.get("clustering", {}).get("fields", []):
            if name not in names:
                raise refusal("invalid", f"The field specified for partitioning or clustering cannot be found in the schema: {name}")
        extra = {name: wanted[name] for name in ("description", "timePartitioning", "clustering", "labels") if name in wanted}
        made = Table(PROJECT, dataset.id, id_, dataset.location, columns, self.clock.now_ms(), extra)
        dataset.tables[id_] = made
        return made

    @route("GET", "/bigquery/v2/projects/{project}/datasets/{dataset}/tables/{table}")
    def tables_get(self, request: Request) -> Answer:
        parameters(request, {"selectedFields", "view"})
        return answer(masked(self.table(request).described(self.url), request.one("fields")))

    @route("GET", "/bigquery/v2/projects/{project}/datasets/{dataset}/tables/{table}/data")
    def tabledata_list(self, request: Request) -> Answer:
        known = {"maxResults", "pageToken", "selectedFields", "startIndex", "formatOptions.useInt64Timestamp"}
        given, table = parameters(request, known), self.table(request)
        int64 = given.get("formatOptions.useInt64Timestamp", "").lower() == "true"
        rows = [types.sent(table.columns, row, int64) for row in table.rows]
        page, token = tables.page(rows, given, 100_000)
        total = {"totalRows": str(len(rows)), "etag": "e"}
        given_answer = listed("bigquery#tableDataList", "rows", page, "pageToken", token, total)
        return answer(masked(json.loads(given_answer.body), request.one("fields")))

    @route("POST", "/bigquery/v2/projects/{project}/datasets/{dataset}/tables/{table}/insertAll")
    def insert_all(self, request: Request) -> Answer:
        parameters(request, set())
        table, wanted = self.table(request), body(request)
        fields(wanted, {"kind", "rows", "skipInvalidRows", "ignoreUnknownValues", "templateSuffix", "traceId"})
        if not wanted.get("rows"):
            raise refusal("invalid", "No rows present in the request.")
        if len(wanted["rows"]) > 50_000:
            raise refusal("invalid", "too many rows present in the request, limit: 50000 row count")
        good, wrong = [], {}
        for n, one in enumerate(wanted["rows"]):
            fields(one, {"insertId", "json"}, f"rows[{n}]")
            if len(one.get("insertId", "")) > 128:
                raise refusal("invalid", "insertId is too long: 128 characters is the limit")
            try:
                good.append((n, one.get("insertId"), types.row(table.columns, one["json"], wanted.get("ignoreUnknownValues", False))))
            except types.Wrong as error:
                wrong[n] = {"reason": "invalid", "location": error.location, "debugInfo": "", "message": error.streamed}
        errors = [{"index": n, "errors": [one]} for n, one in wrong.items()]
        if wrong and not wanted.get("skipInvalidRows"):
            stopped = {"reason": "stopped", "location": "", "debugInfo": "", "message": ""}
            errors += [{"index": n, "errors": [stopped]} for n, _, _ in good]
            good = []
        for _, id_, row in good:
            if not self.is_known(table, id_):
                table.rows.append(row)
        told = {"kind": "bigquery#tableDataInsertAllResponse"}
        return answer(told | ({"insertErrors": errors} if errors else {}))

    def is_known(self, table: Table, id_: str | None) -> bool:
        """Whether a row came a moment ago; remembers it."""
        if not id_:
            return False
        key, now_ms = (table.id, id_), self.clock.now_ms()
        seen = self.streamed.get(key)
        self.streamed[key] = now_ms
        return seen is not None and now_ms - seen <= REMEMBERED_MS

    @route("POST", "/bigquery/v2/projects/{project}/jobs")
    def jobs_insert(self, request: Request) -> Answer:
        parameters(request, set())
        return answer(self.begun(body(request), None))

    def begun(self, wanted: dict, data: bytes | None) -> dict:
        """A job that is new, as the API has it."""
        fields(wanted, {"kind", "jobReference", "configuration"}, "job")
        reference = fields(wanted.get("jobReference", {}), {"projectId", "jobId", "location"}, "job.job_reference")
        known = {"query", "load", "labels", "dryRun", "jobTimeoutMs", "jobType"}
        configuration = fields(wanted.get("configuration", {}), known, "job.configuration")
        id_ = reference.get("jobId") or f"job_{len(self.jobs)}"
        if not ID.fullmatch(id_):
            raise refusal("invalid", f'Invalid job ID "{id_}".')
        location = reference.get("location") or self.located(configuration)
        if (location.lower(), id_) in self.jobs:
            raise refusal("duplicate", f"Already Exists: Job {PROJECT}:{location}.{id_}")
        job = Job(PROJECT, id_, location, configuration, self.clock.now_ms(), self.polls)
        if self.failing:
            job.errors = [jobs.error(self.failing.pop(0), "An internal error occurred and the request could not be completed.")]
        elif "query" in configuration:
            jobs.query(job, {f"{one.dataset}.{one.name}": one for one in self.all_tables()})
        elif "load" in configuration and data is not None:
            self.load(job, data)
        else:
            raise refusal("required", "Job configuration must contain exactly one job-specific configuration object (e.g., query, load, extract, spark), but there were 0.")
        self.jobs[(location.lower(), id_)] = job
        return job.described("mortise@acme-project.iam.gserviceaccount.com", self.url)

    def load(self, job: Job, data: bytes) -> None:
        wanted = job.configuration["load"]
        known = {"destinationTable", "sourceFormat", "writeDisposition", "createDisposition", "autodetect", "schema", "ignoreUnknownValues", "maxBadRecords"}
        fields(wanted, known, "configuration.load")
        if wanted.get("sourceFormat") != "NEWLINE_DELIMITED_JSON":
            raise refusal("invalid", "this fake loads NEWLINE_DELIMITED_JSON alone")
        place = wanted["destinationTable"]
        dataset = self.datasets.get(place["datasetId"])
        if dataset is None or dataset.location.lower() != job.location.lower():
            raise refusal("notFound", f"Not found: Dataset {PROJECT}:{place['datasetId']} was not found in location {job.location}")
        make = lambda columns: self.made(dataset, {"tableReference": place, "schema": {"fields": columns}})  # noqa: E731
        jobs.load(job, data, dataset.tables.get(place["tableId"]), make)

    def located(self, configuration: dict) -> str:
        """Where a job runs that does not say it: where its data is."""
        named = configuration.get("load", {}).get("destinationTable", {}).get("datasetId")
        text = configuration.get("query", {}).get("query", "")
        for id_, one in self.datasets.items():
            if id_ == named or re.search(rf"\b{id_}\.", text):
                return one.location
        return "US"

    def all_tables(self) -> list[Table]:
        """Of all datasets."""
        return [table for dataset in self.datasets.values() for table in dataset.tables.values()]

    def job(self, request: Request) -> Job:
        """The job of a request: elsewhere than in US and EU only where the location is told."""
        id_, told = request.parameters["job"], request.one("location")
        places = [told.lower()] if told else ["us", "eu"]
        found = [self.jobs[(place, id_)] for place in places if (place, id_) in self.jobs]
        if not found:
            raise refusal("notFound", f"Not found: Job {PROJECT}:{told + '.' if told else ''}{id_}")
        return found[0]

    @route("GET", "/bigquery/v2/projects/{project}/jobs/{job}")
    def jobs_get(self, request: Request) -> Answer:
        parameters(request, {"location", "projection"})
        job = self.job(request)
        job.look()
        return answer(masked(job.described("mortise@acme-project.iam.gserviceaccount.com", self.url), request.one("fields")))

    @route("GET", "/bigquery/v2/projects/{project}/queries/{job}")
    def query_results(self, request: Request) -> Answer:
        known = {"location", "maxResults", "pageToken", "startIndex", "timeoutMs", "formatOptions.useInt64Timestamp"}
        given, job = parameters(request, known), self.job(request)
        job.look()
        reference = {"projectId": PROJECT, "jobId": job.id, "location": job.location}
        told = {"kind": "bigquery#getQueryResultsResponse", "etag": "e", "jobReference": reference, "jobComplete": not job.polls}
        if not job.polls:
            job.raise_failure()
            int64 = given.get("formatOptions.useInt64Timestamp", "").lower() == "true"
            rows = [types.sent(job.result.columns, row, int64) for row in job.result.rows]
            page, token = tables.page(rows, given, 100_000)
            told |= {"schema": {"fields": job.result.columns}, "totalRows": str(len(rows)), "totalBytesProcessed": "0", "cacheHit": False}
            told |= ({"rows": page} if page else {}) | ({"pageToken": token} if token else {})
            if job.result.affected is not None:
                told["numDmlAffectedRows"] = str(job.result.affected)
        return answer(masked(told, request.one("fields")))

    @route("POST", "/upload/bigquery/v2/projects/{project}/jobs")
    def upload(self, request: Request) -> Answer:
        parameters(request, {"uploadType"})
        if request.one("uploadType") == "multipart":
            metadata, data = uploads.related(request)
            return answer(self.begun(json.loads(metadata), data))
        if request.one("uploadType") != "resumable":
            raise refusal("invalid", "Invalid uploadType")
        id_ = f"u{len(self.sessions) + 1}"
        self.sessions[id_] = Session(body(request))
        where = f"{self.url}/upload/bigquery/v2/projects/{PROJECT}/jobs?uploadType=resumable&upload_id={id_}"
        return answer(None, 200, {"location": where, "x-guploader-uploadid": id_})

    @route("PUT", "/upload/bigquery/v2/projects/{project}/jobs")
    def upload_data(self, request: Request) -> Answer:
        given = parameters(request, {"uploadType", "upload_id"})
        session = self.sessions.get(given.get("upload_id", ""))
        if session is None:
            raise refusal("notFound", "Upload session not found")
        more = uploads.portion(session, request)
        if more:
            return more
        return answer(self.begun(session.metadata, session.data))

    def tell(self, what: dict):
        match what.get("what"):
            case "dataset":
                self.datasets[what["id"]] = Dataset(what["id"], what.get("location", "US"), what.get("labels", {}))
                return {}
            case "table":
                schema = {"fields": what["columns"]}
                made = self.made(self.datasets[what["dataset"]], {"tableReference": {"tableId": what["id"]}, "schema": schema})
                made.rows = [types.row(made.columns, row, False) for row in what.get("rows", [])]
                return {}
            case "slow":
                self.polls = what["polls"]
                return {}
            case "fail-jobs":
                self.failing = list(what["reasons"])
                return {}
            case "rate":
                self.window = Window(self.clock, what.get("requests", PER_SECOND), 1_000)
                return {}
            case "revoke":
                return self.tokens.revoke()
        return super().tell(what)

    def state(self):
        rows = {f"{one.dataset}.{one.name}": one.rows for one in self.all_tables()}
        return {"tables": rows, "jobs": [job.id for job in self.jobs.values()]}


def listed(kind: str, name: str, page: list, next_name: str, token: str | None, told: dict | None = None) -> Answer:
    """A page of a list; an empty one has no member for its records."""
    found = {"kind": kind, "etag": "e"} | (told or {})
    return answer(found | ({name: page} if page else {}) | ({next_name: token} if token else {}))
