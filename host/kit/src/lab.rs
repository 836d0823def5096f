//! Calls of the plugin, each in a fresh instance, against the application of a script.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use mortise_model::connection::Connection as Described;
use mortise_model::descriptor::{OperationDescriptor, Plugin, Repeat, Role};
use mortise_model::plan::{Operation, OperationKind, Retry, STEP_TIMEOUT_MS};
use mortise_model::template::Template;
use mortise_model::{
    ConnectionName, Json, Namespace, RunId, StepPath, Timestamp, WorkflowName, origin,
};
use mortise_ports::Plugins;
use mortise_ports::plugins::{Call, File, Invocation, Report};
use mortise_vault::connections::{Current, Renew, Renewing};
use mortise_vault::credential::Secret;
use mortise_vault::scheme::Usage;
use mortise_vault::tokens::Tokens;
use mortise_vault::{Connection, Connections, Credential, Scheme};
use serde_json::Value;

use crate::application::{Application, Fault, Observed};
use crate::script::{CHECK, Exchange, Script};

/// What a case of a script is called with.
const KEY: &str = "01TEST-idempotency-key";
const CONNECTION: &str = "test";
/// What is signed with where a script names nothing: text for some schemes, base64 for others.
const SIGNING_SECRET: &str = "dGVzdC1zaWduaW5nLXNlY3JldA==";
/// Milliseconds for one call: a plugin that takes longer than this hangs.
const TIMEOUT_MS: u64 = 30_000;

/// A plugin with its application.
pub struct Lab<P> {
    /// The sandbox.
    pub plugins: Arc<P>,
    /// What its calls may use.
    pub connections: Arc<Connections>,
    /// What is played.
    pub plugin: Arc<Plugin>,
    /// What it talks to.
    pub application: Application,
    /// The time of all calls.
    pub now: Timestamp,
}

/// A call that was made.
pub struct Played {
    /// What came of it.
    pub report: Report,
    /// What the application saw.
    pub observed: Observed,
}

/// How a call is made.
#[derive(Clone, Copy)]
pub struct How<'a> {
    /// What the application answers.
    pub exchanges: &'a [Exchange],
    /// Which answer is broken.
    pub fault: Option<(usize, Fault)>,
    /// From 1.
    pub attempt: u32,
}

impl<'a> How<'a> {
    /// As the script says.
    #[must_use]
    pub fn plain(exchanges: &'a [Exchange]) -> Self {
        Self {
            exchanges,
            fault: None,
            attempt: 1,
        }
    }
}

impl<P: Plugins> Lab<P> {
    /// The key that calls carry.
    #[must_use]
    pub fn key(&self) -> &'static str {
        KEY
    }

    /// Makes the connection of a script.
    ///
    /// # Errors
    /// Why there is none.
    pub fn connect(&self, script: &Script) -> Result<(), String> {
        let Some(wanted) = &script.connection else {
            self.connections.replace_with_secrets([]);
            return Ok(());
        };
        let mut settings = wanted.settings.clone();
        let origin = self.application.origin();
        settings.insert("base-url".to_owned(), Value::from(origin));
        let settings = self
            .plugin
            .descriptor
            .with_defaults(Value::Object(settings));
        let namespace = Namespace::default_namespace();
        let described = Described {
            name: ConnectionName::from(CONNECTION),
            plugin: self.plugin.descriptor.name.clone(),
            settings: Json::of(&settings).map_err(|error| error.to_string())?,
            origins: self.origins(),
            rate: None,
        };
        let made = Connection::new(&namespace, described).map_err(|error| error.to_string())?;
        let made = match self.scheme(wanted.scheme.as_deref())? {
            None => made,
            Some(scheme) => {
                let make = || self.credential(scheme.clone(), &wanted.secrets, settings.clone());
                let still = Still {
                    now: self.now,
                    current: Current::of(make()),
                };
                made.with(make(), None, Arc::new(still))
            }
        };
        self.connections.replace_with_secrets([(namespace, made)]);
        Ok(())
    }

    /// The application, and what speaks something else than HTTP where the plugin wants that.
    fn origins(&self) -> Vec<String> {
        let others = self.plugin.descriptor.origins.iter();
        let others = others.filter_map(|origin| {
            let (protocol, _) = origin::split(origin)?;
            Some(format!("{}://127.0.0.1:{}", protocol.scheme, protocol.port))
        });
        let application = self.application.origin().to_owned();
        std::iter::once(application).chain(others).collect()
    }

    fn scheme(&self, id: Option<&str>) -> Result<Option<Scheme>, String> {
        let all = &self.plugin.descriptor.authentication;
        let all: Result<Vec<Scheme>, _> = all.iter().map(Json::read).collect();
        let mut all =
            all.map_err(|error| format!("an authentication scheme cannot be read: {error}"))?;
        match id {
            None if all.is_empty() => Ok(None),
            None => Ok(Some(all.remove(0))),
            Some(id) => {
                let found = all.into_iter().find(|scheme| scheme.id == id);
                found
                    .map(Some)
                    .ok_or_else(|| format!("there is no authentication scheme `{id}`"))
            }
        }
    }

    /// Tokens are given and not got: how to get them is the host's affair, not the plugin's.
    fn credential(
        &self,
        scheme: Scheme,
        given: &BTreeMap<String, String>,
        settings: Value,
    ) -> Credential {
        let declared = scheme.secrets.iter().map(|secret| {
            let made_up = match secret.usage {
                Usage::Inject => format!("test-{}", secret.name),
                Usage::Sign => SIGNING_SECRET.to_owned(),
            };
            (secret.name.clone(), made_up)
        });
        let mut values: BTreeMap<String, String> = declared.collect();
        values.extend(given.clone());
        let secrets = values.into_iter().map(|(name, value)| {
            let value = value.into();
            (
                name,
                Secret {
                    value,
                    former: None,
                },
            )
        });
        let tokens = scheme.kind.is_renewed().then(|| Tokens {
            version: 1,
            access: "test-access-token".to_owned().into(),
            refresh: None,
            obtained_at: self.now,
            expires_at: None,
            captured: BTreeMap::new(),
        });
        Credential::new(scheme, secrets.collect(), settings, tokens)
    }

    /// What the application signs its webhooks with.
    #[must_use]
    pub fn signing_secret<'a>(&self, script: &'a Script, name: &str) -> &'a str {
        let connection = script.connection.as_ref();
        let given = connection.and_then(|connection| connection.secrets.get(name));
        given.map_or(SIGNING_SECRET, String::as_str)
    }

    /// Calls once.
    pub async fn call(&self, script: &Script, invocation: Invocation, how: How<'_>) -> Played {
        self.application.play(how.exchanges, KEY, how.fault);
        let report = self.call_again(script, invocation, how.attempt).await;
        Played {
            report,
            observed: self.application.observed(),
        }
    }

    /// Calls without telling the application anything.
    pub async fn call_again(
        &self,
        script: &Script,
        invocation: Invocation,
        attempt: u32,
    ) -> Report {
        let call = Call {
            namespace: Namespace::default_namespace(),
            workflow: WorkflowName::from("conformance"),
            run: RunId::from_parts(1, 1),
            step: StepPath::from("step"),
            attempt,
            turn: 0,
            idempotency_key: KEY.to_owned(),
            operation: Arc::new(self.operation(script, &invocation)),
            invocation,
            callback_url: None,
            files: Some(Arc::new(files(script))),
            now: self.now,
            cancelled: Arc::default(),
        };
        self.plugins.call(call).await
    }

    /// What the descriptor says of an operation.
    #[must_use]
    pub fn declared(&self, name: &str) -> Option<&OperationDescriptor> {
        let mut operations = self.plugin.descriptor.operations.iter();
        operations.find(|operation| operation.name == name)
    }

    fn operation(&self, script: &Script, invocation: &Invocation) -> Operation {
        let origin = self.application.origin();
        let host = origin.strip_prefix("http://").unwrap_or(origin);
        let connection = script.connection.as_ref();
        Operation {
            connection: connection.map(|_| ConnectionName::from(CONNECTION)),
            hosts: vec![host.to_owned()],
            timeout_ms: TIMEOUT_MS,
            ..operation(&self.plugin, self.declared(&script.operation), invocation)
        }
    }
}

