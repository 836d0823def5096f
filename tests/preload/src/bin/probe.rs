//! Does what stdin says to the files of the current folder, one line each, and says `done` or the
//! error. It exists to be run under the preloaded library.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, Write};
use std::os::fd::AsRawFd;
use std::os::unix::fs::FileExt;

fn main() -> io::Result<()> {
    let mut files = HashMap::new();
    for line in io::stdin().lock().lines() {
        let line = line?;
        let words: Vec<&str> = line.split_whitespace().collect();
        let answer = match obey(&mut files, &words) {
            Ok(()) => "done".to_owned(),
            Err(error) => error.to_string(),
        };
        let mut out = io::stdout().lock();
        writeln!(out, "{answer}")?;
        out.flush()?;
    }
    Ok(())
}

type Files = HashMap<String, File>;

fn obey(files: &mut Files, words: &[&str]) -> io::Result<()> {
    match words {
        // At an offset, so many times this letter.
        ["write", name, offset, count, letter] => {
            let bytes = letter.repeat(number(count)?);
            file(files, name)?.write_all_at(bytes.as_bytes(), number(offset)? as u64)
        }
        // Where the file's own offset is.
        ["append", name, text] => file(files, name)?.write_all(text.as_bytes()),
        ["gather", name, first, second] => {
            let parts = [first, second].map(|text| io::IoSlice::new(text.as_bytes()));
            file(files, name)?.write_vectored(&parts).map(drop)
        }
        ["truncate", name, length] => file(files, name)?.set_len(number(length)? as u64),
        ["empty", name] => File::create(name).map(drop),
        ["fsync", name] => file(files, name)?.sync_all(),
        ["fdatasync", name] => file(files, name)?.sync_data(),
        ["range", name] => range(file(files, name)?),
        ["sync-folder", name] => File::open(name)?.sync_all(),
        ["rename", from, to] => fs::rename(from, to),
        ["remove", name] => fs::remove_file(name),
        ["make-folder", name] => fs::create_dir(name),
        ["remove-all", name] => fs::remove_dir_all(name),
        _ => Err(io::Error::other(format!("unknown: {words:?}"))),
    }
}

/// The file of a name, opened once: a name that moves on keeps its file until the end.
fn file<'a>(files: &'a mut Files, name: &str) -> io::Result<&'a mut File> {
    if !files.contains_key(name) {
        let mut options = OpenOptions::new();
        let opened = options.read(true).write(true).create(true).truncate(false);
        files.insert(name.to_owned(), opened.open(name)?);
    }
    files
        .get_mut(name)
        .ok_or_else(|| io::Error::other(name.to_owned()))
}

fn number(text: &str) -> io::Result<usize> {
    text.parse().map_err(io::Error::other)
}

fn range(file: &File) -> io::Result<()> {
    let flags = libc::SYNC_FILE_RANGE_WAIT_BEFORE
        | libc::SYNC_FILE_RANGE_WRITE
        | libc::SYNC_FILE_RANGE_WAIT_AFTER;
    // SAFETY: no pointer is passed, and the descriptor is open.
    match unsafe { libc::sync_file_range(file.as_raw_fd(), 0, 0, flags) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}
