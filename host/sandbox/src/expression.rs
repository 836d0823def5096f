//! Expressions: jq programs, run by a component of our own in instances that are kept warm, because
//! they remember the programs that they compiled.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use mortise_model::{Disposition, Failure, Json, Timestamp};
use mortise_ports::plugins::LoadError;
use serde::Serialize;
use tokio::sync::Semaphore;
use tokio::time::Instant;
use wasmtime::{Engine, Store};

use crate::contract::exports::mortise::plugin::transform;
use crate::failure;
use crate::guest::Guest;
use crate::load::Loader;
use crate::log::Log;
use crate::plugin::Transform;
use crate::settings::Settings;
use crate::transform::{Answered, Time, defect, invoke, is_interrupted};

/// The component that evaluates, built from this repository.
static JQ: &[u8] = include_bytes!(env!("MORTISE_JQ_WASM"));

/// Its operation: one value in, what the program gives out.
const OPERATION: &str = "map";
/// Ticks that an instance may take to start: some seconds.
const START_TICKS: u64 = 1_000;
/// An instance whose memory grew beyond this is not kept: it would hold the memory for good.
const WARM_MAX_BYTES: usize = 8 << 20;

/// What evaluates expressions.
pub(crate) struct Expressions {
    shared: Arc<Shared>,
    slow: Arc<Semaphore>,
}

struct Shared {
    engine: Engine,
    settings: Arc<Settings>,
    jq: Arc<Transform>,
    /// Instances that wait; the one used last is taken first.
    warm: Mutex<Vec<Warm>>,
    warm_max: usize,
}

/// An instance between two evaluations.
struct Warm {
    store: Store<Guest>,
    guest: transform::Guest,
}

#[derive(Serialize)]
struct Config<'a> {
    program: &'a str,
}

impl Expressions {
    pub fn new(loader: &Loader) -> Result<Self, LoadError> {
        let loaded = loader.load(JQ)?;
        let jq = loaded.transform.ok_or(LoadError::NoRole)?;
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        Ok(Self {
            shared: Arc::new(Shared {
                engine: loader.engine.clone(),
                settings: Arc::clone(&loader.settings),
                jq,
                warm: Mutex::default(),
                warm_max: 2 * threads,
            }),
            slow: Arc::new(Semaphore::new(loader.settings.slow_calls_max)),
        })
    }

    /// Evaluates a program on a value.
    pub async fn evaluate(&self, program: &str, value: Json) -> Result<Json, Failure> {
        let config = serde_json::to_string(&Config { program });
        let config = config.map_err(|error| misfit(program, &error.to_string()))?;
        let records = [value.as_str().to_owned()];
        if let Some(result) = self
            .shared
            .evaluate(program, &config, &records, Time::Inline)
        {
            return result;
        }
        // It is pure, so it begins anew where it keeps nobody waiting.
        let place = Arc::clone(&self.slow).acquire_owned().await;
        let (shared, program) = (Arc::clone(&self.shared), program.to_owned());
        let max_ms = shared.settings.expression_time_max_ms;
        let asker = Arc::new(());
        let is_awaited = Arc::downgrade(&asker);
        let outcome = tokio::task::spawn_blocking(move || {
            let _place = place;
            let end = Instant::now() + Duration::from_millis(max_ms);
            let time = Time::Until(end, is_awaited);
            shared
                .evaluate(&program, &config, &records, time)
                .unwrap_or_else(|| Err(too_slow(&program, max_ms)))
        })
        .await;
        drop(asker);
        outcome.unwrap_or_else(|error| Err(defect(&error).into()))
    }
}

impl Shared {
    /// None where the time is up.
    fn evaluate(
        &self,
        program: &str,
        config: &String,
        records: &[String],
        time: Time,
    ) -> Option<Result<Json, Failure>> {
        let mut warm = match self.take() {
            Ok(warm) => warm,
            Err(error) => return Some(Err(misfit(program, &error.root_cause().to_string()))),
        };
        time.begin(&mut warm.store);
        let applied = invoke(&warm.guest, &mut warm.store, OPERATION, config, records);
        Some(match applied {
            Err(error) if is_interrupted(&error) => return None,
            Err(error) => Err(self.broken(program, &error, warm.store.data())),
            Ok(applied) => {
                self.put(warm);
                self.single(program, applied)
            }
        })
    }

    fn take(&self) -> wasmtime::Result<Warm> {
        let kept = self
            .warm
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop();
        match kept {
            Some(warm) => Ok(warm),
            None => self.make(),
        }
    }

    fn make(&self) -> wasmtime::Result<Warm> {
        let log = Log::new(&self.settings, Timestamp(0), Instant::now());
        let mut store = Guest::new(&self.settings, log, None).into_store(&self.engine);
        // Ours, and quick, but a machine that is busy may leave this thread waiting for long.
        store.set_epoch_deadline(START_TICKS);
        let instance = self.jq.instance.instantiate(&mut store)?;
        let guest = self.jq.exports.load(&mut store, &instance)?;
        Ok(Warm { store, guest })
    }

    fn put(&self, warm: Warm) {
        let limits = &warm.store.data().limits;
        if limits.memory_bytes > WARM_MAX_BYTES || limits.memory_refused {
            return;
        }
        // Nobody reads what an expression prints; it must not use up the limit either.
        warm.store.data().log.take();
        let mut kept = self.warm.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() < self.warm_max {
            kept.push(warm);
        }
    }

    fn single(&self, program: &str, applied: Answered) -> Result<Json, Failure> {
        let outcomes = applied.map_err(|failure| failed(program, failure::of_guest(failure)))?;
        let outcome = outcomes.into_iter().next();
        let outcome = outcome.ok_or_else(|| misfit(program, "the evaluator gave no outcome"))?;
        let mut values = outcome.map_err(|failure| failed(program, failure::of_guest(failure)))?;
        if values.len() != 1 {
            let what = format!("it gives {} values where there has to be one", values.len());
            return Err(misfit(program, &what));
        }
        let text = values.swap_remove(0);
        if text.len() > self.settings.payload_max_bytes {
            return Err(failure::payload_max("mortise/jq", &self.settings));
        }
        Json::parse(text).map_err(|error| misfit(program, &error.to_string()))
    }

    fn broken(&self, program: &str, error: &wasmtime::Error, guest: &Guest) -> Failure {
        if guest.limits.memory_refused {
            let message = format!(
                "the expression `{}` needs more memory than the limit `sandbox.memory-max-bytes` \
                 of {} bytes",
                short(program),
                self.settings.memory_max_bytes
            );
            return Failure::new(Disposition::Limit, "expression-memory-max", message);
        }
        misfit(program, &error.root_cause().to_string())
    }
}

fn short(program: &str) -> String {
    failure::cut(program.to_owned(), 200)
}

fn too_slow(program: &str, max_ms: u64) -> Failure {
    Failure::new(
        Disposition::Limit,
        "expression-time-max",
        format!(
            "the expression `{}` took longer than the limit `sandbox.expression-time-max-ms` of {max_ms} ms",
            short(program)
        ),
    )
}

fn failed(program: &str, failure: Failure) -> Failure {
    misfit(program, &failure.message)
}

fn misfit(program: &str, what: &str) -> Failure {
    let message = format!("the expression `{}` failed: {what}", short(program));
    Failure::new(Disposition::Misconfigured, "expression", message)
}
