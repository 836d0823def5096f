//! The action `attachment`, and what makes files of texts for the other operations.

use mortise_sdk::files::{self, File};
use mortise_sdk::{Action, Example, Failure, Outcome, Repeat, Turn};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// Makes a file, reads files, or keeps one over a suspension.
pub struct Attachment;

/// What is to be done.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Input {
    what: What,
    /// What a new file holds.
    #[serde(default)]
    text: String,
    /// How often it holds that.
    #[serde(default = "once")]
    times: u32,
    name: Option<String>,
    /// Files to read.
    #[serde(default)]
    files: Vec<File>,
}

fn once() -> u32 {
    1
}

/// What is to be done.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum What {
    /// One file.
    Make,
    /// Each of `files`.
    Read,
    /// Makes one, and reads it when the call comes back.
    Suspend,
}

/// What was made, and what was read.
#[derive(Default, Serialize, JsonSchema)]
pub struct Output {
    file: Option<File>,
    read: Vec<Content>,
}

/// A file that was read.
#[derive(Serialize, JsonSchema)]
struct Content {
    /// Its start.
    text: String,
    size: u64,
    content_type: String,
    name: Option<String>,
}

/// What comes back after a suspension.
#[derive(Serialize, Deserialize)]
struct Token {
    kept: File,
}

/// What of a file is shown.
const SHOWN_BYTES: u32 = 64;

impl Action for Attachment {
    const NAME: &'static str = "attachment";
    const SUMMARY: &'static str = "makes files and reads them";
    const REPEAT: Repeat = Repeat::Safe;
    type Input = Input;
    type Output = Output;

    fn invoke(input: Input, turn: Turn) -> Result<Outcome<Output>, Failure> {
        if let Turn::Resumed { token, .. } = turn {
            let Token { kept } = token.read("token")?;
            return read(&[kept]).map(Outcome::Done);
        }
        match input.what {
            What::Make => Ok(Outcome::Done(Output {
                file: Some(input.make()?),
                ..Output::default()
            })),
            What::Read => read(&input.files).map(Outcome::Done),
            What::Suspend => {
                let kept = input.make()?;
                Outcome::later(&Token { kept }, 10)
            }
        }
    }

    fn examples() -> Vec<Example> {
        let input = json!({ "what": "make", "text": "hello", "name": "hello.txt" });
        vec![Example::new("a small file", input)]
    }
}

impl Input {
    fn make(&self) -> Result<File, Failure> {
        make(self.name.as_deref(), &self.text, self.times).map_err(Failure::reject)
    }
}

fn make(name: Option<&str>, text: &str, times: u32) -> Result<File, String> {
    let id = files::create(name, "text/plain")?;
    for _ in 0..times {
        files::append(&id, text.as_bytes())?;
    }
    Ok(File { id })
}

fn read(files: &[File]) -> Result<Output, Failure> {
    let content = |file: &File| {
        let info = files::stat(&file.id)?;
        let start = files::read(&file.id, 0, SHOWN_BYTES)?;
        Ok(Content {
            text: String::from_utf8_lossy(&start).into_owned(),
            size: info.size,
            content_type: info.content_type,
            name: info.name,
        })
    };
    let read: Result<Vec<Content>, String> = files.iter().map(content).collect();
    Ok(Output {
        file: None,
        read: read.map_err(Failure::reject)?,
    })
}

/// Makes a file of the text `attach`, where there is one.
pub fn attach(payload: &mut Map<String, Value>) -> Result<(), Failure> {
    if let Some(Value::String(text)) = payload.get("attach") {
        let file = make(Some("attached.txt"), text, 1).map_err(Failure::reject)?;
        payload.insert("attach".to_owned(), json!(file));
    }
    Ok(())
}
