//! What every step of GraphQL says.

/// The input of an operation that sends a document: its own fields, and those that both have. Flattening
/// them would let unknown fields pass, and not tell which field is wrong.
macro_rules! document {
    ($(#[$meta:meta])* pub struct $name:ident { $($own:tt)* }) => {
        $(#[$meta])*
        #[derive(serde::Deserialize, schemars::JsonSchema)]
        #[serde(rename_all = "kebab-case", deny_unknown_fields)]
        pub struct $name {
            /// The document: a query or a mutation.
            query: String,
            /// Values of its variables, by name without `$`.
            #[serde(default)]
            variables: serde_json::Map<String, serde_json::Value>,
            /// Which operation of the document, where it has several.
            operation_name: Option<String>,
            $($own)*
            /// Take what is there where the server gives errors beside data; otherwise that is a failure.
            #[serde(default)]
            allow_partial: bool,
            /// Another address than the connection's; it has to be granted.
            url: Option<String>,
            /// More headers. `authorization`, `cookie` and `host` are the host's.
            #[serde(default)]
            headers: std::collections::BTreeMap<String, String>,
            /// Give up after so long, such as `20s` or `500ms`. What is left of the step's time is the
            /// limit in any case.
            timeout: Option<mortise_sdk::Timeout>,
        }

        impl $name {
            fn way(&self) -> $crate::graphql::Way<'_> {
                $crate::graphql::Way {
                    url: self.url.as_deref(),
                    headers: Some(&self.headers),
                    timeout_ms: self.timeout.map(mortise_sdk::Timeout::as_ms),
                }
            }
        }
    };
}
