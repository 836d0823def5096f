//! What the server and the library say, as errors.

use std::error::Error as _;

use tokio_postgres::Error as Failed;
use tokio_postgres::error::DbError;

use crate::dialect::Phase;
use crate::error::{At, Error, Place};

/// What became of a transaction.
pub(super) fn of(error: &Failed, phase: At, place: Place) -> Error {
    match error.as_db_error() {
        Some(said) => Error::Server {
            place,
            sqlstate: said.code().code().to_owned(),
            message: in_words(said),
            phase,
        },
        None => Error::Lost {
            phase,
            why: deepest(error),
        },
    }
}

/// What became of a login. The library tells its errors apart by their words alone; what they are about is
/// known by where they come from.
pub(super) fn of_login(error: &Failed, origin: &str) -> Error {
    let origin = origin.to_owned();
    if error.as_db_error().is_some() {
        return of(error, At(Phase::Beginning), Place(None));
    }
    let why = deepest(error);
    match error.to_string().as_str() {
        "error performing TLS handshake" if error_is_refusal(&why) => Error::NoTls { origin },
        "error performing TLS handshake" => Error::Tls { origin, why },
        "invalid configuration" => Error::NoPassword,
        "authentication error" => Error::Login { origin, why },
        _ => Error::Lost {
            phase: At(Phase::Beginning),
            why,
        },
    }
}

fn error_is_refusal(why: &str) -> bool {
    why == "server does not support TLS"
}

/// The library's own text names the layer, its source the reason.
fn deepest(error: &Failed) -> String {
    match error.source() {
        Some(source) => source.to_string(),
        None => error.to_string(),
    }
}

/// Message, detail, hint, and what it is about:
/// `duplicate key value …; Key (id)=(1) already exists. (table `t`, constraint `t_pkey`)`
fn in_words(said: &DbError) -> String {
    let mut words = said.message().to_owned();
    if let Some(detail) = said.detail() {
        words.push_str("; ");
        words.push_str(detail.trim_end_matches('.'));
    }
    if let Some(hint) = said.hint() {
        words.push_str("; hint: ");
        words.push_str(hint.trim_end_matches('.'));
    }
    // Which parameter could not be read stands there and nowhere else.
    let context = said.where_().and_then(|text| text.lines().next());
    if let Some(context) = context.filter(|text| text.contains("parameter $")) {
        words.push_str("; ");
        words.push_str(context);
    }
    let about = [
        ("table", said.table()),
        ("column", said.column()),
        ("constraint", said.constraint()),
    ];
    let about: Vec<String> = about
        .into_iter()
        .filter_map(|(what, name)| Some(format!("{what} `{}`", name?)))
        .collect();
    if !about.is_empty() {
        words.push_str(&format!(" ({})", about.join(", ")));
    }
    words
}
