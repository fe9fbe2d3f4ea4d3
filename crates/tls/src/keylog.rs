//! The keys of connections, written down in the format of NSS, which decoders of captures read.
use crate::{Error, file};
use core::fmt::{self, Write as _};
use core::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use zeroize::Zeroizing;

/// A file that the keys of connections go to. There is none unless somebody asks for it: whoever has it reads what was said.
#[derive(Clone)]
pub struct KeyLog(Arc<Inner>);

struct Inner {
    path: PathBuf,
    file: Mutex<File>,
    failed: AtomicBool,
}

impl KeyLog {
    /// Appends to `path`, which is its owner's alone from now on.
    pub fn append(path: impl Into<PathBuf>) -> Result<Self, Error> {
        let path = path.into();
        let file = Mutex::new(file::append(&path)?);
        Ok(Self(Arc::new(Inner { path, file, failed: AtomicBool::new(false) })))
    }
    /// Its file.
    pub fn path(&self) -> &Path {
        &self.0.path
    }
    /// Writes one line, which is `line` and an end.
    pub(crate) fn write(&self, line: &str) {
        let line = Zeroizing::new(format!("{line}\n"));
        let mut file = self.0.file.lock().unwrap_or_else(PoisonError::into_inner);
        // A connection does not end because of its log; nor is each of its lines complained about.
        if let Err(error) = file.write_all(line.as_bytes())
            && !self.0.failed.swap(true, Relaxed)
        {
            tracing::warn!(path = %self.0.path.display(), %error, "the key log cannot be written");
        }
    }
}

impl rustls::KeyLog for KeyLog {
    fn log(&self, label: &str, client_random: &[u8], secret: &[u8]) {
        self.write(&Zeroizing::new(format!("{label} {} {}", *hex(client_random), *hex(secret))));
    }
}

impl fmt::Debug for KeyLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("KeyLog").field(&self.0.path).finish()
    }
}

pub(crate) fn hex(octets: &[u8]) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::with_capacity(2 * octets.len()));
    octets.iter().for_each(|octet| {
        let _ = write!(text, "{octet:02x}");
    });
    text
}
