//! The values of a run: templates by path and program, payloads from where they are kept.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use mortise_engine::render::{self, render};
use mortise_engine::scope::Scope;
use mortise_model::id::{Digest, Namespace, RunId};
use mortise_model::template::{Expression, Template};
use mortise_model::{Disposition, Failure, Json, Payload, Plan, Run, ScopePath, StepPath};
use mortise_ports::plugins::File;
use mortise_ports::{Payloads, Plugins, Store, StoreError};

use super::lists::Lists;
use crate::Inner;
use crate::files::{self, Kept};

/// Why there is no value.
#[derive(Debug)]
pub(crate) enum Halt {
    /// It is the run's own fault.
    Failure(Failure),
    /// The store's: the run is put down.
    Store(StoreError),
}

impl From<Failure> for Halt {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

impl From<StoreError> for Halt {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::TooLarge {
                size_bytes,
                max_bytes,
            } => Self::Failure(Failure::new(
                Disposition::Limit,
                "payload-max-bytes",
                format!(
                    "a value has {size_bytes} bytes, and `store.payload-max-bytes` allows {max_bytes}"
                ),
            )),
            error => Self::Store(error),
        }
    }
}

/// Parts a failure, which is a result, from what the store says, which is none.
pub(crate) fn told<T>(result: Result<T, Halt>) -> Result<Result<T, Failure>, StoreError> {
    match result {
        Ok(value) => Ok(Ok(value)),
        Err(Halt::Failure(failure)) => Ok(Err(failure)),
        Err(Halt::Store(error)) => Err(error),
    }
}

/// A run as it stood when something of it was asked for. It owns what it needs, so that several may
/// be looked at while the run goes on.
pub(crate) struct View<S, P> {
    pub inner: Arc<Inner<S, P>>,
    pub plan: Arc<Plan>,
    pub run: Arc<Run>,
    pub lists: Arc<Lists>,
    pub files: Arc<Kept>,
}

impl<S: Store, P: Plugins> View<S, P> {
    /// The value of a template, seen from a scope.
    pub async fn value(&self, at: &ScopePath, template: &Template) -> Result<Json, Halt> {
        if let Template::Literal(json) = template {
            return Ok(json.clone());
        }
        let paths = render::paths(template);
        self.lists.load(self, at, &paths).await?;
        let none = HashMap::new();
        let wanted: Vec<Digest> = self.look(at, &none, |scope| scope.stored(&paths).collect());
        let mut loaded = HashMap::new();
        for digest in wanted {
            loaded.insert(digest, self.read(digest).await?);
        }
        let programs = self.look(at, &loaded, |scope| render::programs(template, scope))?;
        let mut results = Vec::with_capacity(programs.len());
        for program in programs {
            let plugins = &self.inner.plugins;
            results.push(plugins.evaluate(&program.text, program.input).await?);
        }
        Ok(self.look(at, &loaded, |scope| render(template, scope, results))?)
    }

    /// As [`View::value`], for a step's input or output.
    pub async fn payload(&self, at: &ScopePath, template: &Template) -> Result<Payload, Halt> {
        let value = self.value(at, template).await?;
        self.keep(value).await
    }

    /// Whether a condition holds.
    pub async fn holds(&self, at: &ScopePath, condition: &Expression) -> Result<bool, Halt> {
        let template = Template::Expression(condition.clone());
        let value = self.value(at, &template).await?;
        match value.as_str() {
            "true" => Ok(true),
            "false" => Ok(false),
            _ => Err(not_boolean(&value).into()),
        }
    }

    /// What a payload holds.
    pub async fn json(&self, payload: &Payload) -> Result<Json, Halt> {
        match payload {
            Payload::Inline(json) => Ok(json.clone()),
            Payload::Stored { digest, .. } => Ok(self.read(*digest).await?),
        }
    }

    /// Keeps a value for the run.
    pub async fn keep(&self, json: Json) -> Result<Payload, Halt> {
        let (store, accepted) = (&*self.inner.store, &self.run.accepted);
        let keeping = || keep(store, &accepted.namespace, accepted.run, json.clone());
        Ok(patiently(keeping).await?)
    }

