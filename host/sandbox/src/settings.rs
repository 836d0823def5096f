//! What the operator may set, each with its default and the reason for it.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::isolate;

/// Limits of everything that runs in the sandbox, the `sandbox.…` settings. They are fixed for the
/// life of a [`Sandbox`](crate::Sandbox). wasmtime's own default stands in brackets.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Settings {
    /// Where compiled code is kept, in a folder that only the host writes; without it each start
    /// compiles again.
    pub cache_dir: Option<PathBuf>,
    /// The program that compiles in a process of its own, started with [`COMMAND`] and limits: the
    /// binary itself. Without it the host compiles in its own process, without those limits.
    ///
    /// [`COMMAND`]: crate::compiling::COMMAND
    pub compiler: Option<PathBuf>,
    /// What compiling one component may take, in bytes of address space.
    pub compile_memory_max_bytes: u64,
    /// As above, in milliseconds of processor time; whole seconds count.
    pub compile_time_max_ms: u64,
    /// The largest component that is looked at.
    pub component_max_bytes: u64,
    /// Core modules in one component, whether it uses them or not.
    pub modules_max: u32,
    /// How deep components may lie in components.
    pub nesting_max: u32,
    /// Types of one component, of all its modules together.
    pub types_max: u32,
    /// Functions of one component, of all its modules together.
    pub functions_max: u32,
    /// The largest function, in bytes.
    pub function_max_bytes: u32,
    /// Local variables of one function.
    pub locals_max: u32,
    /// Core instances, of the component and all that it nests.
    pub core_instances_max: u32,
    /// Linear memories of one component.
    pub memories_max: u32,
    /// Tables of one component.
    pub tables_max: u32,
    /// Elements of one table.
    pub table_elements_max: usize,
    /// The memory that one instance may grow to, in bytes.
    pub memory_max_bytes: usize,
    /// What stays in memory of an instance's place when the instance is gone, in bytes: the next
    /// instance finds its pages there.
    pub memory_keep_bytes: usize,
    /// The stack of a guest, in bytes.
    pub stack_max_bytes: usize,
    /// What a guest may hand over in one call, in bytes.
    pub hostcall_max_bytes: usize,
    /// The largest output of one call, in bytes.
    pub payload_max_bytes: usize,
    /// Events that one poll or one webhook may bring.
    pub events_max: usize,
    /// Records of one page.
    pub page_records_max: usize,
    /// What a plugin may ask to be given back at the next call, in bytes: a cursor, the token of a
    /// page or of a suspension, the memory of a subscription.
    pub token_max_bytes: usize,
    /// For a webhook that runs before its sender is answered, in milliseconds.
    pub answer_time_max_ms: u64,
    /// Requests that one call may make, refused ones among them.
    pub requests_max: usize,
    /// Handles that a call may hold at once, of WASI and of its own.
    pub resources_max: usize,
    /// The largest header block of one HTTP request, or of an answer to a webhook, in bytes.
    pub header_block_max_bytes: usize,
    /// Random bytes in one call of `wasi:random`.
    pub random_max_bytes: u64,
    /// Files of one call, altogether, in bytes.
    pub files_max_bytes: usize,
    /// Lines that one attempt may write to the log.
    pub log_lines_max: usize,
    /// Bytes that one attempt may write to the log.
    pub log_max_bytes: usize,
    /// Calls of connectors under way at once; more wait.
    pub calls_max: usize,
    /// Transforms and expressions that need a thread of their own because they take long.
    pub slow_calls_max: usize,
    /// For one expression, in milliseconds.
    pub expression_time_max_ms: u64,
    /// For `describe`, in milliseconds.
    pub describe_time_max_ms: u64,
    /// Whether and how plugins run in processes of their own, the `isolate` and `isolate.…` settings.
    #[serde(skip)]
    pub isolate: isolate::settings::Settings,
    /// What goes to mail servers, the `mail.…` settings: this process talks to them, never a worker.
    #[serde(skip)]
    pub mail: mortise_mail::Settings,
}

