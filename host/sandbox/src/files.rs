//! Files on their way into a call and out of it. What its input names is opened before it
//! begins; what it made and its result names goes with the result, under the digest of its content.

use std::sync::Arc;

use bytes::Bytes;
use mortise_model::json::FileRef;
use mortise_model::{Digest, Disposition, Failure, Json};
use mortise_ports::files::Content;
use mortise_ports::plugins::{Call, File, FileSource, Invocation, Outcome, Turn};

use crate::contract::exports::mortise::plugin::actions;
use crate::failure::{self, cut};
use crate::host::files::{ANY_TYPE, is_fit};
use crate::invoke::{Ended, Given};
use crate::log::harmless;
use crate::plugin::Loaded;
use crate::records::Outcomes;
use crate::settings::Settings;

/// What can be done with files; a plugin that imports none of these only passes their names on.
const USES: [&str; 3] = [
    "mortise:plugin/files@",
    "mortise:plugin/http@",
    "mortise:plugin/mail@",
];

/// What is shown of an id that nobody knows.
const ID_SHOWN_BYTES: usize = 80;

/// A file of a call's run, of which the call reads what it needs.
#[derive(Clone, Debug)]
pub(crate) struct GivenFile {
    pub id: String,
    pub name: Option<String>,
    pub content_type: String,
    pub content: Arc<dyn Content>,
}

impl From<File> for GivenFile {
    fn from(file: File) -> Self {
        Self {
            id: file.id,
            name: file.name,
            content_type: file.content_type,
            content: Arc::new(file.data),
        }
    }
}

/// Files with all of their bytes, for a worker, which reaches no disk.
///
/// # Errors
/// Where they cannot be read.
pub(crate) async fn all_whole(files: Vec<GivenFile>) -> Result<Vec<File>, Failure> {
    let mut all = Vec::with_capacity(files.len());
    for file in files {
        all.push(File {
            data: whole(&file.content).await.map_err(unreadable)?,
            id: file.id,
            name: file.name,
            content_type: file.content_type,
        });
    }
    Ok(all)
}

/// All bytes of a file, read where waiting for a disk holds up nobody.
///
/// # Errors
/// Where they cannot be read.
pub(crate) async fn whole(content: &Arc<dyn Content>) -> Result<Bytes, String> {
    let content = Arc::clone(content);
    let read = tokio::task::spawn_blocking(move || content.whole()).await;
    read.map_err(|error| error.to_string())?
}

fn unreadable(why: String) -> Failure {
    Failure::new(Disposition::Misconfigured, "file-unreadable", why)
}

/// The files that a call's input names.
///
/// # Errors
/// Where the run has none of such an id, or they are too large together.
pub(crate) async fn given(
    (loaded, call): (&Loaded, &Call),
    settings: &Settings,
) -> Result<Vec<GivenFile>, Failure> {
    let is_used = |import: &String| USES.iter().any(|used| import.starts_with(used));
    let mut named = Vec::new();
    if loaded.plugin.imports.iter().any(is_used) {
        for value in inputs(&call.invocation) {
            FileRef::join(&mut named, value.files());
        }
    }
    if named.is_empty() {
        return Ok(Vec::new());
    }
    let source = call.files.as_deref();
    let source = source.ok_or_else(|| nowhere(&named[0].id))?;
    let mut total = 0;
    for file in &named {
        let size = source.size(&file.id).await.map_err(unreadable)?;
        total += size.ok_or_else(|| nowhere(&file.id))?;
    }
    let max_bytes = settings.files_max_bytes;
    if usize::try_from(total).is_ok_and(|total| total <= max_bytes) {
        let mut files = Vec::with_capacity(named.len());
        for file in named {
            files.push(open(source, file).await.map_err(unreadable)?);
        }
        return Ok(files);
    }
    let message = format!(
        "the input names files of {total} bytes, over the limit `sandbox.files-max-bytes` of {max_bytes}: \
         give the step fewer at once, or raise the limit"
    );
    Err(Failure::new(Disposition::Limit, "files-max", message))
}

async fn open(source: &dyn FileSource, named: FileRef) -> Result<GivenFile, String> {
    let content = source.open(&named.id).await?;
    let content_type = named.content_type.filter(|text| is_fit(text));
    Ok(GivenFile {
        name: named.name.filter(|name| is_fit(name)),
        content_type: content_type.unwrap_or_else(|| ANY_TYPE.to_owned()),
        id: named.id,
        content,
    })
}

/// What may name files. What triggers remember belongs to no run.
fn inputs(invocation: &Invocation) -> Vec<&Json> {
    match invocation {
        Invocation::Check => Vec::new(),
        Invocation::Action { input, turn } => match turn {
            Turn::Start => vec![input],
            Turn::Next(token) => vec![input, token],
            Turn::Resumed { token, answer } => {
                let mut all = vec![input, token];
                all.extend(answer);
                all
            }
        },
        Invocation::Transform { config, records } => vec![config, records],
        Invocation::Poll { input, .. }
        | Invocation::Receive { input, .. }
        | Invocation::Subscribe { input, .. }
        | Invocation::Unsubscribe { input, .. } => vec![input],
    }
}

