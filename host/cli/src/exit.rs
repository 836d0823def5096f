//! Exit codes, and how a command ends early.

use std::fmt;
use std::process::ExitCode;

use mortise_api::connections::KeepError;
use mortise_api::orders::OrderError;
use mortise_api::rollouts::RolloutError;
use mortise_api::standing::StandingError;
use mortise_api::tokens::TokenError;
use mortise_ports::StoreError;
use mortise_store::OpenError;

/// What the exit code says. Scripts rely on the numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Code {
    /// Done.
    Done = 0,
    /// The thing asked about failed.
    Failed = 1,
    /// Wrong usage; clap exits with it as well.
    Usage = 2,
    /// No such run, workflow, plugin or connection.
    NotFound = 3,
    /// Not allowed.
    NotAllowed = 4,
    /// The environment refuses.
    Environment = 5,
    /// Storage failed and the process stopped.
    Storage = 6,
    /// A defect of ours.
    Defect = 70,
    /// Interrupted.
    Interrupted = 130,
}

impl Code {
    /// Ends the process here and now, from any thread. Only for what must not go on.
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that ends the process"
    )]
    pub fn end_process(self) -> ! {
        std::process::exit(self as i32)
    }
}

impl From<Code> for ExitCode {
    fn from(code: Code) -> Self {
        Self::from(code as u8)
    }
}

/// Why a command ends, for a person, and the code for a script.
#[derive(Debug)]
pub struct Stop {
    /// The exit code.
    pub code: Code,
    /// One or more lines for stderr; none where everything is said already.
    pub message: Option<String>,
}

/// What a command gives.
pub type Outcome<T = ()> = Result<T, Stop>;

impl Stop {
    /// Ends with a message.
    pub fn new(code: Code, message: impl fmt::Display) -> Self {
        Self {
            code,
            message: Some(message.to_string()),
        }
    }

    /// Ends without another word.
    pub fn silent(code: Code) -> Self {
        Self {
            code,
            message: None,
        }
    }

    /// The thing asked about failed.
    pub fn failed(message: impl fmt::Display) -> Self {
        Self::new(Code::Failed, message)
    }

    /// Wrong usage.
    pub fn usage(message: impl fmt::Display) -> Self {
        Self::new(Code::Usage, message)
    }

    /// Something that is named does not exist.
    pub fn not_found(message: impl fmt::Display) -> Self {
        Self::new(Code::NotFound, message)
    }

    /// The environment refuses.
    pub fn environment(message: impl fmt::Display) -> Self {
        Self::new(Code::Environment, message)
    }

    /// A defect of ours.
    pub fn defect(message: impl fmt::Display) -> Self {
        Self::new(
            Code::Defect,
            format!("this is a defect of mortise: {message}"),
        )
    }
}

impl From<OpenError> for Stop {
    fn from(error: OpenError) -> Self {
        Self::environment(error)
    }
}

impl From<KeepError> for Stop {
    fn from(error: KeepError) -> Self {
        let code = match error {
            KeepError::NotFound(_) => Code::NotFound,
            KeepError::Exists(_) | KeepError::Refused(_) => Code::Failed,
            KeepError::Unusable(_) => Code::Environment,
        };
        Self::new(code, error)
    }
}

impl From<TokenError> for Stop {
    fn from(error: TokenError) -> Self {
        let code = match error {
            TokenError::Store(error) => return error.into(),
            TokenError::Unknown(_) => Code::NotFound,
            TokenError::Scope(_)
            | TokenError::NoScope
            | TokenError::Life { .. }
            | TokenError::Note => Code::Usage,
            TokenError::TooMany(_) => Code::Failed,
            TokenError::Random(_) => Code::Environment,
        };
        Self::new(code, error)
    }
}

impl From<StandingError> for Stop {
    fn from(error: StandingError) -> Self {
        match error {
            StandingError::Store(error) => error.into(),
            StandingError::Unknown { .. } => Self::not_found(error),
            StandingError::Decision => Self::usage(error),
        }
    }
}

impl From<OrderError> for Stop {
    fn from(error: OrderError) -> Self {
        let code = match error {
            OrderError::Store(error) => return error.into(),
            OrderError::NoSuchRun(_)
            | OrderError::NoSuchVersion { .. }
            | OrderError::NoSuchApproval { .. } => Code::NotFound,
            OrderError::NoFilter => Code::Usage,
            OrderError::TooMany(_) => Code::Environment,
            OrderError::AtRest(..)
            | OrderError::NotParked(..)
            | OrderError::NoReplay { .. }
            | OrderError::Misfit { .. }
            | OrderError::Answered(_)
            | OrderError::NotAsked { .. } => Code::Failed,
        };
        Self::new(code, error)
    }
}

impl From<RolloutError> for Stop {
    fn from(error: RolloutError) -> Self {
        let code = match error {
            RolloutError::Unknown(_) => Code::NotFound,
            RolloutError::NotGranted(_) => Code::NotAllowed,
            RolloutError::Invalid(..) | RolloutError::Refused(_) => Code::Failed,
            RolloutError::NoFolder | RolloutError::Failed(_) => Code::Environment,
        };
        Self::new(code, error)
    }
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        let code = match error {
            StoreError::Full => Code::Environment,
            StoreError::Damaged(_) | StoreError::Failed(_) | StoreError::Unknown => Code::Storage,
            StoreError::TooLarge { .. } => Code::Failed,
            StoreError::Fenced(_)
            | StoreError::Sequence { .. }
            | StoreError::Outdated
            | StoreError::Revision { .. } => Code::Defect,
        };
        Self::new(code, error)
    }
}
