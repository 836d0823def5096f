//! `mortise:plugin/context`: from the host's own records, never from what a guest says.

use std::sync::atomic::Ordering;

use tokio::time::Instant;

use crate::contract::mortise::plugin::context::Host;
use crate::guest::Guest;

const NO_CALLBACK: &str =
    "this call has no address for callbacks: only a step of a workflow has one";

impl Host for Guest {
    fn workflow(&mut self) -> wasmtime::Result<String> {
        Ok(self.work()?.about.workflow.clone())
    }

    fn run(&mut self) -> wasmtime::Result<String> {
        Ok(self.work()?.about.run.clone())
    }

    fn step(&mut self) -> wasmtime::Result<String> {
        Ok(self.work()?.about.step.clone())
    }

    fn attempt(&mut self) -> wasmtime::Result<u32> {
        Ok(self.work()?.about.attempt)
    }

    fn idempotency_key(&mut self) -> wasmtime::Result<String> {
        Ok(self.work()?.about.idempotency_key.clone())
    }

    fn remaining_ms(&mut self) -> wasmtime::Result<u64> {
        let left = self.work()?.deadline.duration_since(Instant::now());
        Ok(u64::try_from(left.as_millis()).unwrap_or(u64::MAX))
    }

    fn cancelled(&mut self) -> wasmtime::Result<bool> {
        Ok(self.work()?.cancelled.load(Ordering::Relaxed))
    }

    fn callback_url(&mut self) -> wasmtime::Result<Result<String, String>> {
        let url = self.work()?.about.callback_url.clone();
        Ok(url.ok_or_else(|| NO_CALLBACK.to_owned()))
    }
}
