//! Why statements were not carried out.

use mortise_egress as egress;
use thiserror::Error;

use crate::access::AccessError;
use crate::dialect::Phase;

/// Why there is no result.
#[derive(Debug, Error)]
pub enum Error {
    /// The connection says too little.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// No socket: not granted, or nothing is reached.
    #[error(transparent)]
    Egress(egress::Error),
    /// The authorities or the certificate of the connection cannot be used.
    #[error("{0}")]
    Certificate(String),
    /// No trusted TLS connection came about.
    #[error("no TLS connection to `{origin}`: {why}")]
    Tls {
        /// Scheme, host and port.
        origin: String,
        /// What the library says.
        why: String,
    },
    /// The server speaks no TLS.
    #[error(
        "the server at `{origin}` speaks no TLS: switch it on there, or say `tls: disable` in the connection's settings, which `egress.allow-private` has to allow for its address"
    )]
    NoTls {
        /// Scheme, host and port.
        origin: String,
    },
    /// The server wants to know who asks.
    #[error("the server asks for a password, and the connection has no secret `password`")]
    NoPassword,
    /// Neither side knows a way to log in.
    #[error("`{origin}` cannot be logged in to: {why}")]
    Login {
        /// Scheme, host and port.
        origin: String,
        /// What the library says.
        why: String,
    },
    /// All connections are in use.
    #[error(
        "none of the {max} connections to the database was free in the time of the call (`sql.connections-max`)"
    )]
    NoPlace {
        /// The limit.
        max: usize,
    },
    /// `sql.statements-max`
    #[error("{count} statements are more than the limit `sql.statements-max` of {max} allows")]
    TooMany {
        /// How many there are.
        count: usize,
        /// The limit.
        max: usize,
    },
    /// A statement that has no place in a transaction of the host's.
    #[error("{place}{}", not_here(word))]
    Control {
        /// Which statement.
        place: Place,
        /// Its first word.
        word: String,
    },
    /// A parameter does not fit.
    #[error("{place}{what}")]
    Parameter {
        /// Which statement.
        place: Place,
        /// Five characters.
        sqlstate: &'static str,
        /// Which parameter, and why.
        what: String,
    },
    /// A column is of a type that has no place among the values.
    #[error(
        "{place}the column `{column}` is of the type `{kind}`, which cannot be read: write `{column}::text`"
    )]
    Type {
        /// Which statement.
        place: Place,
        /// The column.
        column: String,
        /// The type's name.
        kind: String,
    },
    /// The rows are more than the limit.
    #[error(
        "the answer is larger than the limit `sql.answer-max-bytes` of {max_bytes} allows: read fewer rows or columns at once"
    )]
    TooLarge {
        /// The limit.
        max_bytes: usize,
    },
    /// The server says so.
    #[error("{place}{message}")]
    Server {
        /// Which statement.
        place: Place,
        /// Five characters.
        sqlstate: String,
        /// With detail, hint, and what it is about.
        message: String,
        /// When it said so.
        phase: At,
    },
    /// The connection broke.
    #[error("{}", lost(*phase, why))]
    Lost {
        /// When.
        phase: At,
        /// What the library says.
        why: String,
    },
    /// What takes the place of databases in a rehearsal says so.
    #[error("{message}")]
    Rehearsed {
        /// As [`Error::sqlstate`].
        sqlstate: String,
        /// In words.
        message: String,
        /// As [`Error::sent`].
        sent: bool,
    },
    /// The time of the call is over.
    #[error("{}", late(*phase))]
    Late {
        /// When.
        phase: At,
    },
}

/// Which of several statements something is about; empty where there is one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place(pub(crate) Option<(usize, usize)>);

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            Some((number, count)) => write!(f, "statement {number} of {count}: "),
            None => Ok(()),
        }
    }
}

/// How far a transaction had come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct At(pub(crate) Phase);

/// Class 08 where the connection broke and nothing was kept.
const LOST: &str = "08006";
/// What servers say of a statement that was cancelled.
const CANCELED: &str = "57014";