/// An operation as a plan would have it that names no connection and grants nothing; none is declared for
/// `check`.
#[must_use]
pub fn operation(
    plugin: &Plugin,
    declared: Option<&OperationDescriptor>,
    invocation: &Invocation,
) -> Operation {
    let descriptor = &plugin.descriptor;
    let short = descriptor.name.rsplit('/').next().unwrap_or_default();
    let name = declared.map_or(CHECK, |declared| declared.name.as_str());
    Operation {
        plugin: descriptor.name.clone(),
        version: descriptor.version.clone(),
        digest: plugin.digest,
        uses: format!("{short}/{name}"),
        name: declared
            .map(|declared| declared.name.clone())
            .unwrap_or_default(),
        kind: kind(declared, invocation),
        // Nothing is less harmful than `check`.
        repeat: declared.map_or(Repeat::Safe, |declared| declared.repeat),
        with: Template::Literal(Json::null()),
        connection: None,
        hosts: Vec::new(),
        retry: Retry::default(),
        timeout_ms: STEP_TIMEOUT_MS,
        on_unclear: None,
    }
}

fn kind(declared: Option<&OperationDescriptor>, invocation: &Invocation) -> OperationKind {
    match (declared, invocation) {
        (Some(declared), Invocation::Transform { records, .. }) => OperationKind::Transform {
            records: Template::Literal(records.clone()),
            takes: declared.records,
        },
        (Some(declared), _) => match declared.role {
            Role::Polling => OperationKind::Polling,
            Role::Webhook => OperationKind::Webhook {
                answers: declared.answers,
                subscribes: declared.subscribes,
            },
            _ if declared.paging => OperationKind::Paged,
            _ => OperationKind::Action,
        },
        (None, _) => OperationKind::Action,
    }
}

fn files(script: &Script) -> Vec<File> {
    let files = script.files.iter().map(|(id, file)| File {
        id: id.clone(),
        name: file.name.clone(),
        content_type: file
            .content_type
            .clone()
            .unwrap_or_else(|| "text/plain".to_owned()),
        data: Bytes::copy_from_slice(file.text.as_bytes()),
    });
    files.collect()
}

/// Renews tokens by the same ones: an application that refuses them does so again, and then the plugin
/// sees it.
struct Still {
    now: Timestamp,
    current: Current,
}

impl Renew for Still {
    fn renew(self: Arc<Self>, _: Namespace, _: ConnectionName, _: u64) -> Renewing {
        let current = self.current.clone();
        Box::pin(async move { Ok(current) })
    }

    fn now(&self) -> Timestamp {
        self.now
    }
}
