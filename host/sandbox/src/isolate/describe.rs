//! A plugin that describes itself, in a worker of its own: nothing is known of it yet.

use std::time::Duration;

use wasmtime::component::Component;

use super::frame;
use super::pool::Pool;
use super::protocol::{Begin, Came, Compiled, FromWorker, Task, ToWorker};
use super::start::{Fresh, start};

impl Pool {
    /// Asks a component what it is; the error is a sentence.
    pub async fn describe(&self, component: &Component) -> Result<String, String> {
        let code = component
            .serialize()
            .map_err(|error| format!("{error:#}"))?;
        let plugin = Compiled {
            roles: Vec::new(),
            code: code.into(),
        };
        let fresh = start(&self.spawner, &self.settings, Some(plugin)).await;
        let fresh = fresh.map_err(|error| error.to_string())?;
        let (time_max_ms, isolate) = (self.settings.describe_time_max_ms, &self.settings.isolate);
        let patience = Duration::from_millis(time_max_ms.saturating_add(isolate.grace_ms));
        let described = tokio::time::timeout(patience, asked(fresh, time_max_ms)).await;
        described.unwrap_or_else(|_| {
            Err(format!(
                "its worker process did not end within `isolate.grace-ms` of {} ms after its time",
                isolate.grace_ms
            ))
        })
    }
}

async fn asked(mut fresh: Fresh, remaining_ms: u64) -> Result<String, String> {
    let begin = Begin {
        call: 0,
        plugin: String::new(),
        operation: "describe".to_owned(),
        made_at: 0,
        remaining_ms,
        task: Task::Describe,
    };
    let told = fresh.outbox.put(&ToWorker::Call(Box::new(begin)));
    told.map_err(|error| error.to_string())?;
    let flushing = async {
        // It takes little, and where it takes nothing it is gone, which the inbox sees.
        let _ = fresh.outbox.flush().await;
        std::future::pending().await
    };
    let said = tokio::select! {
        said = fresh.inbox.next() => said,
        said = flushing => said,
    };
    let Ok(Some(said)) = said else {
        return Err(format!("its worker process {}", fresh.process.end().await));
    };
    match frame::decode(&said).map_err(|error| error.to_string())? {
        FromWorker::Done {
            came: Came::Described(described),
            ..
        } => described,
        _ => Err("its worker process answered another question".to_owned()),
    }
}
