//! The whole way of reading.

use imap_proto::{AttributeValue, MailboxDatum, Response, ResponseCode};
use jiff::Timestamp;
use mortise_egress::Client;

use crate::error::Error;
use crate::imap::{Imap, decode, encode, quoted};
use crate::mailer::Way;
use crate::message::{Found, Incoming, Query, Status};
use crate::parse::{self, Room};
use crate::server::{Kind, Security, Server};
use crate::settings::Settings;
use crate::stream::Wire;

/// Beside the messages: lists of UIDs, headers of those that are too large.
const BESIDE_MAX_BYTES: usize = 4 << 20;

/// What is read of a header whose message is too large.
const HEADER_MAX_BYTES: usize = 256 << 10;

/// Texts of one reading, all messages together: half of what a call may give.
const TEXTS_MAX_BYTES: usize = 4 << 20;

/// Mailboxes that are named.
const MAILBOXES_MAX: usize = 1_000;

/// A mailbox that was opened.
#[derive(Default)]
struct Opened {
    uid_validity: Option<u32>,
    messages: u32,
}

/// What is known of a message before it is read.
#[derive(Clone, Debug, Default)]
struct Known {
    uid: u32,
    size: u32,
    received: Option<Timestamp>,
    seen: bool,
}

/// Reads messages.
pub(crate) async fn fetch(
    (egress, limits): (&Client, &Settings),
    way: &Way<'_>,
    query: &Query,
) -> Result<Found, Error> {
    let since = query.since.as_deref().map(|text| {
        let time = text.parse::<Timestamp>();
        time.map_err(|error| Error::invalid("/since", format!("is no time of RFC 3339: {error}")))
    });
    let since = since.transpose()?;
    let name = mailbox_name(&query.mailbox)?;
    let mut imap = connected((egress, limits), way).await?;
    let word = if query.mark_seen { "SELECT" } else { "EXAMINE" };
    let opened = open(&mut imap, word, &name).await?;
    let uid_validity = validity(&opened)?;
    let mut found = Found {
        uid_validity,
        ..Found::default()
    };
    if query
        .after
        .is_none_or(|(validity, _)| validity == uid_validity)
    {
        let after = query.after.map_or(0, |(_, uid)| uid);
        let known = list(
            &mut imap,
            after,
            since,
            query.max.min(limits.fetch_messages_max),
        )
        .await?;
        found.more = known.1;
        read(&mut imap, limits, known.0, query, &mut found).await?;
    }
    imap.quit().await;
    Ok(found)
}

/// Says what a mailbox holds.
pub(crate) async fn examine(
    (egress, limits): (&Client, &Settings),
    way: &Way<'_>,
    mailbox: &str,
) -> Result<Status, Error> {
    let name = mailbox_name(mailbox)?;
    let mut imap = connected((egress, limits), way).await?;
    let opened = open(&mut imap, "EXAMINE", &name).await?;
    let mut status = Status {
        uid_validity: validity(&opened)?,
        messages: opened.messages,
        ..Status::default()
    };
    if opened.messages > 0 {
        // `*` is the last message there is.
        let last = describe(&mut imap, "FETCH *").await?.pop();
        let last = last.unwrap_or_default();
        status.last_uid = last.uid;
        status.last_received = last.received.map(|time| time.to_string());
    }
    imap.quit().await;
    Ok(status)
}

/// Names the mailboxes.
pub(crate) async fn mailboxes(
    (egress, limits): (&Client, &Settings),
    way: &Way<'_>,
) -> Result<Vec<String>, Error> {
    let mut imap = connected((egress, limits), way).await?;
    let mut names = Vec::new();
    imap.run("LIST \"\" \"*\"", |response| {
        if let Response::MailboxData(MailboxDatum::List(one)) = response
            && names.len() < MAILBOXES_MAX
        {
            names.push(decode(&one.name));
        }
    })
    .await?;
    imap.quit().await;
    Ok(names)
}

