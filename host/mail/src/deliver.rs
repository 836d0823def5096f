//! The whole way of a message.

use mortise_egress::Client;
use smtp_proto::{EXT_8BIT_MIME, EXT_SIZE, EXT_SMTP_UTF8};

use crate::compose::{Composed, Recipient};
use crate::error::Error;
use crate::mailer::Way;
use crate::message::{Receipt, Refused};
use crate::server::{Kind, Security, Server};
use crate::settings::Settings;
use crate::smtp::{Smtp, not_sent, taken};
use crate::stream::{Broken, Patience, Wire};

/// All that a server may say about one message.
const SAID_MAX_BYTES: usize = 1 << 20;

/// Ends a message.
const END: &[u8] = b".\r\n";

/// Hands a message over.
pub(crate) async fn deliver(
    (egress, limits): (&Client, &Settings),
    way: &Way<'_>,
    message: Composed,
    partial: bool,
) -> Result<Receipt, Error> {
    let server = Server::of(Kind::Smtp, way.settings)?;
    let mut smtp = connected((egress, limits), way, &server).await?;
    if smtp.offers(EXT_SIZE) && (1..message.content.len()).contains(&smtp.extensions.size) {
        let most = smtp.extensions.size;
        let why = format!(
            "is part of a message of {} bytes, and the server takes {most}",
            message.content.len()
        );
        return Err(Error::invalid("/attachments", why));
    }
    let begun = begin(&mut smtp, &message, partial).await;
    let refused = match begun {
        Ok(refused) => refused,
        Err(error) => {
            smtp.quit().await;
            return Err(error);
        }
    };
    let reply = hand_over(&mut smtp, limits, &message.content).await?;
    smtp.quit().await;
    Ok(Receipt {
        message_id: message.id,
        reply,
        refused,
    })
}

/// Logs in and sends nothing.
pub(crate) async fn probe(
    (egress, limits): (&Client, &Settings),
    way: &Way<'_>,
) -> Result<String, Error> {
    let server = Server::of(Kind::Smtp, way.settings)?;
    let smtp = connected((egress, limits), way, &server).await?;
    let name = smtp.extensions.hostname.clone();
    smtp.quit().await;
    Ok(name)
}

/// A session that is encrypted and logged in as the settings say.
async fn connected(
    (egress, limits): (&Client, &Settings),
    way: &Way<'_>,
    server: &Server,
) -> Result<Smtp, Error> {
    let login = way.login_of(server)?;
    let wire = Wire::open((egress, limits), way, server, SAID_MAX_BYTES).await?;
    let mut smtp = Smtp::greeted(wire).await?;
    if server.security == Security::Starttls {
        smtp.start_tls(server.peer.origin()).await?;
        smtp.wire.encrypt(egress, server).await?;
        smtp.hello().await?;
    }
    if let Some(login) = login {
        smtp.log_in(&login).await?;
    }
    Ok(smtp)
}

/// Tells who sends and who receives; gives those whom the server refuses.
async fn begin(smtp: &mut Smtp, message: &Composed, partial: bool) -> Result<Vec<Refused>, Error> {
    let mut from = format!("MAIL FROM:<{}>", message.sender.address);
    if smtp.offers(EXT_SIZE) {
        from += &format!(" SIZE={}", message.content.len());
    }
    if !message.content.is_ascii() && smtp.offers(EXT_8BIT_MIME) {
        from += " BODY=8BITMIME";
    }
    if let Some(one) = message.needs_utf8() {
        if !smtp.offers(EXT_SMTP_UTF8) {
            let why = "has letters that the server does not take: it does not offer SMTPUTF8";
            return Err(Error::invalid(&one.field, why));
        }
        from += " SMTPUTF8";
    }
    from += "\r\n";
    let reply = smtp.ask(&from).await.map_err(not_sent)?;
    if !reply.is_positive() {
        return Err(Error::Refused(vec![about(
            &message.sender,
            reply.refusal(),
        )]));
    }
    let mut refused = Vec::new();
    for recipient in &message.recipients {
        let line = format!("RCPT TO:<{}>\r\n", recipient.address);
        let reply = smtp.ask(&line).await.map_err(not_sent)?;
        if !reply.is_positive() {
            refused.push(about(recipient, reply.refusal()));
        }
    }
    let nobody = refused.len() == message.recipients.len();
    match refused.is_empty() || (partial && !nobody) {
        true => Ok(refused),
        false => Err(Error::Refused(refused)),
    }
}

fn about(recipient: &Recipient, refused: Refused) -> Refused {
    Refused {
        address: Some(recipient.address.clone()),
        field: Some(recipient.field.clone()),
        ..refused
    }
}

/// Sends the message itself. Only with its last line does it belong to the server.
async fn hand_over(smtp: &mut Smtp, limits: &Settings, content: &[u8]) -> Result<String, Error> {
    let reply = taken(smtp.ask("DATA\r\n").await.map_err(not_sent)?)?;
    if reply.code != 354 {
        let what = format!("{} in answer to DATA", reply.code);
        return Err(not_sent(Broken::Protocol(what)));
    }
    smtp.wire.wait(Patience {
        ms: limits.message_timeout_ms,
        setting: "mail.message-timeout-ms",
    });
    smtp.wire.say(&stuffed(content)).await.map_err(not_sent)?;
    let unanswered =
        |broken: Broken| Error::Unanswered(format!("the message was handed over, and {broken}"));
    smtp.wire.say(END).await.map_err(unanswered)?;
    let reply = smtp.reply().await.map_err(unanswered)?;
    Ok(taken(reply)?.text)
}

/// With a dot before each line that begins with one (RFC 5321, 4.5.2). All lines end with CR LF.
fn stuffed(content: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(content.len() + content.len() / 64 + 2);
    for line in content.split_inclusive(|byte| *byte == b'\n') {
        if line.starts_with(b".") {
            out.push(b'.');
        }
        out.extend_from_slice(line);
    }
    if !out.ends_with(b"\r\n") {
        out.extend_from_slice(b"\r\n");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_begins_with_a_dot_does_not_end_the_message() {
        for (content, sent) in [
            (&b"a\r\n.\r\nb"[..], &b"a\r\n..\r\nb\r\n"[..]),
            (b".", b"..\r\n"),
            (b"a.b\r\n..c\r\n", b"a.b\r\n...c\r\n"),
            (b"", b"\r\n"),
        ] {
            assert_eq!(stuffed(content), sent);
        }
    }
}
