//! HubSpot: its ways and its errors first, then what is done with records, associations and
//! properties, then the triggers.

mod account;
mod hubspot;
mod refusal;

mod kind;
mod record;

mod associations;
mod properties;

mod changes;
mod event;

pub use account::Portal;
use kind::{Company, Contact, Deal};
use record::{Create, Get, List, Search, Update, Upsert, UpsertMany};

mortise_sdk::export! {
    plugin: hubspot::plugin,
    check: Portal,
    actions: [
        Create<Contact>, Update<Contact>, Upsert<Contact>, UpsertMany<Contact>,
        Get<Contact>, Search<Contact>, List<Contact>,
        Create<Company>, Update<Company>, Upsert<Company>, UpsertMany<Company>,
        Get<Company>, Search<Company>, List<Company>,
        Create<Deal>, Update<Deal>, Upsert<Deal>, UpsertMany<Deal>,
        Get<Deal>, Search<Deal>, List<Deal>,
        associations::Create, associations::List, associations::Delete,
        properties::List, properties::Create,
    ],
    polling: [
        changes::New<Contact>, changes::Changed<Contact>,
        changes::New<Deal>, changes::Changed<Deal>,
    ],
    webhooks: [event::Event],
}
