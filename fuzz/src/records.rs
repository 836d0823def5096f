//! A value of the store, which a disk may have changed.

/// Reads the bytes as every kind of record that there is.
pub fn run(data: &[u8]) {
    let _ = mortise_store::kinds(data);
}