/// A session that is encrypted and logged in as the settings say.
async fn connected((egress, limits): (&Client, &Settings), way: &Way<'_>) -> Result<Imap, Error> {
    let server = Server::of(Kind::Imap, way.settings)?;
    let login = way.login_of(&server)?;
    let max_bytes = limits.fetch_max_bytes.saturating_add(BESIDE_MAX_BYTES);
    let wire = Wire::open((egress, limits), way, &server, max_bytes).await?;
    let mut imap = Imap::greeted(wire).await?;
    imap.abilities().await?;
    if server.security == Security::Starttls {
        imap.start_tls(server.peer.origin()).await?;
        imap.wire.encrypt(egress, &server).await?;
        imap.abilities().await?;
    }
    if let Some(login) = login {
        imap.log_in(&login).await?;
    }
    Ok(imap)
}

fn mailbox_name(mailbox: &str) -> Result<String, Error> {
    match mailbox.is_empty() || mailbox.contains(char::is_control) {
        true => Err(Error::invalid(
            "/mailbox",
            "is no name of a mailbox, such as `INBOX`",
        )),
        false => Ok(quoted(&encode(mailbox))),
    }
}

async fn open(imap: &mut Imap, word: &str, name: &str) -> Result<Opened, Error> {
    let mut opened = Opened::default();
    imap.run(&format!("{word} {name}"), |response| match response {
        Response::MailboxData(MailboxDatum::Exists(count)) => opened.messages = count,
        Response::Data { outcome, .. } => {
            if let Some(ResponseCode::UidValidity(value)) = outcome.code {
                opened.uid_validity = Some(value);
            }
        }
        _ => {}
    })
    .await?;
    Ok(opened)
}

fn validity(opened: &Opened) -> Result<u32, Error> {
    let none = || {
        Error::No(
            "the server gives its messages no lasting UIDs, so nobody can tell which are new"
                .to_owned(),
        )
    };
    opened
        .uid_validity
        .filter(|value| *value > 0)
        .ok_or_else(none)
}

/// What there is behind a UID, the oldest first, and whether there is more.
async fn list(
    imap: &mut Imap,
    after: u32,
    since: Option<Timestamp>,
    max: u32,
) -> Result<(Vec<Known>, bool), Error> {
    let Some(first) = after.checked_add(1) else {
        return Ok((Vec::new(), false));
    };
    // A day earlier: servers compare days as they see them (RFC 3501, 6.4.4). The exact time is looked at below.
    let day = since.map(|time| {
        let day = time - jiff::SignedDuration::from_hours(24);
        day.strftime(" SINCE %-d-%b-%Y").to_string()
    });
    let mut uids = Vec::new();
    let search = format!("UID SEARCH UID {first}:*{}", day.unwrap_or_default());
    imap.run(&search, |response| {
        if let Response::MailboxData(MailboxDatum::Search(found)) = response {
            uids.extend(found);
        }
    })
    .await?;
    // `n:*` names the last message also where its UID is below n.
    uids.retain(|uid| *uid > after);
    uids.sort_unstable();
    uids.dedup();
    let max = max.max(1) as usize;
    let mut all = Vec::new();
    for some in uids.chunks(500) {
        if all.len() > max {
            break;
        }
        let set: Vec<String> = some.iter().map(u32::to_string).collect();
        let mut known = describe(imap, &format!("UID FETCH {}", set.join(","))).await?;
        known.sort_unstable_by_key(|one| one.uid);
        known.retain(|one| {
            some.contains(&one.uid)
                && since.is_none_or(|since| one.received.is_none_or(|at| at >= since))
        });
        all.append(&mut known);
    }
    let more = all.len() > max;
    all.truncate(max);
    Ok((all, more))
}

