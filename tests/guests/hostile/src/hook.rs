//! The webhooks `hook`, `reply` and `proof`.

use mortise_sdk::http;
use mortise_sdk::webhook::{Request, Response, Subscription};
use mortise_sdk::{Failure, Reception, Webhook, log};

use crate::act::Input;
use crate::nag::events;
use crate::raw::Raw;

/// Receives after the sender was answered.
pub struct Hook;

impl Webhook for Hook {
    const NAME: &'static str = "hook";
    const SUMMARY: &'static str = "receives what nobody can use";
    const SUBSCRIBES: bool = true;
    type Input = Input;
    type Memory = Raw;
    type Payload = Raw;

    fn receive(
        input: Input,
        memory: Option<Raw>,
        request: Request,
    ) -> Result<Reception<Raw, Raw>, Failure> {
        if input.what == "answer" {
            return Ok(Reception::answer(Response::empty(200)));
        }
        for (name, value) in &request.headers {
            log::info(&format!("{name}: {value}"));
        }
        Ok(Reception {
            memory: match input.what.as_str() {
                "memory" => Some(Raw::of(input.bytes)),
                "broken memory" => Some(Raw::broken()),
                _ => memory,
            },
            ..Reception::of(events(&input)?)
        })
    }

    fn subscribe(
        input: Input,
        url: String,
        memory: Option<Raw>,
    ) -> Result<Subscription<Raw>, Failure> {
        let known = memory.unwrap_or_else(|| Raw(format!("\"{url}\"")));
        let subscription = Subscription::new(known);
        Ok(match input.what.as_str() {
            "memory" => Subscription::new(Raw::of(input.bytes)),
            "secrets" => {
                (0..input.bytes).fold(subscription, |all, n| all.secret(&n.to_string(), "s"))
            }
            "secret" => subscription.secret("signing-secret", &"s".repeat(input.bytes)),
            "nameless" => subscription.secret("", "s"),
            _ => {
                events(&input)?;
                subscription.renew_after_ms(u64::MAX)
            }
        })
    }

    fn unsubscribe(input: Input, _: Raw) -> Result<(), Failure> {
        events(&input).map(drop)
    }
}

/// Receives before the sender is answered.
pub struct Reply;

impl Webhook for Reply {
    const NAME: &'static str = "reply";
    const SUMMARY: &'static str = "answers what nobody can use";
    const ANSWERS: bool = true;
    type Input = Input;
    type Memory = Raw;
    type Payload = Raw;

    fn receive(input: Input, _: Option<Raw>, _: Request) -> Result<Reception<Raw, Raw>, Failure> {
        let with = |name: &str, value: String| Response {
            headers: vec![(name.to_owned(), value)],
            ..Response::empty(200)
        };
        let small = || "x".to_owned();
        Ok(Reception::answer(match input.what.as_str() {
            "request" => {
                http::Request::get(input.url).anonymous().send()?;
                Response::empty(204)
            }
            "status" => Response::empty(u16::try_from(input.bytes).unwrap_or(u16::MAX)),
            "name" => with("a b", small()),
            "value" => with("a", "b\r\nc: d".to_owned()),
            "framing" => with("Content-Length", "7".to_owned()),
            "headers" => with("a", "x".repeat(input.bytes)),
            "large" => Response::text(200, &"x".repeat(input.bytes)),
            _ => {
                events(&input)?;
                with("x-seen", small())
            }
        }))
    }
}

/// Receives before the sender is answered, and may not answer itself.
pub struct Proof;

impl Webhook for Proof {
    const NAME: &'static str = "proof";
    const SUMMARY: &'static str = "verifies what nobody can use";
    const VERIFIES: bool = true;
    type Input = Input;
    type Memory = Raw;
    type Payload = Raw;

    fn receive(
        input: Input,
        memory: Option<Raw>,
        request: Request,
    ) -> Result<Reception<Raw, Raw>, Failure> {
        Hook::receive(input, memory, request)
    }
}
