//! What a connector gave, held against what its descriptor declares and against the limits: nothing
//! of a guest goes further unchecked.

use std::sync::Arc;

use mortise_model::plan::{Operation, OperationKind};
use mortise_model::{Disposition, Failure, Json};
use mortise_ports::plugins::{Account, Call, Invocation, Outcome};
use serde_json::value::RawValue;

use crate::calls::overloaded;
use crate::contract::exports::mortise::plugin::{actions, check, webhooks};
use crate::failure;
use crate::invoke::{Ended, Given};
use crate::outline::Outline;
use crate::plugin::Loaded;
use crate::records::{checked, list};
use crate::settings::Settings;

/// Secrets that an application issues for one webhook: one as a rule, two while it changes them.
const SECRETS_MAX: usize = 16;

/// What one call may give.
pub(crate) struct Border {
    pub operation: Arc<Operation>,
    pub settings: Arc<Settings>,
    /// A webhook whose sender waits: it declares `answers` or `verifies`.
    pub is_before_answer: bool,
    /// It declares `answers`.
    pub answers: bool,
    has_callback: bool,
    /// What the descriptor says of the output.
    outline: Arc<Outline>,
}

impl Border {
    pub fn new(settings: &Arc<Settings>, loaded: &Loaded, call: &Call) -> Self {
        let declared = loaded.operation(&call.operation.name);
        let is_reception = matches!(call.invocation, Invocation::Receive { .. });
        Self {
            operation: Arc::clone(&call.operation),
            settings: Arc::clone(settings),
            is_before_answer: is_reception
                && declared.is_some_and(|declared| declared.answers || declared.verifies),
            answers: declared.is_some_and(|declared| declared.answers),
            has_callback: call.callback_url.is_some(),
            outline: loaded
                .outlines
                .get(&call.operation.name)
                .map(Arc::clone)
                .unwrap_or_default(),
        }
    }

    /// How long the call may take, in milliseconds.
    pub fn allowed_ms(&self) -> u64 {
        match self.is_before_answer {
            true => self
                .operation
                .timeout_ms
                .min(self.settings.answer_time_max_ms),
            false => self.operation.timeout_ms,
        }
    }

    /// It took longer.
    fn late(&self) -> Failure {
        let allowed_ms = self.allowed_ms();
        match allowed_ms < self.operation.timeout_ms {
            true => failure::answer_time_max(&self.operation.uses, allowed_ms),
            false => failure::deadline(allowed_ms),
        }
    }

    /// What the host makes of how a call ended.
    pub fn judge(&self, ended: Ended<Given>) -> Result<Outcome, Failure> {
        match ended {
            Ended::Given(given) => self.admit(given),
            Ended::Failed(failure) => Err(failure::of_guest(failure)),
            Ended::Broken(broken) => Err(broken.into()),
            Ended::Late => Err(self.late()),
            Ended::Crowded => Err(overloaded(self.allowed_ms(), "calls-max")),
        }
    }

    /// What goes on into the host.
    fn admit(&self, given: Given) -> Result<Outcome, Failure> {
        match given {
            Given::Turn(actions::Outcome::Done(text)) => self.done(text),
            Given::Turn(actions::Outcome::Page(page)) => self.page(page),
            Given::Turn(actions::Outcome::Suspended(suspension)) => self.suspended(suspension),
            Given::News(news) => Ok(Outcome::News {
                events: self.events(news.events)?,
                cursor: self.token("cursor", news.cursor)?,
                more: news.more,
            }),
            Given::Reception(reception) => self.reception(reception),
            Given::Subscription(subscription) => self.subscription(subscription),
            Given::Unsubscribed => Ok(Outcome::Unsubscribed),
            Given::Account(account) => self.account(account),
        }
    }

    fn account(&self, account: check::Account) -> Result<Outcome, Failure> {
        Ok(Outcome::Account(Account {
            settings: self.token("account's settings", account.settings)?,
            id: account.id,
            label: account.label,
            scopes: account.scopes,
        }))
    }

    fn is_paged(&self) -> bool {
        self.operation.kind == OperationKind::Paged
    }

