//! What people enter: secrets, how long they live, and rates.

use std::io::Read as _;
use std::path::PathBuf;

use clap::Args;
use mortise_api::connections::Entered;
use mortise_model::connection::Rate;
use mortise_model::duration;
use mortise_runner::clock::{Clock as _, SystemClock};
use zeroize::Zeroizing;

use crate::exit::{Outcome, Stop};

/// Secrets that somebody enters: never as an argument, which other users of the machine can see.
#[derive(Args)]
pub struct Secrets {
    /// A secret of the scheme, from a variable, a file or stdin; a newline at its end is left out
    #[arg(
        long = "secret",
        value_name = "FIELD=env:VAR|file:PATH|-",
        required = true
    )]
    // Read later: what cannot be read may be a secret, and clap repeats it in its error.
    secrets: Vec<String>,
    /// When a secret expires, such as `token=90d`
    #[arg(long, value_name = "FIELD=TIME", value_parser = expiry)]
    expires: Vec<(String, u64)>,
}

/// Where a secret comes from.
#[derive(Clone)]
enum Source {
    Variable(String),
    File(PathBuf),
    Stdin,
}

fn from(text: &str) -> Result<(String, Source), String> {
    let wanted = "write FIELD=env:VAR, FIELD=file:PATH or FIELD=-: a secret is never an argument";
    let (field, source) = text.split_once('=').ok_or(wanted)?;
    let source = self::source(source).ok_or(wanted)?;
    Ok((field.to_owned(), source))
}

/// None where it is no source: what stands there may be the secret itself, and is not repeated.
fn source(text: &str) -> Option<Source> {
    match text.split_once(':') {
        None if text == "-" => Some(Source::Stdin),
        Some(("env", name)) if !name.is_empty() => Some(Source::Variable(name.to_owned())),
        Some(("file", path)) if !path.is_empty() => Some(Source::File(path.into())),
        _ => None,
    }
}

/// The one secret of a flag that says where it is. Blocks.
///
/// # Errors
/// Where it says something else, or there is none.
pub fn read(flag: &str, text: &str) -> Outcome<Zeroizing<String>> {
    let wanted = "write env:VAR, file:PATH or -: a secret is never an argument";
    let source = source(text).ok_or_else(|| Stop::usage(format!("`{flag}`: {wanted}")))?;
    value(flag, source)
}

fn expiry(text: &str) -> Result<(String, u64), String> {
    let (field, time) = text
        .split_once('=')
        .ok_or("write FIELD=TIME, such as `token=90d`")?;
    Ok((field.to_owned(), ms(time)?))
}

pub fn ms(text: &str) -> Result<u64, String> {
    duration::parse_ms(text).map_err(|error| error.to_string())
}

pub fn rate(text: &str) -> Result<Rate, String> {
    let (requests, per) = text
        .split_once('/')
        .ok_or("write N/TIME, such as `10/1s`")?;
    let requests = requests
        .parse()
        .map_err(|_| "N is a whole number".to_owned())?;
    let per_ms = ms(per)?;
    if requests == 0 || per_ms == 0 {
        return Err("neither part can be zero".to_owned());
    }
    Ok(Rate { requests, per_ms })
}

impl Secrets {
    /// Reads them, stdin at most once. Blocks.
    pub fn read(self) -> Outcome<Vec<Entered>> {
        let secrets = self.secrets.iter().map(|text| from(text));
        let secrets = secrets.collect::<Result<Vec<_>, _>>();
        let secrets = secrets.map_err(|why| Stop::usage(format!("`--secret`: {why}")))?;
        let stdins = secrets.iter();
        if stdins
            .filter(|(_, from)| matches!(from, Source::Stdin))
            .count()
            > 1
        {
            return Err(Stop::usage("only one secret can come from stdin"));
        }
        let known = |field: &str| secrets.iter().any(|(name, _)| name == field);
        if let Some((field, _)) = self.expires.iter().find(|(field, _)| !known(field)) {
            let why = format!("`--expires {field}=…` is about a secret that is not given");
            return Err(Stop::usage(why));
        }
        let now = SystemClock.time_of_day();
        let mut entered = Vec::new();
        for (name, source) in secrets {
            let lives = self.expires.iter().find(|(field, _)| *field == name);
            entered.push(Entered {
                value: value(&name, source)?,
                expires_at: lives.map(|(_, ms)| now.plus_ms(*ms)),
                name,
            });
        }
        Ok(entered)
    }
}

fn value(field: &str, source: Source) -> Outcome<Zeroizing<String>> {
    let no_value = |why: String| Stop::usage(format!("the secret `{field}`: {why}"));
    let text = match source {
        Source::Variable(name) => std::env::var(&name)
            .map_err(|_| no_value(format!("the variable `{name}` is not set, or no text")))?,
        Source::File(path) => std::fs::read_to_string(&path)
            .map_err(|error| no_value(format!("`{}` cannot be read: {error}", path.display())))?,
        Source::Stdin => {
            let mut text = String::new();
            let read = std::io::stdin().read_to_string(&mut text);
            read.map_err(|error| no_value(format!("stdin cannot be read: {error}")))?;
            text
        }
    };
    let text = Zeroizing::new(text);
    let end = text.strip_suffix('\n').unwrap_or(&text);
    let end = end.strip_suffix('\r').unwrap_or(end);
    Ok(Zeroizing::new(end.to_owned()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_secret_is_no_argument_and_is_not_repeated() {
        for (text, is_one) in [
            ("token=env:TOKEN", true),
            ("token=file:/run/token", true),
            ("token=-", true),
            ("token=s3cret", false),
            ("token=http://s3cret", false),
            ("s3cret", false),
            ("token=env:", false),
        ] {
            let read = from(text);
            assert_eq!(read.is_ok(), is_one, "{text}");
            let error = read.map(|_| ()).err().unwrap_or_default();
            assert!(!error.contains("s3cret"), "{error}");
        }
    }

    #[test]
    fn a_rate_is_a_number_in_a_time() {
        let rate = rate("10/1s").unwrap();
        assert_eq!((rate.requests, rate.per_ms), (10, 1_000));
        for bad in ["10", "0/1s", "10/0s", "x/1s", "10/x"] {
            assert!(super::rate(bad).is_err(), "{bad}");
        }
    }
}
