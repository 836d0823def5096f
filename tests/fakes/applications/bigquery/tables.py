"""Datasets and tables, and lists of them."""

from dataclasses import dataclass, field

from .errors import refusal


@dataclass
class Table:
    """Columns, and rows by their names."""

    project: str
    dataset: str
    name: str
    location: str
    columns: list[dict]
    created_ms: int
    extra: dict = field(default_factory=dict)
    rows: list[dict] = field(default_factory=list)

    @property
    def id(self) -> str:
        """With its project and its dataset."""
        return f"{self.project}:{self.dataset}.{self.name}"

    def short(self) -> dict:
        """As a list has it."""
        reference = {"projectId": self.project, "datasetId": self.dataset, "tableId": self.name}
        told = {"kind": "bigquery#table", "id": self.id, "tableReference": reference, "type": "TABLE"}
        partitioning = {name: self.extra[name] for name in ("timePartitioning", "clustering") if name in self.extra}
        return told | {"creationTime": str(self.created_ms)} | partitioning

    def described(self, url: str) -> dict:
        """Whole."""
        link = f"{url}/bigquery/v2/projects/{self.project}/datasets/{self.dataset}/tables/{self.name}"
        more = {
            "etag": "e",
            "selfLink": link,
            "schema": {"fields": self.columns},
            "numRows": str(len(self.rows)),
            "numBytes": "0",
            "lastModifiedTime": str(self.created_ms),
            "location": self.location,
        }
        return self.short() | more | self.extra


@dataclass
class Dataset:
    """Tables in one place of the world."""

    id: str
    location: str
    labels: dict
    tables: dict[str, Table] = field(default_factory=dict)

    def short(self, project: str) -> dict:
        """As a list has it."""
        return {
            "kind": "bigquery#dataset",
            "id": f"{project}:{self.id}",
            "datasetReference": {"projectId": project, "datasetId": self.id},
            "labels": self.labels,
            "location": self.location,
        }


def page(items: list, given: dict[str, str], usual: int) -> tuple[list, str | None]:
    """Those of a page, and the token of the next one."""
    try:
        start = int((given.get("pageToken") or given.get("startIndex") or "0").removeprefix("page-"))
        size = int(given.get("maxResults", usual))
    except ValueError:
        raise refusal("invalid", "Invalid value for: pageToken or maxResults") from None
    end = start + size
    return items[start:end], f"page-{end}" if end < len(items) and size else None
