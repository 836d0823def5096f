//! Triggers, and the keys that are read when an event comes.

use std::sync::Arc;

use mortise_model::plan::{self, Operation, Respond};
use mortise_model::{Json, WorkflowName};
use serde_json::Value;

use super::kind::Wanted;
use super::steps::Resolver;
use crate::authored::{Concurrency, Deduplicate, Hook, Manifest, Source, Spanned, Trigger, Use};
use crate::diagnostic::Code;
use crate::expression::{Given, Sees, known};
use crate::schema::Shape;

impl<'a> Resolver<'a, '_, '_> {
    /// The triggers of a manifest. After that expressions see the event, where only one trigger
    /// gives one and says what it is.
    pub fn triggers(
        &mut self,
        manifest: &'a Manifest<'a>,
        input: Option<&'a Value>,
    ) -> Vec<plan::Trigger> {
        let mut events = Vec::new();
        let triggers = manifest.triggers.iter().filter_map(|trigger| {
            let (source, event) = self.source(trigger, manifest);
            events.push(event);
            Some(plan::Trigger {
                id: trigger.id.value.to_owned(),
                source: source?,
            })
        });
        let triggers = triggers.collect();
        self.scope.event = match (events.as_slice(), input) {
            ([_], Some(schema)) => Shape::of(schema),
            ([only], None) => only.clone(),
            _ => Shape::anything(),
        };
        triggers
    }

    fn source(
        &mut self,
        trigger: &'a Trigger<'a>,
        manifest: &Manifest<'a>,
    ) -> (Option<plan::Source>, Shape<'a>) {
        match &trigger.source {
            Source::Webhook(hook) => self.webhook(hook, manifest),
            Source::Poll(poll) => {
                let (operation, event) = self.receiver(&poll.operation, Wanted::Poll);
                let poll = operation.map(|operation| plan::Poll {
                    operation,
                    every_ms: poll.every_ms,
                    start: poll.start,
                });
                (poll.map(plan::Source::Poll), event)
            }
            Source::Failure(of) => {
                let of = of.as_ref();
                let own = manifest.name.map(|name| name.value);
                let of = of.map(|names| self.failing(names, own));
                (Some(plan::Source::Failure { of }), known::failed_run())
            }
            Source::Schedule(schedule) => (
                Some(plan::Source::Schedule(schedule.clone())),
                Shape::anything(),
            ),
            Source::Manual(input) => {
                let input = input.clone();
                (Some(plan::Source::Manual { input }), Shape::anything())
            }
        }
    }

    fn webhook(
        &mut self,
        hook: &'a Hook<'a>,
        manifest: &Manifest<'a>,
    ) -> (Option<plan::Source>, Shape<'a>) {
        let mut webhook = hook.webhook.clone();
        let Some(operation) = &hook.operation else {
            let verify = hook.verify.as_ref();
            webhook.verify = verify.and_then(|(scheme, name)| {
                Some(plan::Verify {
                    scheme: *scheme,
                    connection: self.known_connection(*name)?.name.clone(),
                })
            });
            return (Some(plan::Source::Webhook(webhook)), Shape::anything());
        };
        webhook.declared = self.declared(operation);
        let (operation, event) = self.receiver(operation, Wanted::Webhook);
        let answers = operation.as_ref().is_some_and(|operation| {
            matches!(
                operation.kind,
                plan::OperationKind::Webhook { answers: true, .. }
            )
        });
        let has_keys = manifest.concurrency.is_some() || manifest.deduplicate.is_some();
        let no_result = match (answers, has_keys) {
            (true, _) => {
                Some("the operation answers the sender itself, so nobody waits for the result")
            }
            (_, true) => Some(
                "with `concurrency` or `deduplicate` every event that the plugin finds in a request has a run of its own, so there is no one result to answer with",
            ),
            _ => None,
        };
        if let (Some(place), Some(why)) = (hook.respond_place, no_result) {
            self.sink
                .error(Code::InvalidValue, place, why, "leave `respond` out");
            webhook.respond = Respond::Accepted;
        }
        let source = operation.map(|operation| {
            webhook.uses = Some(operation);
            plan::Source::Webhook(webhook)
        });
        (source, event)
    }

    /// How the host verifies the requests of an operation, which takes the secret of a connection.
    fn declared(&mut self, authored: &Use<'a>) -> Option<Json> {
        let callee = self.callees.get(authored.uses)?;
        let declared = callee.operation.verification.clone()?;
        if let (None, Some(uses)) = (authored.connection, authored.uses) {
            self.sink.error(
                Code::MissingField,
                uses.place,
                format!(
                    "requests to `{}` are verified with a secret, and this webhook has no connection",
                    uses.value
                ),
                "write `connection: NAME` beside `uses`, with a connection that has the secret",
            );
        }
        Some(declared)
    }

    /// The operation of a trigger, and what is known of the events that it gives.
    fn receiver(
        &mut self,
        operation: &'a Use<'a>,
        wanted: Wanted,
    ) -> (Option<Arc<Operation>>, Shape<'a>) {
        let called = self.seeing(Sees::Vars, |own| own.call(operation, wanted));
        let event = match called.output {
            Given::Whole(shape) | Given::Pages(shape) => shape,
        };
        (called.operation.map(Arc::new), event)
    }

    fn failing(&mut self, names: &[Spanned<&str>], workflow: Option<&str>) -> Vec<WorkflowName> {
        for name in names.iter().filter(|name| Some(name.value) == workflow) {
            self.sink.error(
                Code::InvalidValue,
                name.place,
                "a workflow is not started by its own failures",
                "name another workflow, or write `of: \"*\"` for all others",
            );
        }
        let names = names.iter().map(|name| WorkflowName::from(name.value));
        names.collect()
    }

    /// How many runs of one key are under way.
    pub fn concurrency(&mut self, authored: &Concurrency<'_>) -> plan::Concurrency {
        let key = self.seeing(Sees::Event, |own| own.value(authored.key, "`key`"));
        plan::Concurrency {
            key: key.template,
            limit: authored.limit,
            when_full: authored.when_full,
        }
    }

    /// What makes two events one.
    pub fn deduplicate(&mut self, authored: &Deduplicate<'_>) -> plan::Deduplicate {
        let key = self.seeing(Sees::Event, |own| own.value(authored.key, "`key`"));
        if matches!(key.template, mortise_model::template::Template::Literal(_)) {
            self.sink.error(
                Code::InvalidValue,
                authored.key.place,
                "this key is the same for every event, so all but the first would be dropped",
                "write what tells events apart, such as `\"${{ .event.id }}\"`",
            );
        }
        plan::Deduplicate {
            key: key.template,
            within_ms: authored.within_ms,
        }
    }
}
