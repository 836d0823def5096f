"""People Data Labs, company enrichment: https://docs.peopledatalabs.com/docs/reference-company-enrichment-api"""

from framework import Answer, Application, Refusal, Request, Window, answer, route

# The parameters by which a company is found, and those that say how.
FINDS = ("pdl_id", "name", "profile", "ticker", "website", "location", "locality", "region", "country", "street_address", "postal_code")
SAYS_HOW = ("api_key", "data_include", "include_if_matched", "min_likelihood", "pretty", "required", "size", "titlecase")

API_KEY = "pdl-key"
RATE_MOST, RATE_WINDOW_MS = 100, 60_000

WORDS = {
    400: ("invalid_request_error", "Request contained either missing or invalid parameters."),
    401: ("authentication_error", "Request contained a missing or invalid key."),
    402: ("payment_required", "You have hit your account maximum for your current billing period."),
    404: ("not_found", "No records were found matching your request."),
    429: ("rate_limit_error", "An error occurred due to requests hitting the API too quick."),
}


def refusal(status: int) -> Refusal:
    """An error as the API words it."""
    kind, message = WORDS[status]
    return Refusal(answer({"status": status, "error": {"type": kind, "message": message}}, status=status))


class PeopleDataLabs(Application):
    """A few companies, by their websites."""

    name = "peopledatalabs"

    def reset(self):
        self.rate = Window(self.clock, RATE_MOST, RATE_WINDOW_MS)
        self.credits = 1_000
        self.companies = {
            "acme.example": company("acme.example", "acme gmbh", 250, "51-200", "mechanical or industrial engineering", "germany"),
            "globex.example": company("globex.example", "globex corporation", 12_000, "10001+", "computer software", "united states"),
        }

    def before(self, request: Request):
        if (request.header("x-api-key") or request.one("api_key")) != API_KEY:
            raise refusal(401)
        if not self.rate.take():
            raise refusal(429)

    def after(self, request: Request, given: Answer):
        given.headers["x-ratelimit-limit"] = str({"minute": self.rate.most})
        given.headers["x-ratelimit-remaining"] = str({"minute": self.rate.remaining})
        given.headers["x-ratelimit-reset"] = self.clock.rfc3339(self.clock.now_ms() + self.rate.wait_ms)[:19]

    @route("GET", "/v5/company/enrich")
    def enrich(self, request: Request) -> Answer:
        names = {name for name, _ in request.query}
        if not names & set(FINDS) or names - set(FINDS) - set(SAYS_HOW):
            raise refusal(400)
        if self.credits == 0:
            raise refusal(402)
        found = next((one for one in self.companies.values() if fits(one, request)), None)
        if found is None:
            raise refusal(404)
        self.credits -= 1
        return answer({"status": 200, "likelihood": 10, **found})

    def tell(self, what: dict):
        match what:
            case {"credits": credits}:
                self.credits = credits
            case {"company": {"website": website, **rest}}:
                self.companies[website] = {**company(website, website, None, None, None, None), **rest}
            case _:
                super().tell(what)

    def state(self):
        return {"credits": self.credits}


def fits(one: dict, request: Request) -> bool:
    """By the first parameter that names a company by itself, else by its name."""
    website = (request.one("website") or "").removeprefix("https://").removeprefix("http://").removeprefix("www.").rstrip("/")
    if website:
        return one["website"] == website.lower()
    return one["name"] == (request.one("name") or "").lower()


def company(website, name, employees, size, industry, country) -> dict:
    """A record, as far as people use it; the API has more fields."""
    return {
        "id": f"pdl-{website}",
        "name": name,
        "display_name": name.title(),
        "website": website,
        "size": size,
        "employee_count": employees,
        "industry": industry,
        "founded": 1999,
        "type": "private",
        "ticker": None,
        "linkedin_url": None,
        "inferred_revenue": "$50M-$100M" if employees else None,
        "location": {"country": country, "locality": None, "region": None},
        "tags": [],
    }
