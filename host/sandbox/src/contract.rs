//! The contract of `wit/` as Rust: what plugins import and what the host calls of them.

#![allow(missing_docs, clippy::all, clippy::pedantic, unused_qualifications)]

wasmtime::component::bindgen!({
    path: "../../wit",
    inline: "
        package mortise:host;

        world host {
            import mortise:plugin/context@0.1.0;
            import mortise:plugin/http@0.1.0;
            import mortise:plugin/files@0.1.0;
            import mortise:plugin/log@0.1.0;
            import mortise:plugin/state@0.1.0;
            import mortise:plugin/connection@0.1.0;
            import mortise:plugin/sql@0.1.0;
            import mortise:plugin/mail@0.1.0;
            import mortise:plugin/mailbox@0.1.0;

            export mortise:plugin/describe@0.1.0;
            export mortise:plugin/check@0.1.0;
            export mortise:plugin/actions@0.1.0;
            export mortise:plugin/polling@0.1.0;
            export mortise:plugin/webhooks@0.1.0;
            export mortise:plugin/transform@0.1.0;
        }
    ",
    world: "mortise:host/host",
    imports: {
        "mortise:plugin/http.send": async | trappable,
        "mortise:plugin/connection.sign": async | trappable,
        "mortise:plugin/connection.verify": async | trappable,
        "mortise:plugin/mail.send": async | trappable,
        "mortise:plugin/mail.deliver": async | trappable,
        "mortise:plugin/mail.probe": async | trappable,
        "mortise:plugin/mailbox.fetch": async | trappable,
        "mortise:plugin/mailbox.examine": async | trappable,
        "mortise:plugin/mailbox.mailboxes": async | trappable,
        "mortise:plugin/sql.transact": async | trappable,
        default: trappable,
    },
    exports: {
        "mortise:plugin/check.check": async,
        "mortise:plugin/actions.invoke": async,
        "mortise:plugin/polling.poll": async,
        "mortise:plugin/webhooks.receive": async,
        "mortise:plugin/webhooks.subscribe": async,
        "mortise:plugin/webhooks.unsubscribe": async,
    },
    additional_derives: [serde::Deserialize, serde::Serialize],
    require_store_data_send: true,
});
