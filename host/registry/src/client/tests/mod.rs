#![allow(clippy::unwrap_used)]

mod fake;
mod mischief;
mod places;
mod talking;

use super::{Client, Credential, Reference, Settings, Way};
use fake::Fake;

/// Small, so that a few bytes are several pieces, and quick.
fn settings() -> Settings {
    Settings {
        blob_max_bytes: 4_000,
        chunk_bytes: 16,
        tries_max: 3,
        total_timeout_ms: 10_000,
        pause_max_ms: 1,
        names_max: 7,
    }
}

fn client(fake: &Fake, credential: Option<Credential>) -> (Client, Reference) {
    let text = format!("{}/acme/shop:1.2.0", fake.address());
    let reference = Reference::parse(&text, Way::default()).unwrap();
    let egress = mortise_egress::Settings::default();
    let client = Client::new(&reference.registry, credential, settings(), &egress);
    (client.unwrap(), reference)
}

fn password(password: &str) -> Credential {
    Credential::Basic {
        user: "token".to_owned(),
        password: password.to_owned().into(),
    }
}

fn silent(_: u64, _: u64) {}