fn nowhere(id: &str) -> Failure {
    let id = harmless(cut(id.to_owned(), ID_SHOWN_BYTES));
    let message = format!(
        "the input names the file `{id}`, and this run has none with that id: pass the file on as the \
         step that made it named it; a file belongs to its run alone"
    );
    Failure::new(Disposition::Reject, "no-such-file", message)
}

/// What is known of the files of a call once it is over.
pub(crate) struct Attached {
    /// Those that it was given.
    given: Vec<FileRef>,
    /// Those that it made, under its own ids.
    made: Vec<File>,
}

impl Attached {
    /// Of a call that was given these, and has made none yet.
    pub fn new(given: &[GivenFile]) -> Self {
        let known = given.iter().map(|file| FileRef {
            id: file.id.clone(),
            name: file.name.clone(),
            content_type: Some(file.content_type.clone()),
            size_bytes: Some(file.content.size_bytes()),
        });
        Self {
            given: known.collect(),
            made: Vec::new(),
        }
    }

    /// With what it made. A worker says that, and whoever took it over may say anything.
    pub fn with(self, mut made: Vec<File>) -> Self {
        for file in &mut made {
            file.name.take_if(|name| !is_fit(name));
            if !is_fit(&file.content_type) {
                ANY_TYPE.clone_into(&mut file.content_type);
            }
        }
        Self { made, ..self }
    }

    /// Names the files of an outcome as later calls find them, and gives those that are to be kept.
    ///
    /// # Errors
    /// Where one is named by what belongs to no run.
    pub fn settle(
        self,
        plugin: &str,
        mut outcome: Outcome,
    ) -> Result<(Outcome, Vec<File>), Failure> {
        if self.given.is_empty() && self.made.is_empty() {
            return Ok((outcome, Vec::new()));
        }
        self.check_remembered(plugin, &outcome)?;
        let mut named = Vec::new();
        for value in values(&mut outcome) {
            FileRef::join(&mut named, value.files());
        }
        let is_named = |file: &File| named.iter().any(|one| one.id == file.id);
        let mut kept: Vec<File> = Vec::new();
        let mut all: Vec<(String, FileRef)> = Vec::new();
        for mut file in self.made.into_iter().filter(is_named) {
            let id = Digest::of(&file.data).to_string();
            all.push((file.id.clone(), known(&file, id.clone())));
            file.id = id;
            if kept.iter().all(|other| other.id != file.id) {
                kept.push(file);
            }
        }
        all.extend(self.given.into_iter().map(|file| (file.id.clone(), file)));
        let look_up = |id: &str| {
            let found = all.iter().find(|(own, _)| own == id);
            found.map(|(_, file)| file.clone())
        };
        for value in values(&mut outcome) {
            let with = value.with_files(look_up);
            *value = with.map_err(|error| failure::output(plugin, &error.to_string()))?;
        }
        Ok((outcome, kept))
    }

    /// A cursor or a memory outlives every run, and would name what is gone.
    fn check_remembered(&self, plugin: &str, outcome: &Outcome) -> Result<(), Failure> {
        let (what, value) = match outcome {
            Outcome::News { cursor, .. } => ("cursor", cursor),
            Outcome::Reception {
                memory: Some(memory),
                ..
            }
            | Outcome::Subscription { memory, .. } => ("memory", memory),
            _ => return Ok(()),
        };
        let is_own = |named: &FileRef| self.made.iter().any(|file| file.id == named.id);
        match value.files().iter().any(is_own) {
            false => Ok(()),
            true => {
                let what = format!(
                    "its {what} names a file, and a file goes with its run: what the next call needs has \
                     to stand in the {what} itself"
                );
                Err(failure::output(plugin, &what))
            }
        }
    }
}

fn known(file: &File, id: String) -> FileRef {
    FileRef {
        id,
        name: file.name.clone(),
        content_type: Some(file.content_type.clone()),
        size_bytes: Some(file.data.len() as u64),
    }
}

/// The values that stay with a run.
fn values(outcome: &mut Outcome) -> Vec<&mut Json> {
    match outcome {
        Outcome::Output { output, .. } => vec![output],
        Outcome::Page { records, next, .. } => {
            let mut all = vec![records];
            all.extend(next);
            all
        }
        Outcome::Suspended { token, .. } => vec![token],
        Outcome::News { events, .. } | Outcome::Reception { events, .. } => {
            events.iter_mut().map(|news| &mut news.payload).collect()
        }
        Outcome::Subscription { .. } | Outcome::Unsubscribed | Outcome::Account(_) => Vec::new(),
    }
}

/// What a guest gave, as JSON that nobody has checked yet.
pub(crate) trait Texts {
    /// All that may name files.
    fn texts(&self) -> Vec<&str>;
}

