//! `upload-file`: Slack gives an address, the host sends the file's bytes there, and Slack is told that they are
//! complete. What is not completed is thrown away, so only the last step has an effect that others see.

use mortise_sdk::files::{self, File};
use mortise_sdk::http::{Body, Request};
use mortise_sdk::{Action, Example, Failure, Outcome, Repeat, Turn};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::call::{self, Parameters};
use crate::message::Object;
use crate::refusal;

pub struct UploadFile;

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Input {
    /// What is uploaded.
    file: File,
    /// The id of the channel that it is shared in; a name will not do. Without it, only the app sees the file.
    channel: Option<String>,
    /// The `ts` of a message, to share it in its thread.
    #[schemars(regex(pattern = r"^\d+\.\d+$"))]
    thread_ts: Option<String>,
    /// The message that introduces it.
    initial_comment: Option<String>,
    /// What it is called in Slack; the file's own name without it.
    filename: Option<String>,
    /// Its heading; its name without it.
    title: Option<String>,
    /// What a picture shows, for those who cannot see it; up to 1,000 characters.
    alt_text: Option<String>,
}

/// A file of the workspace, with everything that Slack says besides.
#[derive(Serialize, Deserialize, JsonSchema)]
pub struct Uploaded {
    /// The file's id.
    id: String,
    /// Its heading.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    title: Option<String>,
    /// Everything else, such as `permalink`. Where it is shared is often not known at once.
    #[serde(flatten)]
    rest: Object,
}

/// Where the bytes go.
#[derive(Deserialize)]
struct Ticket {
    upload_url: String,
    file_id: String,
}

#[derive(Deserialize)]
struct Completed {
    files: Vec<Uploaded>,
}

impl Action for UploadFile {
    const NAME: &'static str = "upload-file";
    const SUMMARY: &'static str = "uploads a file and shares it in a channel";
    const REPEAT: Repeat = Repeat::Duplicates;
    type Input = Input;
    type Output = Uploaded;

    fn invoke(input: Input, _: Turn) -> Result<Outcome<Uploaded>, Failure> {
        let no_file = |why| Failure::reject(why).with_field("/file");
        let info = files::stat(&input.file.id).map_err(no_file)?;
        let filename = input
            .filename
            .clone()
            .or(info.name)
            .unwrap_or_else(|| "file".to_owned());
        let wanted = Parameters::default()
            .text("filename", &filename)
            .text("length", &info.size.to_string())
            .given("alt_txt", input.alt_text.as_deref());
        let ticket: Ticket = call::post("files.getUploadURLExternal", &wanted)?;
        send(&ticket, &input.file, &info.content_type)?;
        complete(&ticket, &input, &filename).map(Outcome::Done)
    }

    fn examples() -> Vec<Example> {
        let input = json!({
            "file": { "$file": "report" }, "channel": "C012AB3CD", "initial-comment": "The numbers of May", "title": "May",
        });
        vec![Example::new("A report", input)]
    }
}

/// The address carries its own right, and says with the status alone whether it went well.
fn send(ticket: &Ticket, file: &File, content_type: &str) -> Result<(), Failure> {
    let request = Request::post(&ticket.upload_url)
        .anonymous()
        .header("content-type", content_type)
        .body(Body::File(file.id.clone()));
    let response = request.send()?;
    match response.status {
        200 => Ok(()),
        _ => Err(refusal::of_status(response)),
    }
}

fn complete(ticket: &Ticket, input: &Input, filename: &str) -> Result<Uploaded, Failure> {
    let title = input.title.as_deref().unwrap_or(filename);
    let parameters = Parameters::default()
        .json(
            "files",
            Some(&json!([{ "id": ticket.file_id, "title": title }])),
        )?
        .given("channel_id", input.channel.as_deref())
        .given("thread_ts", input.thread_ts.as_deref())
        .given("initial_comment", input.initial_comment.as_deref());
    let completed: Completed = call::post("files.completeUploadExternal", &parameters)?;
    let mut files = completed.files.into_iter();
    files
        .next()
        .ok_or_else(|| Failure::unclear("slack took the upload and names no file"))
}

#[cfg(test)]
mod tests {
    use mortise_sdk::fake::{self, Answer, Host};
    use mortise_sdk::http::Auth;

    use super::*;

    #[test]
    fn the_bytes_go_without_the_credential() {
        let host = Host::new()
            .file("report", "text/csv", b"a,b")
            .answer(Answer::json(
                200,
                r#"{"ok":true,"upload_url":"https://files.slack.com/upload/v1/abc","file_id":"F1"}"#,
            ))
            .answer(Answer::new(200, &[], b"OK - 3"))
            .answer(Answer::json(200, r#"{"ok":true,"files":[{"id":"F1","title":"May"}]}"#))
            .install();
        let input = json!({ "file": { "$file": "report" }, "channel": "C1", "title": "May" });
        let output = fake::invoke::<UploadFile>(&input).unwrap();
        assert_eq!(output, json!({ "id": "F1", "title": "May" }));
        let requests = host.requests();
        assert!(matches!(requests[1].auth, Auth::None));
        assert!(matches!(&requests[1].body, Body::File(id) if id == "report"));
        assert!(matches!(requests[2].auth, Auth::Connection));
    }
}
