//! The action `raid`: what goes out of the guest and would harm the host, the application, or who
//! reads the log.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;

use mortise_sdk::http::Request;
use mortise_sdk::log::Level;
use mortise_sdk::{Action, Failure, Outcome, Repeat, Turn, files, log};

use crate::act::Input;
use crate::raw::Raw;

/// Does one thing, and gives what the host said to it.
pub struct Raid;

/// Makes a terminal do something.
const ESCAPES: &str = "\u{1b}]0;owned\u{7}\u{1b}[2J\u{9b}31m\u{202e}";

impl Action for Raid {
    const NAME: &'static str = "raid";
    const SUMMARY: &'static str = "sends what nobody should take";
    const REPEAT: Repeat = Repeat::Duplicates;
    type Input = Input;
    type Output = Raw;

    fn invoke(input: Input, _: Turn) -> Result<Outcome<Raw>, Failure> {
        let size = input.bytes;
        let get = || Request::get(input.url.clone()).anonymous();
        let request = match input.what.as_str() {
            "headers" => (0..size).fold(get(), |request, _| request.header("a", "b")),
            "header name" => get().header("a\r\nb", "c"),
            "header value" => get().header("a", "b\r\nc: d"),
            "framing" => get().header("transfer-encoding", "chunked"),
            "method" => {
                Request::new("GET / HTTP/1.1\r\na: b\r\n\r\nGET", input.url.clone()).anonymous()
            }
            "url" => Request::get(format!("{}\r\na: b", input.url)).anonymous(),
            "requests" => return done(&requests(&input)),
            _ => return other(&input.what, size),
        };
        Ok(Outcome::Done(text(&request.send()?.status.to_string())))
    }
}

/// How many were answered, and why the first one was not.
fn requests(input: &Input) -> String {
    for sent in 0..input.bytes {
        let request = Request::get(input.url.clone()).anonymous();
        if let Err(failure) = request.send() {
            return format!("{sent}: {}", failure.message);
        }
    }
    String::new()
}

fn other(what: &str, size: usize) -> Result<Outcome<Raw>, Failure> {
    match what {
        "escapes" => {
            println!("printed {ESCAPES}");
            log::write(
                Level::Info,
                &format!("logged {ESCAPES}"),
                &[(ESCAPES, ESCAPES)],
            );
            Err(Failure::reject(format!("failed {ESCAPES}")).with_code(ESCAPES))
        }
        "fields" => {
            for _ in 0..1_000 {
                log::write(Level::Info, "", &vec![("", ""); size]);
            }
            done("logged")
        }
        "line" => {
            print!("{}", "x".repeat(size));
            done("printed")
        }
        "files" => match fill(size) {
            Ok(()) => done("kept"),
            Err(refusal) => done(&refusal),
        },
        "files or fail" => match fill(size) {
            Ok(()) => done("kept"),
            Err(refusal) => Err(Failure::retry(refusal)),
        },
        "many files" => {
            let refused = (0..size).find_map(|_| files::create(None, "text/plain").err());
            done(&refused.unwrap_or_default())
        }
        "dice" => done(&format!("{:x}", RandomState::new().hash_one(1))),
        "output" => Ok(Outcome::Done(Raw::of(size))),
        other => Err(Failure::reject(format!("it cannot do `{other}`"))),
    }
}

/// A file of so many bytes, in pieces.
fn fill(size: usize) -> Result<(), String> {
    const PIECE: usize = 1 << 20;
    let id = files::create(None, "text/plain")?;
    let mut left = size;
    while left > 0 {
        let piece = left.min(PIECE);
        files::append(&id, &vec![0; piece])?;
        left -= piece;
    }
    Ok(())
}

fn done(words: &str) -> Result<Outcome<Raw>, Failure> {
    Ok(Outcome::Done(text(words)))
}

fn text(words: &str) -> Raw {
    Raw(serde_json::Value::from(words).to_string())
}
