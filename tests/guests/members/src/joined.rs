//! The webhook `joined`, which its sender signs in a way of its own.

use mortise_sdk::authentication::Algorithm;
use mortise_sdk::verification::{Encoding, Signature, TimestampUnit, Verification};
use mortise_sdk::webhook::Request;
use mortise_sdk::{Event, Failure, Reception, Webhook};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Somebody joined.
pub struct Joined;

/// Who it is.
#[derive(Serialize, Deserialize, JsonSchema)]
pub struct Member {
    id: String,
}

impl Webhook for Joined {
    const NAME: &'static str = "joined";
    const SUMMARY: &'static str = "somebody joined";
    type Input = Value;
    type Memory = ();
    type Payload = Member;

    fn verification() -> Option<Verification> {
        Some(Verification::Signature(Signature {
            secret: "hook-secret".to_owned(),
            header: "x-members-signature".to_owned(),
            prefix: "v1=".to_owned(),
            algorithm: Algorithm::HmacSha256,
            encoding: Encoding::Hex,
            content: "{timestamp}.{method}.{body}".to_owned(),
            timestamp_header: Some("x-members-sent".to_owned()),
            timestamp_unit: TimestampUnit::Seconds,
            tolerance_ms: Some(300_000),
            key_encoding: None,
        }))
    }

    fn receive(
        _: Value,
        _: Option<()>,
        request: Request,
    ) -> Result<Reception<Member, ()>, Failure> {
        let member: Member = request.json()?;
        Ok(Reception::of(vec![Event::new(member.id.clone(), member)]))
    }
}
