//! Which operations a place takes, and how it calls them.

use mortise_model::descriptor::Role;
use mortise_model::plan::OperationKind;
use serde_json::json;

use super::callees::Callee;
use super::template::Templated;
use crate::authored::Use;
use crate::diagnostic::Code;
use crate::source::{Place, Sink};

/// What an operation is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    Step,
    Undo,
    Poll,
    Webhook,
}

impl Wanted {
    fn takes(self, callee: &Callee<'_>) -> bool {
        match (self, callee.operation.role) {
            (Self::Step, Role::Action | Role::Transform)
            | (Self::Poll, Role::Polling)
            | (Self::Webhook, Role::Webhook) => true,
            (Self::Undo, Role::Action) => !callee.is_paged(),
            _ => false,
        }
    }

    /// What cannot be done with an operation of another role, and which ones can.
    fn complaint(self) -> (&'static str, &'static str) {
        match self {
            Self::Step => ("a step cannot call it", "`action` or `transform`"),
            Self::Undo => ("it cannot take a step back", "`action`"),
            Self::Poll => ("it cannot be polled", "`polling`"),
            Self::Webhook => ("it understands no requests", "`webhook`"),
        }
    }
}

/// How an operation is called; none, with a diagnostic, where its place does not take it.
pub(super) fn kind(
    authored: &Use<'_>,
    callee: &Callee<'_>,
    wanted: Wanted,
    records: Option<Templated>,
    sink: &mut Sink<'_>,
) -> Option<OperationKind> {
    let place = authored.uses?.place;
    if !wanted.takes(callee) {
        wrong_role(place, callee, wanted, sink);
        return None;
    }
    match (callee.operation.role, records) {
        (Role::Transform, Some(records)) => Some(OperationKind::Transform {
            records: records.template,
            takes: callee.operation.records,
        }),
        (Role::Transform, None) => {
            sink.error(
                Code::MissingField,
                place,
                format!(
                    "`{}` is a transform, so the step needs `records`",
                    callee.operation.name
                ),
                "write `records: \"${{ .event }}\"` beside `with`, for example",
            );
            None
        }
        (_, Some(_)) => {
            sink.error(
                Code::RecordsNotTaken,
                authored.records.map_or(place, |node| node.place),
                format!(
                    "`{}` is an action and takes no `records`",
                    callee.operation.name
                ),
                "write what it shall send into `with`",
            );
            None
        }
        (Role::Polling, None) => Some(OperationKind::Polling),
        (Role::Webhook, None) => Some(OperationKind::Webhook {
            answers: callee.operation.answers,
            subscribes: callee.operation.subscribes,
        }),
        _ if callee.is_paged() => Some(OperationKind::Paged),
        _ => Some(OperationKind::Action),
    }
}

fn wrong_role(place: Place, callee: &Callee<'_>, wanted: Wanted, sink: &mut Sink<'_>) {
    let role = json!(callee.operation.role);
    let role = match role.as_str() {
        Some("action") if callee.is_paged() => "reading pages",
        Some(role) => role,
        None => "something else",
    };
    let (cannot, roles) = wanted.complaint();
    sink.error(
        Code::WrongRole,
        place,
        format!(
            "`{}/{}` is for {role}, so {cannot}",
            callee.alias, callee.operation.name
        ),
        format!("use an operation whose role is {roles}: `mortise plugin inspect` lists them"),
    );
}
