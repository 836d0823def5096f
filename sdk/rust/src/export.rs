//! `export!`: from a list of operations to a component.

use crate::Failure;

/// What every role answers for a name that it does not have.
#[cold]
pub fn unknown(operation: &str, role: &str) -> Failure {
    Failure::misconfigured(format!("this plugin has no {role} called `{operation}`"))
}

/// Makes the component: its exports for just the roles that are named, and its descriptor, which the
/// function `descriptor()` gives on every target, for tests.
///
/// The parts stand in this order, all but the first may be left out:
///
/// ```text
/// mortise_sdk::export! {
///     plugin: FUNCTION,            // fn() -> Plugin
///     check: TYPE,
///     actions: [TYPE, …],
///     batch: [TYPE, …],
///     polling: [TYPE, …],
///     webhooks: [TYPE, …],
///     explore: TYPE,
///     transforms: [TYPE, …],
/// }
/// ```
#[macro_export]
macro_rules! export {
    (
        plugin: $plugin:path
        $(, check: $check:ty)?
        $(, actions: [$($action:ty),+ $(,)?])?
        $(, batch: [$($batch:ty),+ $(,)?])?
        $(, polling: [$($polling:ty),+ $(,)?])?
        $(, webhooks: [$($webhook:ty),+ $(,)?])?
        $(, explore: $explore:ty)?
        $(, transforms: [$($transform:ty),+ $(,)?])?
        $(,)?
    ) => {
        /// What this plugin says about itself.
        pub fn descriptor() -> $crate::Descriptor {
            $plugin().describe(vec![
                $($($crate::action::operation::<$action>(),)+)?
                $($($crate::batch::operation::<$batch>(),)+)?
                $($($crate::polling::operation::<$polling>(),)+)?
                $($($crate::webhook::operation::<$webhook>(),)+)?
                $($($crate::transform::operation::<$transform>(),)+)?
            ])
        }

        #[cfg(target_arch = "wasm32")]
        const _: () = {
            struct Component;

            impl $crate::bindings::describe::exports::mortise::plugin::describe::Guest for Component {
                fn describe() -> String {
                    descriptor().to_json()
                }
            }
            $crate::bindings::describe::export_describe!(Component with_types_in $crate::bindings::describe);

            $($crate::__export_check!(Component, $check);)?
            $($crate::__export_actions!(Component, $($action),+);)?
            $($crate::__export_batch!(Component, $($batch),+);)?
            $($crate::__export_polling!(Component, $($polling),+);)?
            $($crate::__export_webhooks!(Component, $($webhook),+);)?
            $($crate::__export_explore!(Component, $explore);)?
            $($crate::__export_transform!(Component, $($transform),+);)?
        };
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __export_check {
    ($component:ident, $check:ty) => {
        impl $crate::bindings::check::exports::mortise::plugin::check::Guest for $component {
            fn check()
            -> Result<$crate::bindings::check::exports::mortise::plugin::check::Account, $crate::Failure> {
                $crate::check::check::<$check>()
            }
        }
        $crate::bindings::check::export_check!($component with_types_in $crate::bindings::check);
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __export_actions {
    ($component:ident, $($action:ty),+) => {
        const _: () = {
            use $crate::bindings::actions::exports::mortise::plugin::actions as raw;
            impl raw::Guest for $component {
                fn invoke(
                    operation: String,
                    input: String,
                    turn: raw::Turn,
                ) -> Result<raw::Outcome, $crate::Failure> {
                    match operation.as_str() {
                        $(<$action as $crate::Action>::NAME => $crate::action::invoke::<$action>(&input, turn),)+
                        other => Err($crate::export::unknown(other, "action")),
                    }
                }
            }
        };
        $crate::bindings::actions::export_actions!($component with_types_in $crate::bindings::actions);
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __export_batch {
    ($component:ident, $($batch:ty),+) => {
        const _: () = {
            use $crate::bindings::batch::exports::mortise::plugin::batch as raw;
            impl raw::Guest for $component {
                fn invoke(
                    operation: String,
                    items: Vec<raw::Item>,
                ) -> Result<Vec<Result<String, $crate::Failure>>, $crate::Failure> {
                    match operation.as_str() {
                        $(<$batch as $crate::Batch>::NAME => $crate::batch::invoke::<$batch>(items),)+
                        other => Err($crate::export::unknown(other, "batch operation")),
                    }
                }
            }
        };
        $crate::bindings::batch::export_batch!($component with_types_in $crate::bindings::batch);
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __export_polling {
    ($component:ident, $($polling:ty),+) => {
        const _: () = {
            use $crate::bindings::polling::exports::mortise::plugin::polling as raw;
            impl raw::Guest for $component {
                fn poll(
                    operation: String,
                    input: String,
                    cursor: Option<String>,
                ) -> Result<raw::News, $crate::Failure> {
                    match operation.as_str() {
                        $(<$polling as $crate::Polling>::NAME => $crate::polling::poll::<$polling>(&input, cursor),)+
                        other => Err($crate::export::unknown(other, "polling operation")),
                    }
                }
            }
        };
        $crate::bindings::polling::export_polling!($component with_types_in $crate::bindings::polling);
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __export_webhooks {
    ($component:ident, $($webhook:ty),+) => {
        const _: () = {
            use $crate::bindings::webhooks::exports::mortise::plugin::webhooks as raw;
            impl raw::Guest for $component {
                fn receive(
                    operation: String,
                    input: String,
                    memory: Option<String>,
                    request: raw::Request,
                ) -> Result<raw::Reception, $crate::Failure> {
                    match operation.as_str() {
                        $(<$webhook as $crate::Webhook>::NAME =>
                            $crate::webhook::receive::<$webhook>(&input, memory, request),)+
                        other => Err($crate::export::unknown(other, "webhook")),
                    }
                }

                fn subscribe(
                    operation: String,
                    input: String,
                    url: String,
                    memory: Option<String>,
                ) -> Result<raw::Subscription, $crate::Failure> {
                    match operation.as_str() {
                        $(<$webhook as $crate::Webhook>::NAME =>
                            $crate::webhook::subscribe::<$webhook>(&input, url, memory),)+
                        other => Err($crate::export::unknown(other, "webhook")),
                    }
                }

                fn unsubscribe(operation: String, input: String, memory: String) -> Result<(), $crate::Failure> {
                    match operation.as_str() {
                        $(<$webhook as $crate::Webhook>::NAME =>
                            $crate::webhook::unsubscribe::<$webhook>(&input, &memory),)+
                        other => Err($crate::export::unknown(other, "webhook")),
                    }
                }
            }
        };
        $crate::bindings::webhooks::export_webhooks!($component with_types_in $crate::bindings::webhooks);
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __export_explore {
    ($component:ident, $explore:ty) => {
        const _: () = {
            use $crate::bindings::explore::exports::mortise::plugin::explore as raw;
            impl raw::Guest for $component {
                fn options(
                    operation: String,
                    field: String,
                    input: String,
                    query: Option<String>,
                    page: Option<String>,
                ) -> Result<raw::Choices, $crate::Failure> {
                    $crate::explore::options::<$explore>(operation, field, &input, query, page)
                }

                fn schemas(operation: String, input: String) -> Result<(String, String), $crate::Failure> {
                    $crate::explore::schemas::<$explore>(&operation, &input)
                }
            }
        };
        $crate::bindings::explore::export_explore!($component with_types_in $crate::bindings::explore);
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __export_transform {
    ($component:ident, $($transform:ty),+) => {
        impl $crate::bindings::transform::exports::mortise::plugin::transform::Guest for $component {
            fn apply(
                operation: String,
                config: String,
                records: Vec<String>,
            ) -> Result<$crate::Outcomes, $crate::Failure> {
                match operation.as_str() {
                    $(<$transform as $crate::RawTransform>::NAME =>
                        <$transform as $crate::RawTransform>::apply_all(&config, records),)+
                    other => Err($crate::export::unknown(other, "transform")),
                }
            }
        }
        $crate::bindings::transform::export_transform!($component with_types_in $crate::bindings::transform);
    };
}
