//! How a method is asked. Parameters go as a query or as a form, which every method takes, as not every one takes JSON.

use mortise_sdk::Failure;
use mortise_sdk::http::{Body, Request, Response, push_encoded};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{refusal, slack};

/// The parameters of a call; those that are not given are left out.
#[derive(Default)]
pub struct Parameters(Vec<(&'static str, String)>);

impl Parameters {
    #[must_use]
    pub fn text(self, name: &'static str, value: &str) -> Self {
        self.given(name, Some(value))
    }

    #[must_use]
    pub fn given(mut self, name: &'static str, value: Option<&str>) -> Self {
        self.0.extend(value.map(|value| (name, value.to_owned())));
        self
    }

    #[must_use]
    pub fn flag(self, name: &'static str, value: Option<bool>) -> Self {
        self.given(
            name,
            value.map(|value| if value { "true" } else { "false" }),
        )
    }

    /// A structure, which Slack wants as JSON in a text.
    pub fn json<T: Serialize>(
        self,
        name: &'static str,
        value: Option<&T>,
    ) -> Result<Self, Failure> {
        let text = value.map(serde_json::to_string).transpose();
        let text = text.map_err(|error| {
            Failure::reject(format!("`{name}` cannot be written as JSON: {error}"))
        })?;
        Ok(self.given(name, text.as_deref()))
    }

    fn form(&self) -> Vec<u8> {
        let mut form = String::new();
        for (name, value) in &self.0 {
            if !form.is_empty() {
                form.push('&');
            }
            push_encoded(&mut form, name);
            form.push('=');
            push_encoded(&mut form, value);
        }
        form.into_bytes()
    }
}

/// Calls a method that reads.
pub fn get<T: DeserializeOwned>(method: &str, parameters: &Parameters) -> Result<T, Failure> {
    asked(method, parameters)?.json()
}

/// As [`get`], with what stands in the answer's headers.
pub fn asked(method: &str, parameters: &Parameters) -> Result<Response, Failure> {
    let request = Request::get(slack::url(method)?);
    let add = |request: Request, (name, value): &(&'static str, String)| request.query(name, value);
    send(parameters.0.iter().fold(request, add))
}

/// Calls a method that does something.
pub fn post<T: DeserializeOwned>(method: &str, parameters: &Parameters) -> Result<T, Failure> {
    let request = Request::post(slack::url(method)?)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::Bytes(parameters.form()));
    send(request)?.json()
}

/// Passes on what Slack calls `ok`, which is no matter of the status.
fn send(request: Request) -> Result<Response, Failure> {
    let response = request.send()?;
    if !(200..300).contains(&response.status) {
        return Err(refusal::of_status(response));
    }
    let answer: refusal::Answer = response.json()?;
    match answer.ok {
        true => Ok(response),
        false => Err(refusal::of_answer(&answer, response)),
    }
}

#[cfg(test)]
mod tests {
    use mortise_sdk::fake::{Answer, Host};
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn parameters_that_are_not_given_are_left_out() {
        let host = Host::new()
            .answer(Answer::json(200, r#"{"ok":true}"#))
            .install();
        let blocks = json!([{ "type": "divider" }]);
        let parameters = Parameters::default()
            .text("text", "a&b ü")
            .given("thread_ts", None)
            .flag("unfurl_links", Some(false))
            .json("blocks", Some(&blocks))
            .unwrap();
        post::<Value>("chat.postMessage", &parameters).unwrap();
        let request = &host.requests()[0];
        assert_eq!(request.url, "https://slack.com/api/chat.postMessage");
        let Body::Bytes(body) = &request.body else {
            panic!("no bytes")
        };
        let form =
            "text=a%26b%20%C3%BC&unfurl_links=false&blocks=%5B%7B%22type%22%3A%22divider%22%7D%5D";
        assert_eq!(String::from_utf8_lossy(body), form);
    }
}
