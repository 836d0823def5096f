//! Protocols that connections speak besides HTTP. Their origins are written as those of HTTP are:
//! `postgresql://db.example.com:5432`, without a user, a path or a database.

/// A protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Protocol {
    /// What stands before `://`.
    pub scheme: &'static str,
    /// Where it is spoken when no port is named.
    pub port: u16,
}

/// All of them.
pub const PROTOCOLS: [Protocol; 6] = [
    protocol("postgresql", 5432),
    protocol("mysql", 3306),
    protocol("smtp", 587),
    protocol("smtps", 465),
    protocol("imap", 143),
    protocol("imaps", 993),
];

const fn protocol(scheme: &'static str, port: u16) -> Protocol {
    Protocol { scheme, port }
}

/// The protocol of an origin, and what stands behind `://`; none where it is HTTP, or nothing that is known.
#[must_use]
pub fn split(origin: &str) -> Option<(Protocol, &str)> {
    let (scheme, rest) = origin.split_once("://")?;
    let found = PROTOCOLS.into_iter().find(|one| one.scheme == scheme)?;
    Some((found, rest))
}
