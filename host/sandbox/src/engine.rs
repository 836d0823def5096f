//! The engine: how guests are compiled, where they live and what interrupts them.

use std::time::Duration;

use wasmtime::{
    Config, Enabled, Engine, EngineWeak, InstanceAllocationStrategy, OptLevel,
    PoolingAllocationConfig,
};

use crate::settings::Settings;

/// How often a running guest looks whether its time is up.
pub(crate) const TICK_MS: u64 = 10;

/// Makes an engine, and the thread that makes its epochs pass as long as anybody holds the engine: a
/// guest that outlives the sandbox would never be interrupted otherwise.
pub(crate) fn start(settings: &Settings) -> wasmtime::Result<Engine> {
    start_with(settings, || ())
}

/// The same, where epochs pass only when `wait` does not.
pub(crate) fn start_with(
    settings: &Settings,
    wait: impl Fn() + Send + 'static,
) -> wasmtime::Result<Engine> {
    let mut config = config();
    config
        .max_wasm_stack(settings.stack_max_bytes)
        .async_stack_size(settings.stack_max_bytes + HOST_STACK_BYTES)
        .allocation_strategy(InstanceAllocationStrategy::Pooling(pool(settings)));
    let engine = Engine::new(&config)?;
    let weak = engine.weak();
    std::thread::Builder::new()
        .name("sandbox-epochs".to_owned())
        .spawn(move || tick(&weak, &wait))?;
    Ok(engine)
}

#[allow(clippy::disallowed_methods)] // This thread is the clock that others wait for.
fn tick(engine: &EngineWeak, wait: &impl Fn()) {
    loop {
        wait();
        std::thread::sleep(Duration::from_millis(TICK_MS));
        let Some(engine) = engine.upgrade() else {
            return;
        };
        engine.increment_epoch();
    }
}

/// An engine that only compiles: without places for instances, which take much address space, and
/// without a clock. What it compiles runs in the other one.
pub(crate) fn for_compiling() -> wasmtime::Result<Engine> {
    Engine::new(&config())
}

/// All that the compiled code depends on.
fn config() -> Config {
    let mut config = Config::new();
    config
        .cranelift_opt_level(OptLevel::Speed)
        .epoch_interruption(true)
        .concurrency_support(false)
        .wasm_component_model(true)
        // What no guest's toolchain emits by default needs no review here.
        .wasm_memory64(false)
        .wasm_relaxed_simd(false)
        .wasm_multi_memory(false);
    config
}

/// What the host's own functions need of a guest's fiber.
const HOST_STACK_BYTES: usize = 512 << 10;

fn pool(settings: &Settings) -> PoolingAllocationConfig {
    // Warm instances and calls on threads of their own come on top of the calls under way.
    let instances = settings.calls_max + 2 * settings.slow_calls_max + 16;
    let instances = u32::try_from(instances).unwrap_or(u32::MAX);
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(instances)
        .total_core_instances(instances.saturating_mul(settings.core_instances_max))
        .total_memories(instances.saturating_mul(settings.memories_max))
        .total_tables(instances.saturating_mul(settings.tables_max))
        .total_stacks(instances)
        .max_core_instances_per_component(settings.core_instances_max)
        .max_memories_per_component(settings.memories_max)
        .max_tables_per_component(settings.tables_max)
        .max_memory_size(settings.memory_max_bytes)
        .table_elements(settings.table_elements_max)
        .linear_memory_keep_resident(settings.memory_keep_bytes)
        .table_keep_resident(TABLE_KEEP_BYTES)
        .async_stack_keep_resident(STACK_KEEP_BYTES)
        // Where the kernel can tell which pages a guest touched, only those are reset.
        .pagemap_scan(Enabled::Auto);
    pool
}

/// More than the tables of a Rust guest take.
const TABLE_KEEP_BYTES: usize = 16 << 10;
/// More than a call usually takes of its stack.
const STACK_KEEP_BYTES: usize = 64 << 10;