    fn done(&self, text: String) -> Result<Outcome, Failure> {
        let output = checked(&self.operation.plugin, &self.settings, text)?;
        if !self.is_paged() {
            self.fits("its output", &output)?;
            return Ok(Outcome::Output {
                output,
                failures: Vec::new(),
            });
        }
        // A list that was there at once is all there is: one page.
        let count = output.read::<Vec<&RawValue>>().map(|list| list.len());
        let count = count.map_err(|_| {
            let what = format!(
                "`{}` declares `paging`, and this is no list of records",
                self.operation.uses
            );
            failure::output(&self.operation.plugin, &what)
        })?;
        Ok(Outcome::Page {
            count: self.count_of(count)?,
            records: output,
            next: None,
        })
    }

    /// Holds a value against what the descriptor says of the operation's output.
    pub fn fits(&self, what: &str, value: &Json) -> Result<(), Failure> {
        let checked = self.outline.check(value);
        checked.map_err(|error| {
            let what = format!("{what} does not fit the schema of its descriptor: {error}");
            failure::output(&self.operation.plugin, &what)
        })
    }

    fn page(&self, page: actions::Page) -> Result<Outcome, Failure> {
        if !self.is_paged() {
            return Err(self.undeclared("a page", "paging", "PAGED"));
        }
        let count = self.count_of(page.records.len())?;
        let next = page.next.map(|token| self.token("page token", token));
        Ok(Outcome::Page {
            records: list(&self.operation.plugin, &self.settings, page.records)?,
            count,
            next: next.transpose()?,
        })
    }

    fn count_of(&self, records: usize) -> Result<u32, Failure> {
        let max = self.settings.page_records_max;
        let count = u32::try_from(records).ok().filter(|_| records <= max);
        let what = || format!("a page of {records} records");
        count.ok_or_else(|| self.over(&what(), "page-records-max", max))
    }

    fn suspended(&self, suspension: actions::Suspension) -> Result<Outcome, Failure> {
        let operation = &self.operation;
        if suspension.callback && !self.has_callback {
            let message = format!(
                "`{}` waits for a callback, and this call has no address for one: use it as a step of a workflow",
                operation.uses
            );
            let code = "no-callback";
            return Err(Failure::new(Disposition::Misconfigured, code, message));
        }
        if !suspension.callback && suspension.poll_after_ms.is_none() {
            let what = "a suspension that neither a time nor a callback ends";
            return Err(failure::contract(&operation.plugin, what));
        }
        Ok(Outcome::Suspended {
            token: self.token("suspension token", suspension.token)?,
            poll_after_ms: suspension.poll_after_ms,
            callback: suspension.callback,
        })
    }

    fn subscription(&self, given: webhooks::Subscription) -> Result<Outcome, Failure> {
        let count = given.secrets.len();
        let size = given.secrets.iter().map(|(k, v)| k.len() + v.len()).sum();
        if count > SECRETS_MAX || given.secrets.iter().any(|(name, _)| name.is_empty()) {
            let what = format!("{count} secrets, where {SECRETS_MAX} with names are the most");
            return Err(failure::output(&self.operation.plugin, &what));
        }
        self.fits_token("secrets", size)?;
        Ok(Outcome::Subscription {
            memory: self.token("memory", given.memory)?,
            secrets: given.secrets,
            renew_after_ms: given.renew_after_ms,
        })
    }

    /// What the plugin wants back with its next call.
    pub fn token(&self, what: &str, text: String) -> Result<Json, Failure> {
        self.fits_token(what, text.len())?;
        let plugin = &self.operation.plugin;
        Json::parse(text)
            .map_err(|error| failure::output(plugin, &format!("its {what} is no JSON: {error}")))
    }

    fn fits_token(&self, what: &str, size_bytes: usize) -> Result<(), Failure> {
        let max_bytes = self.settings.token_max_bytes;
        match size_bytes <= max_bytes {
            true => Ok(()),
            false => {
                let what = format!("a {what} of {size_bytes} bytes");
                Err(self.over(&what, "token-max-bytes", max_bytes))
            }
        }
    }

    /// More than a limit allows.
    pub fn over(&self, what: &str, setting: &str, max: usize) -> Failure {
        failure::over(&self.operation.plugin, what, setting, max)
    }

    /// An answer that the descriptor does not announce, so nothing was prepared for it.
    pub fn undeclared(&self, what: &str, word: &str, constant: &str) -> Failure {
        let Operation { plugin, uses, .. } = self.operation.as_ref();
        Failure::new(
            Disposition::Misconfigured,
            format!("undeclared-{word}"),
            format!(
                "the plugin `{plugin}` answered with {what}, and its descriptor does not declare \
                 `{word}` for `{uses}`: its author has to, in the Rust SDK with `const {constant}: bool = true`"
            ),
        )
    }
}
