//! What is wrong with a file: a code, a place, a cause and a remedy.

use std::fmt;

use serde::{Serialize, Serializer};

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $text:literal,)*) => {
        /// Names a kind of problem. The texts are stable: scripts may compare them.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $($(#[$doc])* $variant,)*
        }

        impl Code {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The text of the code.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }
        }
    };
}

codes! {
    /// There is a file of that name, and nobody can read it.
    UnreadableFile = "unreadable-file",
    /// The text is not YAML.
    YamlSyntax = "yaml-syntax",
    /// The file is too long.
    FileTooLarge = "file-too-large",
    /// Lists and maps are nested too deeply.
    TooDeep = "too-deep",
    /// Aliases expand to too much.
    AliasExpansion = "alias-expansion",
    /// A key stands twice in one map.
    DuplicateKey = "duplicate-key",
    /// A YAML tag that has no meaning here.
    UnsupportedTag = "unsupported-tag",
    /// A name that is not known at this place.
    UnknownField = "unknown-field",
    /// A name that has to be there is not.
    MissingField = "missing-field",
    /// A value of another type than this place takes.
    WrongType = "wrong-type",
    /// A value that this place does not take.
    InvalidValue = "invalid-value",
    /// A manifest of a version that this program does not know.
    UnsupportedVersion = "unsupported-version",
    /// A text that cannot be a name or an id.
    InvalidName = "invalid-name",
    /// Two things have the same id.
    DuplicateId = "duplicate-id",
    /// An id inside of a step is one that is seen from around it.
    ShadowedId = "shadowed-id",
    /// Two manifests have the same name.
    DuplicateWorkflow = "duplicate-workflow",
    /// Two webhooks are served at the same path with the same method.
    DuplicateWebhook = "duplicate-webhook",
    /// A workflow has two manual triggers.
    DuplicateManual = "duplicate-manual",
    /// More steps than a workflow may have.
    TooManySteps = "too-many-steps",
    /// A text that is no duration, or one out of bounds.
    InvalidDuration = "invalid-duration",
    /// A text that is no cron expression, or one that never comes true.
    InvalidCron = "invalid-cron",
    /// A text that is no time zone.
    InvalidTimezone = "invalid-timezone",
    /// A text that is no host.
    InvalidHost = "invalid-host",
    /// A text that is no origin.
    InvalidOrigin = "invalid-origin",
    /// A value that is no JSON Schema.
    InvalidSchema = "invalid-schema",
    /// An expression is not closed, or is no jq.
    ExpressionSyntax = "expression-syntax",
    /// An expression that is too long or nested too deeply.
    ExpressionTooLarge = "expression-too-large",
    /// An expression where none is evaluated.
    ExpressionNotAllowed = "expression-not-allowed",
    /// An expression uses what does not exist here on purpose.
    ExpressionForbidden = "expression-forbidden",
    /// An expression calls a function that does not exist.
    UnknownFunction = "unknown-function",
    /// An expression reads a variable that does not exist.
    UnknownVariable = "unknown-variable",
    /// A path begins with a name that expressions do not see.
    UnknownRoot = "unknown-root",
    /// A path names a step that does not exist.
    UnknownStep = "unknown-step",
    /// A path names its own step or a later one.
    Cycle = "cycle",
    /// An output that comes in pages is read as one value.
    PagedOutput = "paged-output",
    /// Pages are expected, and this is something else.
    NotPaged = "not-paged",
    /// A path names a field that the schema of what it reads does not have.
    UnknownPath = "unknown-path",
    /// Two values are compared that are never of one type.
    IncomparableTypes = "incomparable-types",
    /// A condition that is no boolean.
    ConditionNotBoolean = "condition-not-boolean",
    /// A text that does not name a plugin and its versions.
    InvalidReference = "invalid-reference",
    /// A plugin that is not there, or not in a version that would do.
    UnknownPlugin = "unknown-plugin",
    /// An operation that the plugin does not have.
    UnknownOperation = "unknown-operation",
    /// An operation of another role than its place needs.
    WrongRole = "wrong-role",
    /// `records` for an operation that takes none.
    RecordsNotTaken = "records-not-taken",
    /// A connection that does not exist.
    UnknownConnection = "unknown-connection",
    /// A connection that belongs to another plugin.
    WrongConnection = "wrong-connection",
    /// A grant for a plugin that no step uses.
    UnknownGrant = "unknown-grant",
    /// A workflow that does not exist.
    UnknownWorkflow = "unknown-workflow",
    /// A workflow calls itself, directly or through others.
    CallCycle = "call-cycle",
    /// A trigger that does not exist.
    UnknownTrigger = "unknown-trigger",
    /// A name that several steps have.
    AmbiguousStep = "ambiguous-step",
    /// A secret in a file.
    SecretInFile = "secret-in-file",
    /// The lock does not mention a plugin of the manifest.
    NotLocked = "not-locked",
    /// The lock says something else than what is there.
    LockMismatch = "lock-mismatch",
    /// There are more problems than are shown.
    TooManyProblems = "too-many-problems",
    /// An alias that no step uses.
    UnusedPlugin = "unused-plugin",
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// There is no plan.
    Error,
    /// There is a plan, and it is probably not what is meant.
    Warning,
}

/// One problem.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    /// Which kind of problem.
    pub code: Code,
    /// How bad it is.
    pub level: Level,
    /// The name of the file as it was given.
    pub file: String,
    /// From 1.
    pub line: u32,
    /// From 1, in characters.
    pub column: u32,
    /// What is wrong: lower case, no full stop.
    pub message: String,
    /// What to do.
    pub help: String,
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let level = match self.level {
            Level::Error => "error",
            Level::Warning => "warning",
        };
        write!(
            f,
            "{}:{}:{}: {level}[{}]: {}\nhelp: {}",
            self.file, self.line, self.column, self.code, self.message, self.help
        )
    }
}
