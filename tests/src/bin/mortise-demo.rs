//! `make demo`: shows real events going through real plugins, and asserts what it shows.

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    mortise_tests::demo::run().await
}
