//! What a call costs in an instance that made one before. No run has that: each of its calls has an
//! instance of its own. The benchmark asks, to tell what the freshness costs in each language.

use std::sync::Arc;
use std::time::Duration;

use mortise_ports::plugins::Call;
use tokio::time::Instant;

use crate::Sandbox;
use crate::calls::Calls;
use crate::guest::{About, Guest, Work};
use crate::host::way::Way;
use crate::invoke::{Asked, invoke_in, yield_until};
use crate::log::Log;
use crate::plugin::Loaded;

/// Longer than any benchmark.
const TIME_MAX: Duration = Duration::from_secs(600);

impl Sandbox {
    /// Makes a call again and again in one instance, once more than is asked for: the first is not timed.
    /// Gives what all of the others took together.
    ///
    /// # Errors
    /// Where it is no call of a connector that is loaded, or one of them fails.
    pub async fn time_warm(&self, call: Call, times: u32) -> Result<Duration, String> {
        let loaded = self.find(call.operation.digest);
        let loaded = loaded.ok_or("the plugin is not loaded")?;
        let timing = self.calls.time_warm(&loaded, call, times);
        timing.await.map_err(|error| format!("{error:#}"))
    }
}

impl Calls {
    async fn time_warm(
        &self,
        loaded: &Arc<Loaded>,
        call: Call,
        times: u32,
    ) -> wasmtime::Result<Duration> {
        let no_call = || wasmtime::format_err!("it is no call of a connector");
        let connector = loaded.connector.as_ref().ok_or_else(no_call)?;
        let asked = Asked::of(&call.invocation).ok_or_else(no_call)?;
        let begun = Instant::now();
        let deadline = begun + TIME_MAX;
        let log = Log::new(&self.settings, call.now, begun);
        let work = Work {
            about: About::new(&call, None),
            cancelled: Arc::clone(&call.cancelled),
            deadline,
            way: Way::Direct(self.direct(&call, false, None, (begun, deadline))),
        };
        let guest = Guest::new(&self.settings, log, Some(work)).with_files(Vec::new());
        let mut store = guest.into_store(&self.engine);
        yield_until(&mut store, deadline);
        let instance = connector.instance.instantiate_async(&mut store).await?;
        let mut timed = Instant::now();
        for n in 0..=times {
            if n == 1 {
                timed = Instant::now();
            }
            // Each call has its own allowance in a store of its own.
            store.set_hostcall_fuel(self.settings.hostcall_max_bytes);
            let name = call.operation.name.as_str();
            let given = invoke_in(&mut store, connector, &instance, (name, &asked)).await?;
            given.map_err(|failure| wasmtime::format_err!("{}", failure.message))?;
        }
        Ok(timed.elapsed())
    }
}
