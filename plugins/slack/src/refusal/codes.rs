//! The codes of errors that Slack documents for the methods of this connector, and what each means.

/// What the engine should do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// The token is no longer good.
    Reauthorize,
    /// The app, the workspace or the step is not set up for it.
    Misconfigured,
    /// This input will never be accepted.
    Reject,
    /// It may go well later, and was not carried out.
    Retry,
    /// Some of it may have been carried out.
    Unclear,
}

/// What is known of a code.
#[derive(Clone, Copy)]
pub struct Known {
    code: &'static str,
    pub meaning: Meaning,
    /// The field of the step's input, as a JSON Pointer.
    pub field: Option<&'static str>,
    sentence: &'static str,
}

const TOKEN: &str = "the token is no longer good, so connect the workspace again";
const FORBIDDEN: &str = "the workspace does not let the app do this, so ask whoever administers it";
const MIGRATING: &str =
    "the workspace is being moved to another plan, and is away until that is done";
const BROKEN: &str = "slack broke down, and some of it may have been carried out";
const NO_CHANNEL: &str =
    "there is no such channel, or the app cannot see it; invite the app, or use the channel's id";

const fn known(
    code: &'static str,
    meaning: Meaning,
    field: &'static str,
    sentence: &'static str,
) -> Known {
    Known {
        code,
        meaning,
        field: if field.is_empty() { None } else { Some(field) },
        sentence,
    }
}

/// What is said of a code that is not listed: it is told as it is.
const UNKNOWN: Known = known("", Meaning::Reject, "", "");

