//! JSON Schemas of the files, for editors. What they accept is a little more than what is right: they know
//! neither plugins nor expressions.

/// The JSON Schema (2020-12) of a manifest, as text.
#[must_use]
pub fn schema() -> &'static str {
    include_str!("schemas/manifest.json")
}

/// The JSON Schema (2020-12) of `connections.yaml`, as text.
#[must_use]
pub fn connections_schema() -> &'static str {
    include_str!("schemas/connections.json")
}
