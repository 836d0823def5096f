"""A shop with a GraphQL API: the reference implementation of the language carries documents out, over HTTP as
https://graphql.github.io/graphql-over-http/ has it. There is no such shop; what it says of itself is what servers have in
common, and how Shopify counts points."""

import hashlib
import json

from framework import Answer, Application, Refusal, Request, answer, route
from graphql import GraphQLError, build_schema, graphql_sync, parse, validate

TOKEN = "shop-token"
POINTS_MOST, POINTS_PER_SECOND = 1000, 50

SCHEMA = build_schema("""
    type Query {
        order(id: ID!): Order
        orders(first: Int = 50, after: String): OrderConnection!
        broken: String
    }
    type Mutation { addNote(orderId: ID!, text: String!): Note! }
    type Order { id: ID! total: Float! notes: [Note!]! secret: String }
    type Note { id: ID! text: String! }
    type OrderConnection { nodes: [Order] edges: [OrderEdge] pageInfo: PageInfo! }
    type OrderEdge { cursor: String! node: Order }
    type PageInfo { hasNextPage: Boolean! endCursor: String }
""")


class Shop(Application):
    """Orders, and notes on them."""

    name = "graphql"

    def reset(self):
        self.is_key_good = True
        self.points = POINTS_MOST
        self.orders = {str(1000 + n): {"id": str(1000 + n), "total": n * 1.5, "notes": []} for n in range(1, 8)}
        # What was answered, by key: a second request with it is answered so again.
        self.replays: dict[str, tuple[str, Answer]] = {}

    def before(self, request: Request):
        if request.bearer() != TOKEN or not self.is_key_good:
            raise refused(401, "the token is not valid", "UNAUTHENTICATED")

    @route("POST", "/graphql")
    def execute(self, request: Request) -> Answer:
        asked = document(request)
        if self.points < 10:
            extensions = {"cost": {"requestedQueryCost": 10, "throttleStatus": self.throttle()}}
            error = {"message": "Throttled", "extensions": {"code": "THROTTLED"}}
            self.points = POINTS_MOST
            return answer({"errors": [error], "extensions": extensions})
        self.points -= 10
        key, digest = request.header("idempotency-key"), hashlib.sha256(request.body).hexdigest()
        if key in self.replays:
            before, given = self.replays[key]
            if before != digest:
                raise refused(409, "the key was used for another document", "IDEMPOTENCY_KEY_REUSED")
            return given
        given = self.carry_out(asked, prefers_statuses(request))
        if key:
            self.replays[key] = (digest, given)
        return given

    def carry_out(self, asked: dict, has_statuses: bool) -> Answer:
        try:
            written = parse(asked["query"])
        except GraphQLError as error:
            return refusal_of([error], "GRAPHQL_PARSE_FAILED", has_statuses)
        if problems := validate(SCHEMA, written):
            return refusal_of(problems, "GRAPHQL_VALIDATION_FAILED", has_statuses)
        result = graphql_sync(
            SCHEMA,
            asked["query"],
            root_value=Root(self),
            variable_values=asked.get("variables"),
            operation_name=asked.get("operationName"),
        )
        if result.data is None and result.errors and not any(error.path for error in result.errors):
            return refusal_of(result.errors, "BAD_USER_INPUT", has_statuses)
        given = {"data": result.data, "extensions": {"cost": {"requestedQueryCost": 10, "throttleStatus": self.throttle()}}}
        if result.errors:
            given["errors"] = [worded(error) for error in result.errors]
        return answer(given)

    def throttle(self) -> dict:
        return {"maximumAvailable": POINTS_MOST, "currentlyAvailable": self.points, "restoreRate": POINTS_PER_SECOND}

    def tell(self, what: dict):
        """`points`: how many are left; `token`: whether it is good."""
        match what:
            case {"points": points}:
                self.points = points
            case {"token": is_good}:
                self.is_key_good = is_good
            case _:
                super().tell(what)

    def state(self):
        return {"orders": list(self.orders.values())}


class Root:
    """Resolves the fields at the top."""

    def __init__(self, shop: Shop):
        self.shop = shop

    def order(self, _, id):
        if id not in self.shop.orders:
            raise GraphQLError(f"There is no order {id}.", extensions={"code": "NOT_FOUND"})
        return self.shown(self.shop.orders[id])

    def orders(self, _, first, after=None):
        found = list(self.shop.orders.values())
        if after is not None:
            ids = [one["id"] for one in found]
            found = found[ids.index(after) + 1 :]
        page = found[:first]
        nodes = [self.shown(one) for one in page]
        return {
            "nodes": nodes,
            "edges": [{"cursor": one["id"], "node": one} for one in nodes],
            "pageInfo": {"hasNextPage": len(found) > len(page), "endCursor": page[-1]["id"] if page else None},
        }

    def broken(self, _):
        raise GraphQLError("Something went wrong on our end.", extensions={"code": "INTERNAL_SERVER_ERROR"})

    def addNote(self, _, orderId, text):
        if not text:
            raise GraphQLError("A note needs a text.", extensions={"code": "BAD_USER_INPUT"})
        order = self.shop.orders.get(orderId)
        if order is None:
            raise GraphQLError(f"There is no order {orderId}.", extensions={"code": "NOT_FOUND"})
        note = {"id": f"n-{orderId}-{len(order['notes']) + 1}", "text": text}
        order["notes"].append(note)
        return note

    @staticmethod
    def shown(order: dict) -> dict:
        def secret(_):
            raise GraphQLError("This needs more rights.", extensions={"code": "FORBIDDEN"})

        return {**order, "secret": secret}


def document(request: Request) -> dict:
    if request.content_type != "application/json":
        raise refused(415, "the body is application/json", "UNSUPPORTED_MEDIA_TYPE")
    try:
        asked = request.json()
    except ValueError:
        raise refused(400, "the body is not JSON", "BAD_REQUEST") from None
    if not isinstance(asked, dict) or not isinstance(asked.get("query"), str):
        raise refused(400, "the body has no query", "BAD_REQUEST")
    if not isinstance(asked.get("variables", {}), dict):
        raise refused(400, "variables are an object", "BAD_REQUEST")
    return asked


def prefers_statuses(request: Request) -> bool:
    """Who takes the newer media type is told by a status what was not carried out."""
    return "application/graphql-response+json" in request.header("accept")


def refusal_of(errors, code: str, has_statuses: bool) -> Answer:
    kind = "application/graphql-response+json" if has_statuses else "application/json"
    words = [worded(error, code) for error in errors]
    return Answer(400 if has_statuses else 200, {"content-type": kind}, json.dumps({"errors": words}).encode())


def worded(error: GraphQLError, code: str = "INTERNAL_SERVER_ERROR") -> dict:
    words = error.formatted
    return {**words, "extensions": {"code": code, **(words.get("extensions") or {})}}


def refused(status: int, message: str, code: str) -> Refusal:
    return Refusal(answer({"errors": [{"message": message, "extensions": {"code": code}}]}, status=status))