impl Texts for Given {
    fn texts(&self) -> Vec<&str> {
        match self {
            Self::Turn(actions::Outcome::Done(text)) => vec![text],
            Self::Turn(actions::Outcome::Page(page)) => {
                let records = page.records.iter().chain(&page.next);
                records.map(String::as_str).collect()
            }
            Self::Turn(actions::Outcome::Suspended(suspension)) => vec![&suspension.token],
            Self::News(news) => {
                let payloads = news.events.iter().map(|event| event.payload.as_str());
                payloads.chain([news.cursor.as_str()]).collect()
            }
            Self::Reception(reception) => {
                let payloads = reception.events.iter().map(|event| event.payload.as_str());
                payloads.chain(reception.memory.as_deref()).collect()
            }
            Self::Subscription(subscription) => vec![&subscription.memory],
            Self::Unsubscribed | Self::Account(_) => Vec::new(),
        }
    }
}

impl Texts for Outcomes {
    fn texts(&self) -> Vec<&str> {
        let given = self.iter().filter_map(|outcome| outcome.as_ref().ok());
        given.flatten().map(String::as_str).collect()
    }
}

/// Of what a call made, what it gave names: the rest goes no further.
pub(crate) fn named<T: Texts>(ended: &Ended<T>, made: Vec<File>) -> Vec<File> {
    let Ended::Given(given) = ended else {
        return Vec::new();
    };
    if made.is_empty() {
        return made;
    }
    let mut names = Vec::new();
    for text in given.texts() {
        if let Ok(value) = Json::kept(text) {
            FileRef::join(&mut names, value.files());
        }
    }
    let is_named = |file: &File| names.iter().any(|one| one.id == file.id);
    made.into_iter().filter(is_named).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use mortise_ports::plugins::News;

    use super::*;

    fn made(id: &str, name: &str, content: &'static [u8]) -> File {
        File {
            id: id.to_owned(),
            name: Some(name.to_owned()),
            content_type: "text/plain".to_owned(),
            data: content.into(),
        }
    }

    fn output(text: &str) -> Outcome {
        Outcome::Output {
            output: Json::parse(text).unwrap(),
            failures: Vec::new(),
        }
    }

    fn settled(attached: Attached, outcome: Outcome) -> (String, Vec<File>) {
        match attached.settle("p", outcome).unwrap() {
            (Outcome::Output { output, .. }, files) => (output.as_str().to_owned(), files),
            (other, _) => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_is_not_named_is_not_kept_and_what_is_nobodys_stays_as_it_is() {
        let files = vec![made("file-1", "a", b"x"), made("file-2", "b", b"y")];
        let attached = Attached::new(&[]).with(files);
        let text = r#"[{"$file":"file-2"},{"$file":"of an application"}]"#;
        let (text, files) = settled(attached, output(text));
        assert_eq!(files.len(), 1);
        assert_eq!(files[0].id, Digest::of(b"y").to_string());
        assert!(text.contains(r#"{"$file":"of an application"}"#), "{text}");
        assert!(!text.contains("file-2"), "{text}");
    }

    #[test]
    fn the_same_content_is_kept_once_under_all_its_names() {
        let files = vec![made("file-1", "a", b"x"), made("file-2", "b", b"x")];
        let attached = Attached::new(&[]).with(files);
        let (text, files) = settled(
            attached,
            output(r#"[{"$file":"file-1"},{"$file":"file-2"}]"#),
        );
        assert_eq!(files.len(), 1);
        assert!(
            text.contains(r#""name":"a""#) && text.contains(r#""name":"b""#),
            "{text}"
        );
    }

    #[test]
    fn what_was_given_keeps_its_name_where_the_plugin_says_only_the_id() {
        let given = made("sha256:1", "a", b"x");
        let (text, files) = settled(
            Attached::new(&[given.into()]),
            output(r#"{"$file":"sha256:1"}"#),
        );
        assert!(files.is_empty());
        assert!(text.contains(r#""name":"a""#), "{text}");
    }

    #[test]
    fn a_worker_says_no_names_that_a_call_could_not() {
        let long = "n".repeat(300);
        let attached = Attached::new(&[]).with(vec![made("file-1", &long, b"x")]);
        let (text, files) = settled(attached, output(r#"{"$file":"file-1"}"#));
        assert_eq!(
            (files[0].name.as_deref(), text.contains("nnn")),
            (None, false)
        );
    }

    #[test]
    fn a_cursor_names_no_file() {
        let news = |cursor: &str| Outcome::News {
            events: vec![News {
                id: "1".to_owned(),
                ordering_key: None,
                payload: Json::parse(r#"{"$file":"file-1"}"#).unwrap(),
            }],
            cursor: Json::parse(cursor).unwrap(),
            more: false,
        };
        let attached = || Attached::new(&[]).with(vec![made("file-1", "a", b"x")]);
        let (_, files) = attached().settle("p", news("1")).unwrap();
        assert_eq!(files.len(), 1);
        let failure = attached()
            .settle("p", news(r#"{"at":{"$file":"file-1"}}"#))
            .unwrap_err();
        assert!(
            failure.message.contains("its cursor names a file"),
            "{}",
            failure.message
        );
    }
}
