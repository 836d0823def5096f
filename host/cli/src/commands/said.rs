//! Who decides, and why.

use std::os::unix::fs::MetadataExt as _;

use clap::Args;
use mortise_api::orders::Said;

/// Flags of commands that decide something.
#[derive(Args, Clone)]
pub struct Reason {
    /// Why; it stands in the run's history
    #[arg(
        long,
        value_name = "TEXT",
        default_value = "",
        hide_default_value = true
    )]
    why: String,
    /// Who decides [default: the system user's name]
    #[arg(long, value_name = "NAME", value_parser = name)]
    by: Option<String>,
}

fn name(text: &str) -> Result<String, &'static str> {
    if text.trim().is_empty() {
        return Err("it is empty: name who decides, or leave the flag out");
    }
    Ok(text.to_owned())
}

impl Reason {
    /// As runs are told.
    pub fn said(self) -> Said {
        Said {
            by: self.by.unwrap_or_else(system_user),
            why: self.why,
        }
    }
}

/// Whoever runs the command.
pub fn system_user() -> String {
    let named = ["USER", "LOGNAME"].into_iter().find_map(|name| {
        let name = std::env::var(name).ok();
        name.filter(|name| !name.trim().is_empty())
    });
    named
        .or_else(account)
        .unwrap_or_else(|| "somebody".to_owned())
}

/// The name of the account that this process runs under, or its number.
fn account() -> Option<String> {
    let id = std::fs::metadata("/proc/self").ok()?.uid();
    let accounts = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let named = accounts.lines().find_map(|line| {
        let mut fields = line.split(':');
        let (name, number) = (fields.next()?, fields.nth(1)?);
        (number.parse() == Ok(id)).then(|| name.to_owned())
    });
    Some(named.unwrap_or_else(|| format!("user {id}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_decides_has_a_name() {
        for (text, is_name) in [("ann", true), ("", false), (" ", false)] {
            assert_eq!(name(text).is_ok(), is_name, "{text:?}");
        }
    }
}