impl Error {
    /// SQLSTATE, of the server or the one of the same meaning. **Empty where nobody can say what became of the
    /// statements**, or where no server was reached: [`Error::sent`] tells these two apart. Where one stands
    /// here nothing was kept.
    #[must_use]
    pub fn sqlstate(&self) -> &str {
        match self {
            Self::Access(_) | Self::Certificate(_) => "42000",
            Self::Egress(egress::Error::Denied(_)) => "42501",
            Self::Egress(_) | Self::Tls { .. } | Self::Login { .. } => "",
            Self::NoTls { .. } | Self::Control { .. } | Self::Type { .. } => "0A000",
            Self::NoPassword => "28000",
            Self::NoPlace { .. } => "53300",
            Self::TooMany { .. } | Self::TooLarge { .. } => "54000",
            Self::Parameter { sqlstate, .. } => sqlstate,
            // What it says to COMMIT is certain only where it refused to keep what it had done: a server that
            // is going down may have kept it first.
            Self::Server {
                sqlstate, phase, ..
            } => match phase.0 == Phase::Committing && !is_refusal(sqlstate) {
                true => "",
                false => sqlstate,
            },
            Self::Rehearsed { sqlstate, .. } => sqlstate,
            Self::Lost { phase, .. } => phase.sqlstate(LOST),
            Self::Late { phase } => phase.sqlstate(CANCELED),
        }
    }

    /// Whether a statement left.
    #[must_use]
    pub fn sent(&self) -> bool {
        match self {
            Self::Server { phase, .. } | Self::Lost { phase, .. } | Self::Late { phase } => {
                phase.0 != Phase::Beginning
            }
            Self::Parameter { .. } | Self::Type { .. } | Self::TooLarge { .. } => true,
            Self::Rehearsed { sent, .. } => *sent,
            _ => false,
        }
    }

    /// Whether a connection that had been kept was of no use any more, and no statement left.
    pub(crate) fn is_stale(&self) -> bool {
        match self {
            Self::Lost { phase, .. } => phase.0 == Phase::Beginning,
            Self::Server {
                phase, sqlstate, ..
            } => {
                phase.0 == Phase::Beginning
                    && (is_class(sqlstate, "57") || is_class(sqlstate, "08"))
            }
            _ => false,
        }
    }
}

impl At {
    fn sqlstate(self, known: &'static str) -> &'static str {
        match self.0 {
            Phase::Beginning | Phase::Committing => "",
            Phase::Working => known,
        }
    }
}

/// Integrity constraints, conflicts with other transactions, and transactions that had failed before.
fn is_refusal(sqlstate: &str) -> bool {
    let certain = ["23", "25", "40", "44"];
    // 40003 says itself that it is not known what became of it.
    certain.iter().any(|class| is_class(sqlstate, class)) && sqlstate != "40003"
}

fn not_here(word: &str) -> String {
    match word {
        "COPY" => "`COPY` is not available: read with `SELECT`, write with `INSERT`".to_owned(),
        _ => format!(
            "`{word}` begins or ends a transaction: all statements of a call are in one already"
        ),
    }
}

fn is_class(sqlstate: &str, class: &str) -> bool {
    sqlstate.starts_with(class)
}

fn lost(phase: At, why: &str) -> String {
    match phase.0 {
        Phase::Beginning => format!("the connection to the database failed: {why}"),
        Phase::Working => format!(
            "the connection to the database was lost before anything was committed, so nothing was kept: {why}"
        ),
        Phase::Committing => format!(
            "the connection to the database was lost while the transaction was committed, so it may have been kept: {why}"
        ),
    }
}

fn late(phase: At) -> String {
    match phase.0 {
        Phase::Beginning => "the database was not ready by the deadline of the call",
        Phase::Working => {
            "the statements were not done by the deadline of the call: they were cancelled, and nothing was kept"
        }
        Phase::Committing => {
            "the transaction was not committed by the deadline of the call: it may have been kept"
        }
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(sqlstate: &str, phase: Phase) -> (String, bool) {
        let error = Error::Server {
            place: Place(None),
            sqlstate: sqlstate.to_owned(),
            message: String::new(),
            phase: At(phase),
        };
        (error.sqlstate().to_owned(), error.sent())
    }

    #[test]
    fn a_sqlstate_means_that_nothing_was_kept() {
        use Phase::{Beginning, Committing, Working};
        for (phase, sqlstate, sent) in [
            (Beginning, "", false),
            (Working, "08006", true),
            (Committing, "", true),
        ] {
            let lost = Error::Lost {
                phase: At(phase),
                why: String::new(),
            };
            assert_eq!((lost.sqlstate(), lost.sent()), (sqlstate, sent));
        }
        let late = Error::Late { phase: At(Working) };
        assert_eq!((late.sqlstate(), late.sent()), ("57014", true));
        // A deferred constraint, and a server that goes down.
        assert_eq!(said("23505", Committing), ("23505".to_owned(), true));
        assert_eq!(said("57P01", Committing), (String::new(), true));
        assert_eq!(said("57P01", Working), ("57P01".to_owned(), true));
        assert_eq!(said("40003", Committing), (String::new(), true));
        assert_eq!(said("28P01", Beginning), ("28P01".to_owned(), false));
    }
}
