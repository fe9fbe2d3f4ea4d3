//! Catalogues in files.
use super::{Catalogue, FileError};
use std::fs;
use std::io::{self, Read as _};
use std::path::Path;

/// Octets of the longest file that is read: far more than any program brings.
const LONGEST: u64 = 1 << 30;

/// Why a file gave no catalogue. Browsing again is the way on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// The file cannot be read.
    #[error("the catalogue cannot be read: {0}")]
    Io(#[from] io::Error),
    /// What is in it is none.
    #[error(transparent)]
    File(#[from] FileError),
}

/// Writes a catalogue to a file, to be [`load`]ed when the program starts again. What was in the file before stays until all of
/// the new is there.
pub fn save(catalogue: &Catalogue, path: impl AsRef<Path>) -> io::Result<()> {
    let path = path.as_ref();
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(format!(".{}", std::process::id()));
    let new = path.with_file_name(name);
    let written = fs::write(&new, catalogue.to_octets()).and_then(|()| fs::rename(&new, path));
    written.inspect_err(|_| {
        // What is half there helps nobody.
        let _ = fs::remove_file(&new);
    })
}

/// Reads a catalogue from a file. It is not trusted: what is damaged is an error. Give it to a client
/// ([`adopt`](super::blocking::Client::adopt)), and let that [`refresh`](super::blocking::Client::refresh) it: one request tells
/// whether the program is still that one.
pub fn load(path: impl AsRef<Path>) -> Result<Catalogue, LoadError> {
    let mut octets = Vec::new();
    fs::File::open(path)?.take(LONGEST).read_to_end(&mut octets)?;
    Ok(Catalogue::from_octets(&octets)?)
}
