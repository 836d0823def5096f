//! Write a plugin for Mortise: a connector for an application, or a transform of records.
//!
//! # A connector in one screen
//!
//! ```
//! use mortise_sdk::http::Request;
//! use mortise_sdk::{Action, Failure, Outcome, Plugin, Repeat, Scheme, Turn};
//! use schemars::JsonSchema;
//! use serde::{Deserialize, Serialize};
//!
//! #[derive(Deserialize, JsonSchema)]
//! struct Message {
//!     /// Where it goes, such as `#sales`.
//!     channel: String,
//!     text: String,
//! }
//!
//! #[derive(Serialize, Deserialize, JsonSchema)]
//! struct Posted {
//!     id: String,
//! }
//!
//! /// Posts a message.
//! struct PostMessage;
//!
//! impl Action for PostMessage {
//!     const NAME: &'static str = "post-message";
//!     const SUMMARY: &'static str = "posts a message to a channel";
//!     const REPEAT: Repeat = Repeat::Keyed;
//!     type Input = Message;
//!     type Output = Posted;
//!
//!     fn invoke(message: Message, _: Turn) -> Result<Outcome<Posted>, Failure> {
//!         let url = format!("https://api.acme.example/channels/{}/messages", message.channel);
//!         let body = serde_json::json!({ "text": message.text });
//!         let posted = Request::post(url).idempotent().json(&body)?.send()?.ok()?.json()?;
//!         Ok(Outcome::Done(posted))
//!     }
//! }
//!
//! fn plugin() -> Plugin {
//!     Plugin::new("acme/chat", "0.1.0", "Acme Chat")
//!         .origin("https://api.acme.example")
//!         .authentication(Scheme::bearer("api-key", "API key"))
//! }
//!
//! mortise_sdk::export! { plugin: plugin, actions: [PostMessage] }
//! # fn main() {
//!
//! // And in the tests, with plain `cargo test`:
//! use mortise_sdk::fake::{self, Answer, Host};
//!
//! let host = Host::new().answer(Answer::json(201, r#"{"id":"m1"}"#)).install();
//! let input = serde_json::json!({ "channel": "sales", "text": "hello" });
//! assert_eq!(fake::invoke::<PostMessage>(&input).unwrap()["id"], "m1");
//! assert_eq!(host.requests()[0].headers[0], ("idempotency-key".into(), "test-key".into()));
//! # }
//! ```
//!
//! `Cargo.toml` says `crate-type = ["cdylib", "lib"]` and names `mortise-sdk`, `schemars`, `serde` and
//! `serde_json`; `cargo build --release --target wasm32-wasip2` gives the component. The operator
//! puts it into the folder of plugins as `acme-chat.wasm`, and a step says `uses: chat/post-message`.
//!
//! # What to know
//!
//! - **One call, one instance.** A plugin keeps nothing in memory between calls, neither sleeps nor
//!   retries, and never sees a secret. It says what happened, the engine does the rest.
//! - **A failure is a decision**: [`Failure`] says whether to retry, and [`Cause`] where it comes
//!   from. [`http::Response::ok`] makes the usual decision from a status.
//! - **`REPEAT` is a promise**: what a second call with the same key does. Pass
//!   [`context::idempotency_key`] on, with [`http::Request::idempotent`], wherever the application
//!   knows one.
//! - **Long lists** come page by page: [`Outcome::page`]. **Long jobs** suspend: [`Outcome::later`] and
//!   [`Outcome::until_called`]. The module [`action`] has an example of each.
//! - **Triggers** are [`polling`], which asks for what is new, and [`webhook`], which is called; both
//!   modules begin with a whole one.
//! - **The schemas** in the descriptor come from the types of input and output; doc comments become
//!   descriptions.
//!
//! # A transform
//!
//! ```
//! use mortise_sdk::{Failure, Plugin, Transform};
//! use schemars::JsonSchema;
//! use serde::{Deserialize, Serialize};
//!
//! #[derive(Deserialize, JsonSchema)]
//! struct Config {
//!     factor: i64,
//! }
//!
//! #[derive(Serialize, Deserialize, JsonSchema)]
//! struct Amount {
//!     cents: i64,
//! }
//!
//! struct Scale;
//!
//! impl Transform for Scale {
//!     const NAME: &'static str = "scale";
//!     const SUMMARY: &'static str = "multiplies an amount";
//!     type Config = Config;
//!     type Record = Amount;
//!     type Output = Amount;
//!
//!     fn apply(config: &Config, amount: Amount) -> Result<Vec<Amount>, Failure> {
//!         let cents = amount.cents.checked_mul(config.factor);
//!         let cents = cents.ok_or_else(|| Failure::reject("the amount is too large").with_field("/cents"))?;
//!         Ok(vec![Amount { cents }])
//!     }
//! }
//!
//! fn plugin() -> Plugin {
//!     Plugin::new("acme/scale", "0.1.0", "Scale")
//! }
//!
//! mortise_sdk::export! { plugin: plugin, transforms: [Scale] }
//! # fn main() {
//! let out = mortise_sdk::fake::apply::<Scale>(
//!     &serde_json::json!({ "factor": 3 }),
//!     &[serde_json::json!({ "cents": 5 }), serde_json::json!({ "cents": "x" })],
//! )
//! .unwrap();
//! assert_eq!(out[0].as_ref().unwrap()[0]["cents"], 15);
//! let cause = out[1].as_ref().unwrap_err().cause.as_ref().unwrap();
//! assert_eq!((cause.record, cause.field.as_deref()), (Some(1), Some("/cents")));
//! # }
//! ```
//!
//! # The modules
//!
//! Roles first, then what a plugin may ask of the host, then what describes it.

pub mod action;
pub mod batch;
pub mod check;
pub mod explore;
pub mod polling;
pub mod transform;
pub mod webhook;

pub mod connection;
pub mod context;
pub mod files;
pub mod http;
pub mod log;
pub mod mail;
pub mod mailbox;
pub mod sql;
pub mod state;

pub mod authentication;
pub mod descriptor;
pub mod failure;
pub mod json;
pub mod timeout;
pub mod verification;

#[doc(hidden)]
pub mod bindings;
pub mod export;
#[cfg(not(target_arch = "wasm32"))]
pub mod fake;

pub use action::{Action, Outcome, Turn};
pub use authentication::Scheme;
pub use batch::Batch;
pub use check::{Account, Check};
pub use descriptor::{Descriptor, Example, Plugin, Records, Repeat};
pub use explore::Explore;
pub use failure::{Cause, Disposition, Failure};
pub use json::Json;
pub use polling::{Event, News, Polling};
pub use timeout::Timeout;
pub use transform::{Outcomes, RawTransform, Transform};
pub use webhook::{Reception, Webhook};
