//! The kinds of records: what of an operation differs between them.

use serde_json::{Value, json};

/// The name of an operation and its summary.
type Named = (&'static str, &'static str);

/// A kind of records.
pub trait Kind {
    /// As HubSpot's addresses name it: `contacts`.
    const PATH: &'static str;
    /// The property that tells two records apart, where HubSpot has one from the start.
    const UNIQUE: Option<&'static str>;
    /// The property with the time of the last change.
    const CHANGED_AT: &'static str;

    const CREATE: Named;
    const UPDATE: Named;
    const UPSERT: Named;
    const UPSERT_MANY: Named;
    const GET: Named;
    const SEARCH: Named;
    const LIST: Named;

    /// Properties of a record, and a filter that finds it.
    fn example() -> (Value, Value);
}

/// A kind whose changes are watched.
pub trait Watched: Kind {
    const NEW: Named;
    const CHANGED: Named;
    /// What the triggers take.
    type Watch: Into<crate::changes::Watch> + serde::de::DeserializeOwned + schemars::JsonSchema;
}

/// People.
pub struct Contact;

impl Kind for Contact {
    const PATH: &'static str = "contacts";
    const UNIQUE: Option<&'static str> = Some("email");
    // Only contacts have the older name.
    const CHANGED_AT: &'static str = "lastmodifieddate";

    const CREATE: Named = ("create-contact", "creates a contact");
    const UPDATE: Named = ("update-contact", "changes properties of a contact");
    const UPSERT: Named = (
        "upsert-contact",
        "creates a contact, or changes the one there is",
    );
    const UPSERT_MANY: Named = (
        "upsert-contacts",
        "creates or changes up to 100 contacts at once",
    );
    const GET: Named = (
        "get-contact",
        "gets a contact by its id or another unique property",
    );
    const SEARCH: Named = ("search-contacts", "finds contacts by their properties");
    const LIST: Named = ("list-contacts", "lists all contacts");

    fn example() -> (Value, Value) {
        let properties = json!({ "email": "ada@example.com", "firstname": "Ada" });
        let filter = json!({ "property": "email", "operator": "EQ", "value": "ada@example.com" });
        (properties, filter)
    }
}

impl Watched for Contact {
    const NEW: Named = ("new-contacts", "a contact was created");
    const CHANGED: Named = ("changed-contacts", "a contact was created or changed");
    type Watch = crate::changes::Watch;
}

/// Organisations.
pub struct Company;

impl Kind for Company {
    const PATH: &'static str = "companies";
    const UNIQUE: Option<&'static str> = None;
    const CHANGED_AT: &'static str = "hs_lastmodifieddate";

    const CREATE: Named = ("create-company", "creates a company");
    const UPDATE: Named = ("update-company", "changes properties of a company");
    const UPSERT: Named = (
        "upsert-company",
        "creates a company, or changes the one there is",
    );
    const UPSERT_MANY: Named = (
        "upsert-companies",
        "creates or changes up to 100 companies at once",
    );
    const GET: Named = (
        "get-company",
        "gets a company by its id or another unique property",
    );
    const SEARCH: Named = ("search-companies", "finds companies by their properties");
    const LIST: Named = ("list-companies", "lists all companies");

    fn example() -> (Value, Value) {
        let properties = json!({ "name": "Acme", "domain": "acme.example" });
        let filter = json!({ "property": "domain", "operator": "EQ", "value": "acme.example" });
        (properties, filter)
    }
}

/// Sales that are under way.
pub struct Deal;

impl Kind for Deal {
    const PATH: &'static str = "deals";
    const UNIQUE: Option<&'static str> = None;
    const CHANGED_AT: &'static str = "hs_lastmodifieddate";

    const CREATE: Named = ("create-deal", "creates a deal");
    const UPDATE: Named = ("update-deal", "changes properties of a deal");
    const UPSERT: Named = ("upsert-deal", "creates a deal, or changes the one there is");
    const UPSERT_MANY: Named = ("upsert-deals", "creates or changes up to 100 deals at once");
    const GET: Named = (
        "get-deal",
        "gets a deal by its id or another unique property",
    );
    const SEARCH: Named = ("search-deals", "finds deals by their properties");
    const LIST: Named = ("list-deals", "lists all deals");

    fn example() -> (Value, Value) {
        let properties = json!({
            "dealname": "New roof", "amount": 1500.5, "pipeline": "default", "dealstage": "qualifiedtobuy",
        });
        let filter = json!({ "property": "amount", "operator": "GTE", "value": 1000 });
        (properties, filter)
    }
}

impl Watched for Deal {
    const NEW: Named = ("new-deals", "a deal was created");
    const CHANGED: Named = ("changed-deals", "a deal was created or changed");
    type Watch = crate::changes::DealWatch;
}
