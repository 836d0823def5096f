//! Which file or folder a call is about. Nothing is remembered between calls: the kernel is asked
//! each time, so descriptors may be duplicated, passed on and closed behind our back.

use std::ffi::CStr;

use libc::{c_char, c_int};

use crate::raw;
use crate::world::World;

/// The longest path that is looked at, as the kernel has it.
pub const PATH_BYTES: usize = libc::PATH_MAX as usize;

/// A regular file or a folder below the watched one, or that one itself.
pub struct Place {
    /// The inode, which stays the same over renames.
    pub file: u64,
    path: [u8; PATH_BYTES],
    length: usize,
}

/// A name in a folder of the watched ones.
pub struct Name<'a> {
    /// The folder.
    pub folder: Place,
    /// The name, without a slash.
    pub name: &'a [u8],
}

impl Place {
    /// What a descriptor stands for; none where it is nothing that is watched.
    pub fn of_descriptor(world: &World, descriptor: c_int) -> Option<Self> {
        let stat = stat_of(descriptor)?;
        let kind = stat.st_mode & libc::S_IFMT;
        if kind != libc::S_IFREG && kind != libc::S_IFDIR {
            return None;
        }
        let mut place = Self {
            file: stat.st_ino,
            path: [0; PATH_BYTES],
            length: 0,
        };
        let mut link = [0_u8; 32];
        write_link(&mut link, descriptor);
        // SAFETY: `link` ends with a zero byte, and `path` takes `PATH_BYTES`.
        let length = unsafe {
            libc::readlink(
                link.as_ptr().cast(),
                place.path.as_mut_ptr().cast(),
                PATH_BYTES,
            )
        };
        place.length = usize::try_from(length).ok()?;
        world.watches(place.path()).then_some(place)
    }

    /// The absolute path at the time of asking.
    pub fn path(&self) -> &[u8] {
        &self.path[..self.length]
    }
}

impl<'a> Name<'a> {
    /// What a path names, whether it exists or not; none where its folder is not watched.
    ///
    /// # Safety
    /// `path` must end with a zero byte, and live as long as what is given.
    pub unsafe fn of_path(world: &World, folder: c_int, path: *const c_char) -> Option<Self> {
        // SAFETY: the caller vouches for it.
        let whole = unsafe { CStr::from_ptr(path) }.to_bytes();
        let end = whole.iter().rposition(|byte| *byte != b'/')? + 1;
        let whole = &whole[..end];
        let (above, name) = match whole.iter().rposition(|byte| *byte == b'/') {
            Some(slash) => (&whole[..=slash], &whole[slash + 1..]),
            None => (&b"."[..], whole),
        };
        let mut buffer = [0_u8; PATH_BYTES];
        // One byte stays zero.
        if above.len() >= PATH_BYTES {
            return None;
        }
        buffer[..above.len()].copy_from_slice(above);
        let flags = libc::O_PATH | libc::O_DIRECTORY | libc::O_CLOEXEC;
        // SAFETY: `buffer` ends with a zero byte.
        let opened = unsafe { raw::openat(folder, buffer.as_ptr().cast(), flags, 0) };
        let descriptor = c_int::try_from(opened.ok()?).ok()?;
        let folder = Place::of_descriptor(world, descriptor);
        raw::close(descriptor);
        Some(Self {
            folder: folder?,
            name,
        })
    }
}

fn stat_of(descriptor: c_int) -> Option<libc::stat> {
    let mut stat = std::mem::MaybeUninit::<libc::stat>::uninit();
    // SAFETY: `stat` is large enough, and fstat fills it whole where it returns 0, which is looked
    // at before it is read.
    unsafe { (libc::fstat(descriptor, stat.as_mut_ptr()) == 0).then(|| stat.assume_init()) }
}

/// The inode of a descriptor that was just opened.
pub fn file_of(descriptor: c_int) -> Option<u64> {
    stat_of(descriptor).map(|stat| stat.st_ino)
}

/// Writes `/proc/self/fd/N`, and leaves a zero byte at its end: the largest number has ten digits.
fn write_link(link: &mut [u8; 32], descriptor: c_int) {
    const FOLDER: &[u8] = b"/proc/self/fd/";
    link[..FOLDER.len()].copy_from_slice(FOLDER);
    let mut number = descriptor.unsigned_abs();
    let mut digits = [0_u8; 10];
    let mut from = digits.len();
    loop {
        from -= 1;
        digits[from] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    let digits = &digits[from..];
    link[FOLDER.len()..FOLDER.len() + digits.len()].copy_from_slice(digits);
}
