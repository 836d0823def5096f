//! Which path of the hooks listener belongs to which trigger.

use std::collections::HashMap;
use std::sync::{Arc, RwLock};

use mortise_model::Namespace;
use mortise_model::event::{Origin, TriggerKind};
use mortise_model::plan::{Source, Webhook};
use mortise_ports::catalog::ActivePlan;

/// What a request to a path starts.
#[derive(Debug)]
pub struct Route {
    /// The plan that the run is bound to.
    pub plan: ActivePlan,
    /// The trigger.
    pub origin: Origin,
    /// How the request becomes an event, and when it is answered.
    pub webhook: Webhook,
}

/// What a path and a method lead to.
#[derive(Clone, Debug)]
pub enum Match {
    /// A trigger.
    Found(Arc<Route>),
    /// The path has other methods, joined as `Allow` wants them.
    OtherMethods(String),
    /// Nothing.
    Unknown,
}

/// All routes of a moment.
#[derive(Debug, Default)]
struct Table {
    /// The routes of each path, one for each method.
    by_path: HashMap<String, Vec<Arc<Route>>>,
}

/// The routes that hold now. They are replaced as a whole: a request sees the old ones or the new.
#[derive(Debug, Default)]
pub struct Routes {
    table: RwLock<Arc<Table>>,
}

/// Where hooks begin on the listener.
pub const PREFIX: &str = "/hooks";

impl Routes {
    /// Replaces all routes of a namespace by those of these plans.
    pub fn replace(&self, namespace: &Namespace, plans: &[ActivePlan]) {
        // A poisoned lock still holds a whole table: it is only ever replaced.
        let mut table = self.table.write().unwrap_or_else(|e| e.into_inner());
        let mut by_path = table.by_path.clone();
        by_path.retain(|_, routes| {
            routes.retain(|route| route.plan.plan.namespace != *namespace);
            !routes.is_empty()
        });
        for plan in plans {
            for trigger in &plan.plan.triggers {
                let Source::Webhook(webhook) = &trigger.source else {
                    continue;
                };
                let route = Route {
                    plan: plan.clone(),
                    origin: Origin {
                        trigger: trigger.id.clone(),
                        kind: TriggerKind::Webhook,
                    },
                    webhook: webhook.clone(),
                };
                by_path
                    .entry(namespace.hook_path(&webhook.path))
                    .or_default()
                    .push(Arc::new(route));
            }
        }
        *table = Arc::new(Table { by_path });
    }

    /// What a request's path, `/hooks` included, and its method lead to.
    #[must_use]
    pub fn find(&self, path: &str, method: &str) -> Match {
        let Some(path) = path.strip_prefix(PREFIX) else {
            return Match::Unknown;
        };
        let table = self.table.read().unwrap_or_else(|e| e.into_inner());
        let Some(routes) = table.by_path.get(path) else {
            return Match::Unknown;
        };
        match routes.iter().find(|route| route.webhook.method == method) {
            Some(route) => Match::Found(Arc::clone(route)),
            None => Match::OtherMethods(
                routes
                    .iter()
                    .map(|route| route.webhook.method.as_str())
                    .collect::<Vec<_>>()
                    .join(", "),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::fixture;

    fn routes() -> Routes {
        let routes = Routes::default();
        routes.replace(&ours(), &[fixture::active_plan()]);
        routes
    }

    fn ours() -> Namespace {
        Namespace::default_namespace()
    }

    #[test]
    fn a_path_and_its_method_lead_to_a_trigger() {
        let Match::Found(route) = routes().find("/hooks/orders", "POST") else {
            panic!("no route");
        };
        assert_eq!(route.origin.trigger, "orders");
    }

    #[test]
    fn another_method_is_told_which_are_right() {
        assert!(
            matches!(routes().find("/hooks/orders", "GET"), Match::OtherMethods(allow) if allow == "POST")
        );
    }

    #[test]
    fn paths_match_whole_and_below_hooks_only() {
        for path in [
            "/orders",
            "/hooks",
            "/hooks/",
            "/hooks/orders/",
            "/hooksorders",
        ] {
            assert!(
                matches!(routes().find(path, "POST"), Match::Unknown),
                "{path}"
            );
        }
    }

    #[test]
    fn replacing_forgets_what_was() {
        let routes = routes();
        routes.replace(&ours(), &[]);
        assert!(matches!(
            routes.find("/hooks/orders", "POST"),
            Match::Unknown
        ));
    }

    #[test]
    fn hooks_of_other_namespaces_are_below_their_names() {
        let routes = routes();
        let theirs = Namespace::from("billing");
        let mut active = fixture::active_plan();
        let mut plan = (*active.plan).clone();
        plan.namespace = theirs.clone();
        active.plan = plan.into();
        routes.replace(&theirs, &[active]);
        for (path, namespace) in [
            ("/hooks/orders", ours()),
            ("/hooks/billing/orders", theirs.clone()),
        ] {
            let Match::Found(route) = routes.find(path, "POST") else {
                panic!("no route at {path}");
            };
            assert_eq!(route.plan.plan.namespace, namespace);
        }
        // Each is replaced without the other.
        routes.replace(&ours(), &[]);
        assert!(matches!(
            routes.find("/hooks/orders", "POST"),
            Match::Unknown
        ));
        assert!(matches!(
            routes.find("/hooks/billing/orders", "POST"),
            Match::Found(_)
        ));
    }
}
