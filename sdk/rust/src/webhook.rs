//! Understands an application's webhooks. The host has checked the signature as declared, kept the
//! request and answered; `receive` runs as the first step.
//!
//! ```
//! use mortise_sdk::http;
//! use mortise_sdk::webhook::{Request, Response, Subscription};
//! use mortise_sdk::{Event, Failure, Reception, Webhook};
//! use schemars::JsonSchema;
//! use serde::{Deserialize, Serialize};
//! use serde_json::{Value, json};
//!
//! /// Somebody paid.
//! struct Paid;
//!
//! #[derive(Serialize, Deserialize, JsonSchema)]
//! struct Payment {
//!     id: String,
//!     cents: u64,
//! }
//!
//! impl Webhook for Paid {
//!     const NAME: &'static str = "paid";
//!     const SUMMARY: &'static str = "somebody paid";
//!     /// The application asks for proof that the address is ours.
//!     const ANSWERS: bool = true;
//!     const SUBSCRIBES: bool = true;
//!     type Input = Value;
//!     /// The application's id of the registration.
//!     type Memory = String;
//!     type Payload = Payment;
//!
//!     fn receive(_: Value, _: Option<String>, request: Request) -> Result<Reception<Payment, String>, Failure> {
//!         if let Some(challenge) = request.query("challenge") {
//!             return Ok(Reception::answer(Response::text(200, &challenge)));
//!         }
//!         let payment: Payment = request.json()?;
//!         Ok(Reception::of(vec![Event::new(payment.id.clone(), payment)]))
//!     }
//!
//!     fn subscribe(_: Value, url: String, _: Option<String>) -> Result<Subscription<String>, Failure> {
//!         let hooks = http::Request::post("https://pay.example/hooks").json(&json!({ "url": url }))?;
//!         let hook: Value = hooks.send()?.ok()?.json()?;
//!         let secret = hook["secret"].as_str().unwrap_or_default();
//!         let id = hook["id"].as_str().unwrap_or_default();
//!         Ok(Subscription::new(id.to_owned()).secret("signing-secret", secret).renew_after_ms(86_400_000))
//!     }
//!
//!     fn unsubscribe(_: Value, id: String) -> Result<(), Failure> {
//!         http::Request::delete(format!("https://pay.example/hooks/{id}")).send()?.ok().map(drop)
//!     }
//! }
//!
//! use mortise_sdk::fake::{self, Answer, Host};
//! let host = Host::new().answer(Answer::json(201, r#"{"id":"h1","secret":"s"}"#)).install();
//! let with = json!({});
//! let subscription = fake::subscribe::<Paid>(&with, "https://hooks.example/paid", None).unwrap();
//! assert_eq!(subscription.memory, json!("h1"));
//! let proof = fake::receive::<Paid>(&with, None, Request::new("GET", "/paid?challenge=a%20b")).unwrap();
//! assert_eq!(proof.answer.unwrap().body, b"a b");
//! let request = Request::new("POST", "/paid").body(r#"{"id":"p1","cents":250}"#);
//! assert_eq!(fake::receive::<Paid>(&with, None, request).unwrap().events[0].id, "p1");
//! ```

use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::bindings::webhooks::exports::mortise::plugin::webhooks as raw;
use crate::descriptor::{Example, Operation, Role, schema_in, schema_out};
use crate::polling::{Event, write_events};
use crate::verification::Verification;
use crate::{Failure, http, json};

pub use raw::{Request, Response};

impl Request {
    /// A request for tests, without headers and body.
    pub fn new(method: &str, path_and_query: &str) -> Self {
        Self {
            method: method.to_owned(),
            path_and_query: path_and_query.to_owned(),
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    /// The same with a body.
    #[must_use]
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// The first parameter of a name in the query, decoded.
    pub fn query(&self, name: &str) -> Option<String> {
        let (_, query) = self.path_and_query.split_once('?')?;
        let mut pairs = query
            .split('&')
            .map(|pair| pair.split_once('=').unwrap_or((pair, "")));
        let same = |(known, _): &(&str, &str)| http::decode(known) == name;
        pairs.find(same).map(|(_, value)| http::decode(value))
    }

    /// The first header of a name.
    pub fn header(&self, name: &str) -> Option<&str> {
        let same = |(header, _): &&(String, String)| header.eq_ignore_ascii_case(name);
        self.headers
            .iter()
            .find(same)
            .map(|(_, value)| value.as_str())
    }

    /// Reads the body.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        let text = std::str::from_utf8(&self.body)
            .map_err(|_| Failure::reject("the webhook's body is not UTF-8"))?;
        json::read(text, "webhook's body")
    }
}

impl Response {
    /// Plain text.
    pub fn text(status: u16, text: &str) -> Self {
        Self::of(
            status,
            "text/plain; charset=utf-8",
            text.as_bytes().to_vec(),
        )
    }

    /// A value as JSON.
    pub fn json<T: Serialize + ?Sized>(status: u16, value: &T) -> Result<Self, Failure> {
        let body = json::keep(value)?.into_text().into_bytes();
        Ok(Self::of(status, "application/json", body))
    }

