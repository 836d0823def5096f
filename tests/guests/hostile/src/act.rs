//! The action `act`.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use mortise_sdk::http::Request;
use mortise_sdk::{Action, Failure, Json, Outcome, Repeat, Turn, context, log, state};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Does one thing.
pub struct Act;

/// What to do.
#[derive(Deserialize, JsonSchema)]
pub struct Input {
    pub what: String,
    #[serde(default)]
    pub url: String,
    /// How many or how large.
    #[serde(default)]
    pub bytes: usize,
}

/// What came of it.
#[derive(Serialize, JsonSchema)]
pub struct Output(String);

impl Action for Act {
    const NAME: &'static str = "act";
    const SUMMARY: &'static str = "does one thing";
    const REPEAT: Repeat = Repeat::Duplicates;
    type Input = Input;
    type Output = Output;

    fn invoke(input: Input, _: Turn) -> Result<Outcome<Output>, Failure> {
        let done = |text: String| Ok(Outcome::Done(Output(text)));
        match input.what.as_str() {
            "loop" => spin(),
            "grow" => grow(input.bytes),
            "panic" => panic!("as it was told"),
            "recurse" => done(recurse(1).to_string()),
            "sleep" => {
                std::thread::sleep(Duration::from_secs(3_600));
                done("slept".to_owned())
            }
            "print" => {
                println!("first\nsecond");
                eprint!("without an end");
                done("printed".to_owned())
            }
            "chatter" => {
                for _ in 0..input.bytes {
                    log::info("again");
                }
                done("said".to_owned())
            }
            "state" => done(format!("{:?}", state::get("key"))),
            "large" => done("x".repeat(input.bytes)),
            "page" => Outcome::page(Vec::new(), None::<u8>),
            "suspend" => Outcome::later(&"x".repeat(input.bytes), u64::MAX),
            "forever" => Ok(Outcome::Suspended {
                token: Json::of("token").map_err(|error| Failure::reject(error.to_string()))?,
                poll_after_ms: None,
                callback: false,
            }),
            "called" => Outcome::until_called("token"),
            "callback" => done(context::callback_url()?),
            "until cancelled" => {
                log::info("it waits");
                while !context::cancelled() {
                    std::thread::sleep(Duration::from_millis(1));
                }
                done("cancelled".to_owned())
            }
            "request" => {
                let answer = Request::get(input.url).anonymous().send()?.ok()?;
                done(answer.status.to_string())
            }
            "look" => done(look()),
            other => Err(Failure::reject(format!("it cannot do `{other}`")).with_status(422)),
        }
    }
}

/// Never ends, and never asks the host for anything.
pub fn spin() -> ! {
    let mut n = 0_u64;
    loop {
        n = std::hint::black_box(n.wrapping_add(1));
    }
}

/// Takes so much memory and touches it.
pub fn grow(bytes: usize) -> ! {
    std::hint::black_box(vec![1_u8; bytes]);
    spin()
}

#[allow(unconditional_recursion)]
fn recurse(n: u64) -> u64 {
    let frame = std::hint::black_box([n; 64]);
    recurse(n + 1) + frame[0]
}

/// What is there of the world around it.
fn look() -> String {
    let seen = BTreeMap::from([
        ("arguments", std::env::args().count().to_string()),
        ("variables", std::env::vars().count().to_string()),
        ("file", word(std::fs::read("/etc/passwd"))),
        ("folder", word(std::fs::read_dir("."))),
        ("tcp", word(std::net::TcpStream::connect("127.0.0.1:1"))),
        ("udp", word(std::net::UdpSocket::bind("127.0.0.1:0"))),
        ("input", std::io::stdin().lines().count().to_string()),
        ("year", (1970 + seconds() / 31_556_952).to_string()),
    ]);
    format!("{seen:?}")
}

/// Seconds since 1970.
pub fn seconds() -> u64 {
    SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .map_or(0, |passed| passed.as_secs())
}

fn word<T>(outcome: std::io::Result<T>) -> String {
    match outcome {
        Ok(_) => "reached".to_owned(),
        Err(_) => "refused".to_owned(),
    }
}
