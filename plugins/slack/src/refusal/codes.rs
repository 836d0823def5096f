//! The codes of errors that Slack documents for the methods of this connector, and what each means.
//!
//! `Retry` is for what was certainly not carried out, `Unclear` for what may have been in part.

use mortise_sdk::Disposition::{self, Misconfigured, Reauthorize, Reject, Unclear};

/// What is known of a code.
#[derive(Clone, Copy)]
pub struct Known {
    code: &'static str,
    /// What the engine should do.
    pub disposition: Disposition,
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

const RETRY: Disposition = Disposition::Retry(None);

const fn known(
    code: &'static str,
    disposition: Disposition,
    field: &'static str,
    sentence: &'static str,
) -> Known {
    Known {
        code,
        disposition,
        field: if field.is_empty() { None } else { Some(field) },
        sentence,
    }
}

/// What is said of a code that is not listed: it is told as it is.
const UNKNOWN: Known = known("", Reject, "", "");

#[rustfmt::skip]
const KNOWN: &[Known] = &[
    known("not_authed", Reauthorize, "", TOKEN),
    known("invalid_auth", Reauthorize, "", TOKEN),
    known("account_inactive", Reauthorize, "", "the bot or the workspace was deleted, so connect another"),
    known("token_revoked", Reauthorize, "", "the app was taken out of the workspace, so connect it again"),
    known("token_expired", Reauthorize, "", TOKEN),
    known("two_factor_setup_required", Reauthorize, "", "the account has to set up its second factor first"),

    known("missing_scope", Misconfigured, "", ""),
    known("not_allowed_token_type", Misconfigured, "", "the connection has a token of another kind; it takes a bot token, `xoxb-…`"),
    known("no_permission", Misconfigured, "", "the app may not do this here; invite it to the channel"),
    known("access_denied", Misconfigured, "", FORBIDDEN),
    known("accesslimited", Misconfigured, "", "the workspace lets nobody in from this network"),
    known("ekm_access_denied", Misconfigured, "", FORBIDDEN),
    known("enterprise_is_restricted", Misconfigured, "", FORBIDDEN),
    known("team_access_not_granted", Misconfigured, "", FORBIDDEN),
    known("restricted_action", Misconfigured, "/channel", FORBIDDEN),
    known("restricted_action_read_only_channel", Misconfigured, "/channel", "nobody but its managers posts in this channel"),
    known("restricted_action_thread_only_channel", Misconfigured, "/channel", "this channel takes replies in threads alone"),
    known("restricted_action_non_threadable_channel", Misconfigured, "/channel", "this channel takes no replies in threads"),
    known("file_uploads_disabled", Misconfigured, "", FORBIDDEN),
    known("storage_limit_reached", Misconfigured, "", "the workspace has no room for more files"),

    known("ratelimited", RETRY, "", "the app asks more often than slack allows"),
    known("rate_limited", RETRY, "", "the app posts more often than slack allows"),
    known("message_limit_exceeded", RETRY, "", "the workspace posts more often than slack allows"),
    known("service_unavailable", RETRY, "", "slack is away for the moment"),
    known("request_timeout", RETRY, "", "the call did not come whole"),
    known("team_added_to_org", RETRY, "", MIGRATING),
    known("org_login_required", RETRY, "", MIGRATING),
    known("external_channel_migrating", RETRY, "/channel", "the channel is being moved"),
    known("fatal_error", Unclear, "", BROKEN),
    known("internal_error", Unclear, "", BROKEN),
    known("update_failed", Unclear, "", BROKEN),
    known("file_update_failed", Unclear, "", BROKEN),

    known("channel_not_found", Reject, "/channel", NO_CHANNEL),
    known("invalid_channel", Reject, "/channel", NO_CHANNEL),
    known("not_in_channel", Reject, "/channel", "the app is not in the channel; invite it with `/invite`"),
    known("posting_to_channel_denied", Reject, "/channel", "the app may not post in this channel"),
    known("is_archived", Reject, "/channel", "the channel is archived"),
    known("is_inactive", Reject, "/channel", "the channel is archived, frozen or deleted"),
    known("messages_tab_disabled", Reject, "/channel", "the app takes no direct messages; turn its messages tab on under App Home"),
    known("no_text", Reject, "/text", "a message needs a text, blocks or attachments"),
    known("msg_too_long", Reject, "/text", "the text is too long"),
    known("invalid_blocks", Reject, "/blocks", "the blocks are not what Block Kit takes"),
    known("invalid_blocks_format", Reject, "/blocks", "the blocks are not what Block Kit takes"),
    known("block_mismatch", Reject, "/blocks", "rich text stays rich text when a message is changed"),
    known("invalid_attachments", Reject, "/attachments", "the attachments are not what slack takes"),
    known("too_many_attachments", Reject, "/attachments", "a message has at most 100 attachments"),
    known("invalid_metadata_format", Reject, "/metadata", "the metadata needs an `event_type` and an `event_payload`"),
    known("invalid_metadata_schema", Reject, "/metadata", "the metadata does not fit what the app declares"),
    known("metadata_too_large", Reject, "/metadata", "the metadata is too large"),
    known("thread_not_found", Reject, "/thread-ts", "there is no message with this time in the channel"),
    known("cannot_reply_to_message", Reject, "/thread-ts", "nobody can reply to a message of this kind"),
    known("message_not_found", Reject, "/ts", "there is no message with this time in the channel"),
    known("cant_update_message", Reject, "/ts", "an app changes its own messages alone"),
    known("edit_window_closed", Reject, "/ts", "the workspace lets nobody change a message of this age"),
    known("invalid_ts_latest", Reject, "/latest", "it is no time of slack, such as `1503435956.000247`"),
    known("invalid_ts_oldest", Reject, "/oldest", "it is no time of slack, such as `1503435956.000247`"),
    known("invalid_cursor", Reject, "", "slack does not know this page any more; begin with the first one"),
    known("users_not_found", Reject, "/email", "nobody in the workspace has this address, or the app cannot see them"),
    known("file_not_found", Reject, "", "slack does not have the upload any more"),
    known("file_upload_size_restricted", Reject, "/file", "the workspace takes no file of this size"),
    known("missing_argument", Reject, "", "something that slack needs is missing; an empty file has no length"),
    known("alt_txt_too_large", Reject, "/alt-text", "the description is longer than 1,000 characters"),
    known("invalid_arguments", Reject, "", "slack does not take the parameters"),
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