    /// A status and nothing else.
    pub fn empty(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    fn of(status: u16, content_type: &str, body: Vec<u8>) -> Self {
        Self {
            status,
            headers: vec![("content-type".to_owned(), content_type.to_owned())],
            body,
        }
    }
}

/// One trigger that is called.
pub trait Webhook {
    /// Kebab-case, unique in the plugin: `order-paid`.
    const NAME: &'static str;
    /// One sentence: lower case, no full stop.
    const SUMMARY: &'static str;
    /// Gives the answer itself: runs before it, with no HTTP and one second.
    const ANSWERS: bool = false;
    /// Verifies the request itself with [`crate::connection::verify`]: as `ANSWERS`.
    const VERIFIES: bool = false;
    /// Registers itself with the application.
    const SUBSCRIBES: bool = false;
    /// What the trigger's `with` holds.
    type Input: DeserializeOwned + JsonSchema;
    /// What a subscription remembers.
    type Memory: Serialize + DeserializeOwned;
    /// What an event holds.
    type Payload: Serialize + JsonSchema;

    /// How the host checks the request; nothing where the application signs nothing.
    fn verification() -> Option<Verification> {
        None
    }

    /// Makes events of a request.
    fn receive(
        input: Self::Input,
        memory: Option<Self::Memory>,
        request: Request,
    ) -> Result<Reception<Self::Payload, Self::Memory>, Failure>;

    /// Registers the webhook at `url` with the application, or renews it.
    fn subscribe(
        _input: Self::Input,
        _url: String,
        _memory: Option<Self::Memory>,
    ) -> Result<Subscription<Self::Memory>, Failure> {
        Err(Failure::misconfigured(format!(
            "`{}` cannot register its webhook",
            Self::NAME
        )))
    }

    /// Takes the registration back.
    fn unsubscribe(_input: Self::Input, _memory: Self::Memory) -> Result<(), Failure> {
        Err(Failure::misconfigured(format!(
            "`{}` cannot register its webhook",
            Self::NAME
        )))
    }

    /// Inputs that work, for people and for tests.
    fn examples() -> Vec<Example> {
        Vec::new()
    }
}

/// What came of a request.
#[derive(Clone, Debug, PartialEq)]
pub struct Reception<P, M = ()> {
    /// In the order in which they happened.
    pub events: Vec<Event<P>>,
    /// The answer that the application expects, where `ANSWERS` is set.
    pub answer: Option<Response>,
    /// The subscription's memory from now on, where it changes.
    pub memory: Option<M>,
}

impl<P, M> Reception<P, M> {
    /// Events and nothing else.
    pub fn of(events: Vec<Event<P>>) -> Self {
        Self {
            events,
            answer: None,
            memory: None,
        }
    }

    /// An answer and no events, such as to a challenge; for operations that set `ANSWERS`.
    pub fn answer(answer: Response) -> Self {
        Self {
            answer: Some(answer),
            ..Self::of(Vec::new())
        }
    }
}

/// A registration with the application.
#[derive(Clone, Debug, PartialEq)]
pub struct Subscription<M> {
    /// Comes back at `receive`, at the next `subscribe` and at `unsubscribe`.
    pub memory: M,
    /// Secrets that the application issued, by name: the host keeps them.
    pub secrets: Vec<(String, String)>,
    /// Subscribe again after so long.
    pub renew_after_ms: Option<u64>,
}

impl<M> Subscription<M> {
    /// One that has no secrets and never lapses.
    pub fn new(memory: M) -> Self {
        Self {
            memory,
            secrets: Vec::new(),
            renew_after_ms: None,
        }
    }

    /// A secret that the application issued.
    #[must_use]
    pub fn secret(mut self, name: &str, value: &str) -> Self {
        self.secrets.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Subscribe again after so many milliseconds: earlier than the application lets it lapse.
    #[must_use]
    pub fn renew_after_ms(mut self, renew_after_ms: u64) -> Self {
        self.renew_after_ms = Some(renew_after_ms);
        self
    }
}

/// The descriptor's entry.
pub fn operation<W: Webhook>() -> Operation {
    let mut operation = Operation::new(
        W::NAME,
        Role::Webhook,
        W::SUMMARY,
        schema_in::<W::Input>(),
        schema_out::<W::Payload>(),
    );
    operation.repeat = crate::Repeat::Safe;
    operation.verification = W::verification();
    operation.answers = W::ANSWERS;
    operation.verifies = W::VERIFIES;
    operation.subscribes = W::SUBSCRIBES;
    operation.examples = W::examples();
    operation
}

fn read_memory<W: Webhook>(memory: Option<String>) -> Result<Option<W::Memory>, Failure> {
    memory
        .map(|text| json::read(&text, "subscription's memory"))
        .transpose()
}

/// From the component's export to the trait.
pub fn receive<W: Webhook>(
    input: &str,
    memory: Option<String>,
    request: Request,
) -> Result<raw::Reception, Failure> {
    let reception = W::receive(
        json::read(input, "input")?,
        read_memory::<W>(memory)?,
        request,
    )?;
    Ok(raw::Reception {
        events: write_events(reception.events)?,
        answer: reception.answer,
        memory: reception.memory.as_ref().map(json::write).transpose()?,
    })
}

/// From the component's export to the trait.
pub fn subscribe<W: Webhook>(
    input: &str,
    url: String,
    memory: Option<String>,
) -> Result<raw::Subscription, Failure> {
    let subscription = W::subscribe(json::read(input, "input")?, url, read_memory::<W>(memory)?)?;
    Ok(raw::Subscription {
        memory: json::write(&subscription.memory)?,
        secrets: subscription.secrets,
        renew_after_ms: subscription.renew_after_ms,
    })
}

/// From the component's export to the trait.
pub fn unsubscribe<W: Webhook>(input: &str, memory: &str) -> Result<(), Failure> {
    W::unsubscribe(
        json::read(input, "input")?,
        json::read(memory, "subscription's memory")?,
    )
}
