//! Manifests and what is said about them, as files. A case is a manifest `NAME.yaml`, or a folder
//! `NAME` of manifests with a `connections.yaml` and a `mortise.lock` of its own; what comes of it stands in
//! `NAME.expected`. `UPDATE_GOLDEN=1` writes the expected files anew.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod case;
mod diagnostics;
mod hostile;
mod lock;
mod plans;
mod schema;
mod suites;
