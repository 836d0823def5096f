//! What to do about an error, by the class of its SQLSTATE.

use super::Error;
use crate::{Disposition, Failure};

impl Error {
    /// The failure of a statement that only reads: nothing can have been done twice.
    #[must_use]
    pub fn of_reading(self) -> Failure {
        let failure = Failure::from(self);
        match failure.disposition {
            Disposition::Unclear => Failure {
                disposition: Disposition::Retry(None),
                ..failure
            },
            _ => failure,
        }
    }

    /// The constraint that it is about, where the database names one.
    #[must_use]
    pub fn constraint(&self) -> Option<&str> {
        named(&self.message, "constraint `")
    }

    /// The column that it is about: the one that the database names, or the first of a key.
    #[must_use]
    pub fn column(&self) -> Option<&str> {
        named(&self.message, "column `").or_else(|| {
            let (_, key) = self.message.split_once("Key (")?;
            let (columns, _) = key.split_once(")=(")?;
            let first = columns.split(", ").next()?;
            Some(first.trim_matches('"'))
        })
    }
}

/// The host lists what an error is about at its end: ``(table `t`, column `c`)``.
fn named<'a>(message: &'a str, what: &str) -> Option<&'a str> {
    let (_, about) = message.rsplit_once(" (")?;
    let (_, name) = about.split_once(what)?;
    name.split_once('`').map(|(name, _)| name)
}

/// What SQLSTATE means for a transaction of which nothing was kept.
fn disposition(sqlstate: &str) -> Disposition {
    match sqlstate {
        // A conflict with others, a lock, a cancelled statement, a server that goes down or is read-only after a
        // failover: all of them pass.
        "40003" => Disposition::Unclear,
        "25006" | "55P03" => Disposition::Retry(None),
        _ => match sqlstate.get(..2).unwrap_or_default() {
            "08" | "40" | "53" | "57" | "58" => Disposition::Retry(None),
            "28" => Disposition::Reauthorize,
            "0A" | "25" | "26" | "3D" | "3F" | "42" => Disposition::Misconfigured,
            _ => Disposition::Reject,
        },
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let field = error.column().map(|column| {
            let escaped = column.replace('~', "~0").replace('/', "~1");
            format!("/{escaped}")
        });
        if error.sqlstate.is_empty() {
            return match error.sent {
                true => Self::unclear(error.message),
                false => Self::retry(error.message),
            };
        }
        let failure = Self::new(disposition(&error.sqlstate), error.message);
        let failure = failure.with_code(error.sqlstate);
        match field {
            Some(field) => failure.with_field(field),
            None => failure,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(sqlstate: &str, message: &str, sent: bool) -> Error {
        Error {
            sqlstate: sqlstate.to_owned(),
            message: message.to_owned(),
            sent,
        }
    }

    #[test]
    fn the_class_decides() {
        for (sqlstate, sent, expected) in [
            ("", false, Disposition::Retry(None)),
            ("", true, Disposition::Unclear),
            ("08006", true, Disposition::Retry(None)),
            ("57P01", true, Disposition::Retry(None)),
            ("57014", true, Disposition::Retry(None)),
            ("53300", false, Disposition::Retry(None)),
            ("40001", true, Disposition::Retry(None)),
            ("40P01", true, Disposition::Retry(None)),
            ("40003", true, Disposition::Unclear),
            ("23505", true, Disposition::Reject),
            ("22P02", true, Disposition::Reject),
            ("54000", true, Disposition::Reject),
            ("P0001", true, Disposition::Reject),
            ("42P01", true, Disposition::Misconfigured),
            ("3D000", false, Disposition::Misconfigured),
            ("28P01", false, Disposition::Reauthorize),
        ] {
            let failure = Failure::from(error(sqlstate, "", sent));
            assert_eq!(failure.disposition, expected, "{sqlstate}");
        }
        let failure = error("", "", true).of_reading();
        assert_eq!(failure.disposition, Disposition::Retry(None));
    }

    #[test]
    fn a_constraint_names_what_it_is_about() {
        let unique = error(
            "23505",
            "duplicate key value violates unique constraint \"orders_pkey\"; Key (number, shop)=(7, 1) already exists (table `orders`, constraint `orders_pkey`)",
            true,
        );
        assert_eq!(
            (unique.column(), unique.constraint()),
            (Some("number"), Some("orders_pkey"))
        );
        let failure = Failure::from(unique);
        let cause = failure.cause.as_ref();
        assert_eq!(
            cause.and_then(|cause| cause.field.as_deref()),
            Some("/number")
        );
        assert_eq!(cause.and_then(|cause| cause.code.as_deref()), Some("23505"));
        let null = error("23502", "null value (table `orders`, column `total`)", true);
        assert_eq!((null.column(), null.constraint()), (Some("total"), None));
        assert_eq!(error("22P02", "no", true).column(), None);
    }
}
