//! `upload-file`: the file's bytes never pass through the plugin.

use mortise_sdk::files::{self, File};
use mortise_sdk::http::{Body, Part, PartBody, Request, push_encoded};
use mortise_sdk::{Action, Example, Failure, Outcome, Repeat, Turn};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::desk;

pub struct UploadFile;

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Input {
    /// The ticket that it belongs to.
    ticket_id: String,
    /// What is uploaded.
    file: File,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all(serialize = "kebab-case"))]
pub struct Output {
    id: String,
    size_bytes: u64,
}

impl Action for UploadFile {
    const NAME: &'static str = "upload-file";
    const SUMMARY: &'static str = "adds a file to a ticket";
    const REPEAT: Repeat = Repeat::Keyed;
    type Input = Input;
    type Output = Output;

    fn invoke(input: Input, _: Turn) -> Result<Outcome<Output>, Failure> {
        let no_file = |why| Failure::reject(why).with_field("/file");
        let info = files::stat(&input.file.id).map_err(no_file)?;
        let mut path = "/tickets/".to_owned();
        push_encoded(&mut path, &input.ticket_id);
        path.push_str("/files");
        let part = Part {
            name: "file".to_owned(),
            file_name: info.name,
            content_type: Some(info.content_type),
            body: PartBody::File(input.file.id),
        };
        let request = Request::post(desk::url(&path)?).idempotent();
        let response = desk::ask(request.body(Body::Multipart(vec![part])))?;
        Ok(Outcome::Done(response.json()?))
    }

    fn examples() -> Vec<Example> {
        let input = json!({ "ticket-id": "t-1", "file": { "$file": "photo" } });
        vec![Example::new("A photo", input).output(json!({ "id": "f-1", "size-bytes": 12 }))]
    }
}

#[cfg(test)]
mod tests {
    use mortise_sdk::fake::{self, Answer, Host};

    use super::*;

    #[test]
    fn a_file_is_sent_as_a_part() {
        let answer = Answer::json(201, r#"{"id":"f-1","size_bytes":3}"#);
        let host = Host::new().file("photo", "image/png", b"png").answer(answer).install();
        let input = json!({ "ticket-id": "t/1", "file": { "$file": "photo" } });
        assert_eq!(fake::invoke::<UploadFile>(&input).unwrap()["size-bytes"], 3);
        let request = &host.requests()[0];
        assert!(request.url.ends_with("/tickets/t%2F1/files"), "{}", request.url);
    }
}
