//! Understands an application's webhooks. The host has checked the signature as declared, kept the
//! request and answered; `receive` runs as the first step.

use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::bindings::webhooks::exports::mortise::plugin::webhooks as raw;
use crate::descriptor::{Example, Operation, Role, schema_in, schema_out};
use crate::polling::{Event, write_events};
use crate::verification::Verification;
use crate::{Failure, json};

pub use raw::{Request, Response};

impl Request {
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
