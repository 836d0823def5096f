//! The time of day of a daemon, under `libfaketime`. Its monotonic clock goes on as it does.

use std::fs;
use std::path::{Path, PathBuf};

use mortise_tests::daemon::Launch;

/// The library for programs with threads.
const LIBRARY: &str = "faketime/libfaketimeMT.so.1";

/// Where distributions put it.
const FOLDERS: [&str; 3] = ["/usr/lib", "/usr/lib64", "/usr/local/lib"];

/// What shifts the time of day.
pub struct Dial(PathBuf);

impl Dial {
    /// A dial at this many seconds; its file lies in a folder.
    pub fn at(folder: &Path, seconds: i64) -> Self {
        let dial = Self(folder.join("shift"));
        dial.turn(seconds);
        dial
    }

    /// From now on it is so many seconds later than it is.
    pub fn turn(&self, seconds: i64) {
        let next = self.0.with_extension("next");
        fs::write(&next, format!("{seconds:+}\n")).unwrap();
        // At once: the library reads the file whenever the daemon asks for the time.
        fs::rename(&next, &self.0).unwrap();
    }

    /// A daemon that goes by it.
    pub fn under(&self, launch: Launch) -> Launch {
        let library = library();
        launch
            .variable("LD_PRELOAD", library.to_str().unwrap())
            .variable("FAKETIME_TIMESTAMP_FILE", self.0.to_str().unwrap())
            .variable("FAKETIME_NO_CACHE", "1")
            .variable("FAKETIME_DONT_FAKE_MONOTONIC", "1")
            .variable("NO_FAKE_STAT", "1")
    }
}

/// `MORTISE_FAKETIME`, else where the package puts it.
fn library() -> PathBuf {
    if let Some(path) = std::env::var_os("MORTISE_FAKETIME") {
        return PathBuf::from(path);
    }
    let found = FOLDERS.iter().find_map(|folder| below(Path::new(folder)));
    found.unwrap_or_else(|| {
        panic!("no `{LIBRARY}` below {FOLDERS:?}: install the package `libfaketime`, or set MORTISE_FAKETIME")
    })
}

/// In a folder, or in one of those of the architectures that it has.
fn below(folder: &Path) -> Option<PathBuf> {
    let architectures = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut folders = architectures.map(|entry| entry.path());
    let own = folder.join(LIBRARY);
    if own.exists() {
        return Some(own);
    }
    folders.find_map(|folder| Some(folder.join(LIBRARY)).filter(|path| path.exists()))
}