/// What is known of messages without reading them.
async fn describe(imap: &mut Imap, command: &str) -> Result<Vec<Known>, Error> {
    let mut all = Vec::new();
    imap.run(
        &format!("{command} (UID RFC822.SIZE INTERNALDATE FLAGS)"),
        |response| {
            if let Response::Fetch(_, attributes) = response {
                let mut known = Known::default();
                for attribute in &attributes {
                    match attribute {
                        AttributeValue::Uid(uid) => known.uid = *uid,
                        AttributeValue::Rfc822Size(size) => known.size = *size,
                        AttributeValue::InternalDate(text) => known.received = internal_date(text),
                        AttributeValue::Flags(flags) => {
                            known.seen =
                                flags.iter().any(|flag| flag.eq_ignore_ascii_case("\\Seen"));
                        }
                        _ => {}
                    }
                }
                // A server may tell of flags that change meanwhile, without a UID.
                if known.uid > 0 {
                    all.push(known);
                }
            }
        },
    )
    .await?;
    Ok(all)
}

/// `17-Jul-1996 02:44:25 -0700`
fn internal_date(text: &str) -> Option<Timestamp> {
    Timestamp::strptime("%d-%b-%Y %H:%M:%S %z", text.trim()).ok()
}

/// Reads messages until there is no room for another one.
async fn read(
    imap: &mut Imap,
    limits: &Settings,
    known: Vec<Known>,
    query: &Query,
    found: &mut Found,
) -> Result<(), Error> {
    let mut room = Room {
        bytes: query.room_bytes,
        files: query.room_files,
    };
    let mut left_bytes = limits.fetch_max_bytes;
    let mut left_text_bytes = TEXTS_MAX_BYTES;
    for one in known {
        let size = one.size as usize;
        let is_too_large = size > limits.message_max_bytes.min(limits.fetch_max_bytes);
        if !found.messages.is_empty() && !is_too_large && (size > left_bytes || size > room.bytes) {
            found.more = true;
            break;
        }
        let raw = body(imap, &one, is_too_large, query.mark_seen).await?;
        // It went away since it was listed.
        let Some(raw) = raw else { continue };
        left_bytes = left_bytes.saturating_sub(raw.len());
        let mut message = parse::parse(&raw, &mut room);
        let texts = [&message.text, &message.html].into_iter().flatten();
        let text_bytes: usize = texts.map(String::len).sum();
        let has_no_room = message.truncated || text_bytes > left_text_bytes;
        if has_no_room && !found.messages.is_empty() {
            // There is room for it in another reading, where it comes first.
            found.more = true;
            break;
        }
        left_text_bytes = left_text_bytes.saturating_sub(text_bytes);
        message.truncated |= is_too_large;
        found.messages.push(Incoming {
            uid: one.uid,
            size: u64::from(one.size),
            received: one.received.map(|time| time.to_string()),
            seen: one.seen || query.mark_seen,
            ..message
        });
    }
    Ok(())
}

async fn body(
    imap: &mut Imap,
    one: &Known,
    header_only: bool,
    mark_seen: bool,
) -> Result<Option<Vec<u8>>, Error> {
    // Without PEEK the server marks the message as read.
    let peek = if mark_seen { "" } else { ".PEEK" };
    let what = match header_only {
        true => format!("BODY{peek}[HEADER]<0.{HEADER_MAX_BYTES}>"),
        false => format!("BODY{peek}[]"),
    };
    let mut raw = None;
    imap.run(&format!("UID FETCH {} ({what})", one.uid), |response| {
        if let Response::Fetch(_, attributes) = response {
            for attribute in attributes {
                if let AttributeValue::BodySection {
                    data: Some(data), ..
                } = attribute
                {
                    raw = Some(data.into_owned());
                }
            }
        }
    })
    .await?;
    Ok(raw)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn internal_dates_are_times() {
        let read = |text| internal_date(text).map(|time| time.to_string());
        assert_eq!(
            read("17-Jul-1996 02:44:25 -0700").as_deref(),
            Some("1996-07-17T09:44:25Z")
        );
        assert_eq!(
            read(" 1-Jan-2026 00:00:00 +0000").as_deref(),
            Some("2026-01-01T00:00:00Z")
        );
        assert_eq!(read("tomorrow"), None);
    }
}
