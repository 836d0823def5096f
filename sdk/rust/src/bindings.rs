//! What wit-bindgen makes of `wit/`: one world for everything that a plugin may import, and one
//! for each role, so that a component exports only the roles that it has.
//!
//! The types are the same on every target; only `export!` and the imported functions need wasm.
#![allow(
    missing_docs,
    unsafe_code,
    unused_qualifications,
    clippy::undocumented_unsafe_blocks
)]

pub mod imports {
    wit_bindgen::generate!({
        inline: "package mortise:sdk;
            world imports {
                include mortise:plugin/mail-connector-imports@0.1.0;
                import mortise:plugin/types@0.1.0;
                import mortise:plugin/events@0.1.0;
            }",
        path: "wit",
        generate_all,
        generate_unused_types: true,
        additional_derives: [PartialEq],
    });
}

macro_rules! role {
    ($module:ident, $macro_name:literal, $module_path:literal, $inline:literal $(, $shared:literal: $path:path)?) => {
        pub mod $module {
            wit_bindgen::generate!({
                inline: $inline,
                path: "wit",
                with: {
                    "mortise:plugin/types@0.1.0": crate::bindings::imports::mortise::plugin::types,
                    $($shared: $path,)?
                },
                pub_export_macro: true,
                export_macro_name: $macro_name,
                default_bindings_module: $module_path,
                additional_derives: [PartialEq],
            });
        }
    };
}

role!(
    describe,
    "export_describe",
    "mortise_sdk::bindings::describe",
    "package mortise:sdk; world describe { export mortise:plugin/describe@0.1.0; }"
);
role!(
    check,
    "export_check",
    "mortise_sdk::bindings::check",
    "package mortise:sdk; world check { export mortise:plugin/check@0.1.0; }"
);
role!(
    actions,
    "export_actions",
    "mortise_sdk::bindings::actions",
    "package mortise:sdk; world actions { export mortise:plugin/actions@0.1.0; }"
);
role!(
    batch,
    "export_batch",
    "mortise_sdk::bindings::batch",
    "package mortise:sdk; world batch { export mortise:plugin/batch@0.1.0; }"
);
role!(polling, "export_polling", "mortise_sdk::bindings::polling",
    "package mortise:sdk; world polling { export mortise:plugin/polling@0.1.0; }",
    "mortise:plugin/events@0.1.0": crate::bindings::imports::mortise::plugin::events);
role!(webhooks, "export_webhooks", "mortise_sdk::bindings::webhooks",
    "package mortise:sdk; world webhooks { export mortise:plugin/webhooks@0.1.0; }",
    "mortise:plugin/events@0.1.0": crate::bindings::imports::mortise::plugin::events);
role!(
    explore,
    "export_explore",
    "mortise_sdk::bindings::explore",
    "package mortise:sdk; world explore { export mortise:plugin/explore@0.1.0; }"
);
role!(
    transform,
    "export_transform",
    "mortise_sdk::bindings::transform",
    "package mortise:sdk; world transform { export mortise:plugin/transform@0.1.0; }"
);
