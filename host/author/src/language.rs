//! Languages, and what a plugin may be.

use std::path::Path;

/// A language that plugins are written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// With cargo.
    Rust,
    /// With componentize-py.
    Python,
    /// With componentize-js.
    Javascript,
    /// With componentize-js, and esbuild for the types.
    Typescript,
    /// With the toolchain of go.dev.
    Go,
    /// With clang or `zig cc`.
    C,
}

/// What a new plugin is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Does things in an application.
    Action,
    /// Asks an application for news.
    Polling,
    /// Is called by an application.
    Webhook,
    /// All of these.
    Connector,
    /// Turns records into records.
    Transform,
}

impl Language {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Rust,
        Self::Python,
        Self::Javascript,
        Self::Typescript,
        Self::Go,
        Self::C,
    ];

    /// As it is written on a command line, and the folder of its templates in `sdk`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Rust => "rust",
            Self::Python => "python",
            Self::Javascript => "javascript",
            Self::Typescript => "typescript",
            Self::Go => "go",
            Self::C => "c",
        }
    }

    /// The folder of its library in `sdk`.
    #[must_use]
    pub fn sdk(self) -> &'static str {
        match self {
            Self::Typescript => "javascript",
            other => other.word(),
        }
    }

    /// The language of a plugin's folder, by the files that its tools want there.
    #[must_use]
    pub fn of(folder: &Path) -> Option<Self> {
        let has = |name: &str| folder.join(name).is_file();
        Some(match () {
            () if has("Cargo.toml") => Self::Rust,
            () if has("pyproject.toml") => Self::Python,
            () if has("package.json") && has("tsconfig.json") => Self::Typescript,
            () if has("package.json") => Self::Javascript,
            () if has("go.mod") => Self::Go,
            () if has("wit/world.wit") => Self::C,
            () => return None,
        })
    }
}

impl Role {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Action,
        Self::Polling,
        Self::Webhook,
        Self::Connector,
        Self::Transform,
    ];

    /// As it is written on a command line.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Action => "action",
            Self::Polling => "polling",
            Self::Webhook => "webhook",
            Self::Connector => "connector",
            Self::Transform => "transform",
        }
    }

    /// The scripts of `sdk/cases` that play it.
    pub(crate) fn cases(self) -> &'static [&'static str] {
        match self {
            Self::Action => &["check", "create-ticket"],
            Self::Polling => &["check", "new-tickets"],
            Self::Webhook => &["check", "ticket-closed"],
            Self::Connector => &[
                "check",
                "create-ticket",
                "list-tickets",
                "new-tickets",
                "ticket-closed",
                "upload-file",
            ],
            Self::Transform => &["tidy-contact"],
        }
    }
}
