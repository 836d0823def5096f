//! `mortise runs file`

use std::path::{Path, PathBuf};

use clap::Args;
use mortise_model::{Digest, RunId};

use crate::access::Access;
use crate::args::Data;
use crate::exit::{Outcome, Stop};
use crate::output;

/// Fetches a file.
#[derive(Args)]
pub struct File {
    /// The run
    id: RunId,
    /// The file: its `$file`, as `runs show` names it
    #[arg(value_name = "FILE")]
    file: Digest,
    /// Where to write it; `-` is stdout
    #[arg(long, value_name = "PATH")]
    out: PathBuf,
    #[command(flatten)]
    data: Data,
}

/// Writes the content of a file of a run.
///
/// # Errors
/// `NotFound` where there is no such run, or it has no such file; where it cannot be written.
pub async fn run(wanted: File) -> Outcome {
    let settings = wanted.data.resolve()?.settings;
    let access = Access::find(&settings).await?;
    let content = access.file(wanted.id, wanted.file).await?;
    let out = wanted.out;
    if out == Path::new("-") {
        return output::raw(&content);
    }
    std::fs::write(&out, &content).map_err(|error| {
        Stop::environment(format!("`{}` cannot be written: {error}", out.display()))
    })?;
    if wanted.data.json {
        let written = serde_json::json!({
            "file": wanted.file,
            "path": out,
            "size_bytes": content.len(),
        });
        return output::json(&written);
    }
    Ok(())
}