    /// Keeps what a call made for the run.
    pub async fn keep_files(&self, files: &[File]) -> Result<(), Halt> {
        let accepted = &self.run.accepted;
        let whose = (&accepted.namespace, accepted.run);
        files::keep((&self.inner, &self.files), whose, files).await
    }

    /// The address of a step of the run.
    pub fn link(&self, step: &StepPath) -> String {
        let accepted = &self.run.accepted;
        let links = &self.inner.links;
        links.url(&accepted.namespace, accepted.run, step)
    }

    async fn read(&self, digest: Digest) -> Result<Json, StoreError> {
        let accepted = &self.run.accepted;
        read(
            &*self.inner.store,
            &accepted.namespace,
            accepted.run,
            digest,
        )
        .await
    }

    fn look<T>(
        &self,
        at: &ScopePath,
        loaded: &HashMap<Digest, Json>,
        look: impl FnOnce(&Scope<'_>) -> T,
    ) -> T {
        look(&Scope {
            plan: &self.plan,
            run: &self.run,
            at,
            loaded,
            item: &|foreach, item| self.lists.item(&self.plan, &self.run, foreach, item),
            link: &|step| self.link(step),
        })
    }
}

/// How often is looked whether there is room on the disk again, in milliseconds.
const FULL_RETRY_MS: u64 = 250;

/// Writes what may be written twice, as soon as there is room for it. The run keeps its lane meanwhile,
/// which is what slows everything down as it should.
pub(crate) async fn patiently<T, W: Future<Output = Result<T, StoreError>>>(
    mut write: impl FnMut() -> W,
) -> Result<T, StoreError> {
    loop {
        match write().await {
            Err(StoreError::Full | StoreError::Unknown) => {
                tokio::time::sleep(Duration::from_millis(FULL_RETRY_MS)).await;
            }
            written => return written,
        }
    }
}

/// Puts what is too large for an entry beside the journal.
pub(crate) async fn keep<S: Store>(
    store: &S,
    namespace: &Namespace,
    run: RunId,
    json: Json,
) -> Result<Payload, StoreError> {
    let size = json.as_str().len();
    if size <= Payload::INLINE_MAX_BYTES {
        return Ok(Payload::Inline(json));
    }
    let bytes = json.as_str().as_bytes().to_vec();
    let digest = store.put(namespace, run, bytes).await?;
    Ok(Payload::Stored {
        digest,
        size_bytes: size as u64,
    })
}

/// A payload that is kept beside the journal.
pub(crate) async fn read<S: Store>(
    store: &S,
    namespace: &Namespace,
    run: RunId,
    digest: Digest,
) -> Result<Json, StoreError> {
    let bytes = Payloads::read(store, namespace, run, digest, None).await?;
    let damaged = || StoreError::Damaged(format!("payload {digest} is not JSON"));
    let text = String::from_utf8(bytes).map_err(|_| damaged())?;
    Json::kept(text).map_err(|_| damaged())
}

/// Gives another run a payload of this one, with the files that it names, before it is told of it: both
/// go with their run.
pub(crate) async fn hand_over<S: Store, P>(
    inner: &Inner<S, P>,
    namespace: &Namespace,
    (from, to): (RunId, RunId),
    payload: &Payload,
) -> Result<(), Halt> {
    let store = &*inner.store;
    let value = match payload {
        Payload::Inline(json) => json.clone(),
        Payload::Stored { digest, .. } => read(store, namespace, from, *digest).await?,
    };
    files::has_room(inner, namespace, (from, to), &value).await?;
    patiently(|| files::hand_over(store, namespace, (from, to), &value)).await?;
    patiently(|| keep(store, namespace, to, value.clone())).await?;
    Ok(())
}

fn not_boolean(value: &Json) -> Failure {
    let message = format!(
        "the condition gave {}, which is neither `true` nor `false`",
        shown(value)
    );
    Failure::new(Disposition::Misconfigured, "condition", message)
}

/// The start of a value, for people.
pub(crate) fn shown(value: &Json) -> String {
    let mut shown: String = value.as_str().chars().take(80).collect();
    if shown.len() < value.as_str().len() {
        shown.push('…');
    }
    shown
}