#[rustfmt::skip]
const KNOWN: &[Known] = &[
    known("not_authed", Meaning::Reauthorize, "", TOKEN),
    known("invalid_auth", Meaning::Reauthorize, "", TOKEN),
    known("account_inactive", Meaning::Reauthorize, "", "the bot or the workspace was deleted, so connect another"),
    known("token_revoked", Meaning::Reauthorize, "", "the app was taken out of the workspace, so connect it again"),
    known("token_expired", Meaning::Reauthorize, "", TOKEN),
    known("two_factor_setup_required", Meaning::Reauthorize, "", "the account has to set up its second factor first"),

    known("missing_scope", Meaning::Misconfigured, "", ""),
    known("not_allowed_token_type", Meaning::Misconfigured, "", "the connection has a token of another kind; it takes a bot token, `xoxb-…`"),
    known("no_permission", Meaning::Misconfigured, "", "the app may not do this here; invite it to the channel"),
    known("access_denied", Meaning::Misconfigured, "", FORBIDDEN),
    known("accesslimited", Meaning::Misconfigured, "", "the workspace lets nobody in from this network"),
    known("ekm_access_denied", Meaning::Misconfigured, "", FORBIDDEN),
    known("enterprise_is_restricted", Meaning::Misconfigured, "", FORBIDDEN),
    known("team_access_not_granted", Meaning::Misconfigured, "", FORBIDDEN),
    known("restricted_action", Meaning::Misconfigured, "/channel", FORBIDDEN),
    known("restricted_action_read_only_channel", Meaning::Misconfigured, "/channel", "nobody but its managers posts in this channel"),
    known("restricted_action_thread_only_channel", Meaning::Misconfigured, "/channel", "this channel takes replies in threads alone"),
    known("restricted_action_non_threadable_channel", Meaning::Misconfigured, "/channel", "this channel takes no replies in threads"),
    known("file_uploads_disabled", Meaning::Misconfigured, "", FORBIDDEN),
    known("storage_limit_reached", Meaning::Misconfigured, "", "the workspace has no room for more files"),

    known("ratelimited", Meaning::Retry, "", "the app asks more often than slack allows"),
    known("rate_limited", Meaning::Retry, "", "the app posts more often than slack allows"),
    known("message_limit_exceeded", Meaning::Retry, "", "the workspace posts more often than slack allows"),
    known("service_unavailable", Meaning::Retry, "", "slack is away for the moment"),
    known("request_timeout", Meaning::Retry, "", "the call did not come whole"),
    known("team_added_to_org", Meaning::Retry, "", MIGRATING),
    known("org_login_required", Meaning::Retry, "", MIGRATING),
    known("external_channel_migrating", Meaning::Retry, "/channel", "the channel is being moved"),
    known("fatal_error", Meaning::Unclear, "", BROKEN),
    known("internal_error", Meaning::Unclear, "", BROKEN),
    known("update_failed", Meaning::Unclear, "", BROKEN),
    known("file_update_failed", Meaning::Unclear, "", BROKEN),

    known("channel_not_found", Meaning::Reject, "/channel", NO_CHANNEL),
    known("invalid_channel", Meaning::Reject, "/channel", NO_CHANNEL),
    known("not_in_channel", Meaning::Reject, "/channel", "the app is not in the channel; invite it with `/invite`"),
    known("posting_to_channel_denied", Meaning::Reject, "/channel", "the app may not post in this channel"),
    known("is_archived", Meaning::Reject, "/channel", "the channel is archived"),
    known("is_inactive", Meaning::Reject, "/channel", "the channel is archived, frozen or deleted"),
    known("messages_tab_disabled", Meaning::Reject, "/channel", "the app takes no direct messages; turn its messages tab on under App Home"),
    known("no_text", Meaning::Reject, "/text", "a message needs a text, blocks or attachments"),
    known("msg_too_long", Meaning::Reject, "/text", "the text is too long"),
    known("invalid_blocks", Meaning::Reject, "/blocks", "the blocks are not what Block Kit takes"),
    known("invalid_blocks_format", Meaning::Reject, "/blocks", "the blocks are not what Block Kit takes"),
    known("block_mismatch", Meaning::Reject, "/blocks", "rich text stays rich text when a message is changed"),
    known("invalid_attachments", Meaning::Reject, "/attachments", "the attachments are not what slack takes"),
    known("too_many_attachments", Meaning::Reject, "/attachments", "a message has at most 100 attachments"),
    known("invalid_metadata_format", Meaning::Reject, "/metadata", "the metadata needs an `event_type` and an `event_payload`"),
    known("invalid_metadata_schema", Meaning::Reject, "/metadata", "the metadata does not fit what the app declares"),
    known("metadata_too_large", Meaning::Reject, "/metadata", "the metadata is too large"),
    known("thread_not_found", Meaning::Reject, "/thread-ts", "there is no message with this time in the channel"),
    known("cannot_reply_to_message", Meaning::Reject, "/thread-ts", "nobody can reply to a message of this kind"),
    known("message_not_found", Meaning::Reject, "/ts", "there is no message with this time in the channel"),
    known("cant_update_message", Meaning::Reject, "/ts", "an app changes its own messages alone"),
    known("edit_window_closed", Meaning::Reject, "/ts", "the workspace lets nobody change a message of this age"),
    known("invalid_ts_latest", Meaning::Reject, "/latest", "it is no time of slack, such as `1503435956.000247`"),
    known("invalid_ts_oldest", Meaning::Reject, "/oldest", "it is no time of slack, such as `1503435956.000247`"),
    known("invalid_cursor", Meaning::Reject, "", "slack does not know this page any more; begin with the first one"),
    known("users_not_found", Meaning::Reject, "/email", "nobody in the workspace has this address, or the app cannot see them"),
    known("file_not_found", Meaning::Reject, "", "slack does not have the upload any more"),
    known("file_upload_size_restricted", Meaning::Reject, "/file", "the workspace takes no file of this size"),
    known("missing_argument", Meaning::Reject, "", "something that slack needs is missing; an empty file has no length"),
    known("alt_txt_too_large", Meaning::Reject, "/alt-text", "the description is longer than 1,000 characters"),
    known("invalid_arguments", Meaning::Reject, "", "slack does not take the parameters"),
];

/// What a code means.
pub fn meaning(code: &str) -> Known {
    KNOWN
        .iter()
        .copied()
        .find(|known| known.code == code)
        .unwrap_or(UNKNOWN)
}

/// What to say about a code; nothing where it is not known.
pub fn sentence(code: &str) -> &'static str {
    meaning(code).sentence
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_code_stands_there_once() {
        let mut seen = BTreeSet::new();
        assert!(KNOWN.iter().all(|known| seen.insert(known.code)));
    }
}