impl Settings {
    /// A Python guest has 20 to 40 MiB.
    pub const COMPONENT_MAX_BYTES: u64 = 64 << 20;
    /// A Python guest of 40 MiB takes half of it. (unlimited)
    pub const COMPILE_MEMORY_MAX_BYTES: u64 = 2 << 30;
    /// As above, on a slow machine. (unlimited)
    pub const COMPILE_TIME_MAX_MS: u64 = 60_000;
    /// Four for each core instance. (1,000)
    pub const MODULES_MAX: u32 = 64;
    /// Toolchains nest two levels, composed components a few more. (1,000)
    pub const NESTING_MAX: u32 = 16;
    /// Ten times what a guest with a large interface has. (1,000,000)
    pub const TYPES_MAX: u32 = 50_000;
    /// An interpreter with its library has 40,000. (1,000,000)
    pub const FUNCTIONS_MAX: u32 = 200_000;
    /// The main loop of an interpreter has a fourth of it. Compiling takes longer than in proportion.
    /// (7,654,321)
    pub const FUNCTION_MAX_BYTES: u32 = 512 << 10;
    /// Compilers that do not optimise use thousands. (50,000)
    pub const LOCALS_MAX: u32 = 20_000;
    /// What a language's adapters need, twice. (unlimited)
    pub const CORE_INSTANCES_MAX: u32 = 16;
    /// One, and one for an adapter. (unlimited)
    pub const MEMORIES_MAX: u32 = 2;
    /// As above. (unlimited)
    pub const TABLES_MAX: u32 = 8;
    /// (20,000)
    pub const TABLE_ELEMENTS_MAX: usize = 20_000;
    /// Eight payloads of the largest size. (unlimited)
    pub const MEMORY_MAX_BYTES: usize = 64 << 20;
    /// What a call on a record of a few KiB touches. (0)
    pub const MEMORY_KEEP_BYTES: usize = 1 << 20;
    /// (512 KiB)
    pub const STACK_MAX_BYTES: usize = 512 << 10;
    /// (128 MiB)
    pub const HOSTCALL_MAX_BYTES: usize = 8 << 20;
    /// As for what a guest hands over.
    pub const PAYLOAD_MAX_BYTES: usize = 8 << 20;
    /// Applications give a hundred, or a thousand, and say that there is more.
    pub const EVENTS_MAX: usize = 10_000;
    /// As above.
    pub const PAGE_RECORDS_MAX: usize = 10_000;
    /// It stands in the journal with every turn; the largest payload that does.
    pub const TOKEN_MAX_BYTES: usize = 64 << 10;
    /// Applications wait for two or three seconds.
    pub const ANSWER_TIME_MAX_MS: u64 = 1_000;
    /// Each is noted in the journal.
    pub const REQUESTS_MAX: usize = 1_000;
    /// (1,000,000, and 100,000 of its own)
    pub const RESOURCES_MAX: usize = 1_024;
    /// (128 KiB)
    pub const HEADER_BLOCK_MAX_BYTES: usize = 32 << 10;
    /// (64 MiB)
    pub const RANDOM_MAX_BYTES: u64 = 64 << 10;
    /// Two of the largest payloads.
    pub const FILES_MAX_BYTES: usize = 16 << 20;
    /// What a person reads.
    pub const LOG_LINES_MAX: usize = 1_000;
    /// As above.
    pub const LOG_MAX_BYTES: usize = 256 << 10;
    /// Each may hold its memory: together 8 GiB at the very most, usually 100 MiB.
    pub const CALLS_MAX: usize = 128;
    /// Enough that a few that never end leave room for others.
    pub const SLOW_CALLS_MAX: usize = 16;
    /// A thousand times what one takes.
    pub const EXPRESSION_TIME_MAX_MS: u64 = 50;
    /// An interpreter takes a second to start.
    pub const DESCRIBE_TIME_MAX_MS: u64 = 5_000;

    /// Core instances, memories and tables that one store may hold. (10,000)
    pub(crate) const STORE_INSTANCES_MAX: usize = 32;
    /// As above.
    pub(crate) const STORE_TABLES_MAX: usize = 32;
    /// As above.
    pub(crate) const STORE_MEMORIES_MAX: usize = 4;
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            cache_dir: None,
            compiler: None,
            compile_memory_max_bytes: Self::COMPILE_MEMORY_MAX_BYTES,
            compile_time_max_ms: Self::COMPILE_TIME_MAX_MS,
            component_max_bytes: Self::COMPONENT_MAX_BYTES,
            modules_max: Self::MODULES_MAX,
            nesting_max: Self::NESTING_MAX,
            types_max: Self::TYPES_MAX,
            functions_max: Self::FUNCTIONS_MAX,
            function_max_bytes: Self::FUNCTION_MAX_BYTES,
            locals_max: Self::LOCALS_MAX,
            core_instances_max: Self::CORE_INSTANCES_MAX,
            memories_max: Self::MEMORIES_MAX,
            tables_max: Self::TABLES_MAX,
            table_elements_max: Self::TABLE_ELEMENTS_MAX,
            memory_max_bytes: Self::MEMORY_MAX_BYTES,
            memory_keep_bytes: Self::MEMORY_KEEP_BYTES,
            stack_max_bytes: Self::STACK_MAX_BYTES,
            hostcall_max_bytes: Self::HOSTCALL_MAX_BYTES,
            payload_max_bytes: Self::PAYLOAD_MAX_BYTES,
            events_max: Self::EVENTS_MAX,
            page_records_max: Self::PAGE_RECORDS_MAX,
            token_max_bytes: Self::TOKEN_MAX_BYTES,
            answer_time_max_ms: Self::ANSWER_TIME_MAX_MS,
            requests_max: Self::REQUESTS_MAX,
            resources_max: Self::RESOURCES_MAX,
            header_block_max_bytes: Self::HEADER_BLOCK_MAX_BYTES,
            random_max_bytes: Self::RANDOM_MAX_BYTES,
            files_max_bytes: Self::FILES_MAX_BYTES,
            log_lines_max: Self::LOG_LINES_MAX,
            log_max_bytes: Self::LOG_MAX_BYTES,
            calls_max: Self::CALLS_MAX,
            slow_calls_max: Self::SLOW_CALLS_MAX,
            expression_time_max_ms: Self::EXPRESSION_TIME_MAX_MS,
            describe_time_max_ms: Self::DESCRIBE_TIME_MAX_MS,
            isolate: isolate::settings::Settings::default(),
            mail: mortise_mail::Settings::default(),
        }
    }
}
