//! Files that are nobody else's business: made for their owner alone, replaced in one step, written by one at a time.
//!
//! On Unix that is the mode 0600. Windows has no such mode: there a file takes the rights of its folder, which for the
//! folders of a user's profile are that user's.
use crate::Error;
use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

/// Puts `octets` in the place of `path` in one step: who reads sees the old file or the new one, never half of one.
pub(crate) fn replace(path: &Path, octets: &[u8]) -> Result<(), Error> {
    let new = beside(path, &format!(".{}.new", std::process::id()));
    // Of a process of the same number that was cut off.
    match fs::remove_file(&new) {
        Err(e) if e.kind() != ErrorKind::NotFound => return Err(Error::file("replace", &new)(e)),
        _ => {}
    }
    let mut file = private(OpenOptions::new().write(true).create_new(true))
        .open(&new)
        .map_err(Error::file("create", &new))?;
    let written = file.write_all(octets).and_then(|()| file.sync_all());
    drop(file);
    written.and_then(|()| fs::rename(&new, path)).map_err(|e| {
        let _ = fs::remove_file(&new);
        Error::file("write", path)(e)
    })
}

/// Opens `path` to append to it. A file that others could read is theirs no more.
pub(crate) fn append(path: &Path) -> Result<File, Error> {
    let file = private(OpenOptions::new().append(true).create(true))
        .open(path)
        .map_err(Error::file("open", path))?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        file.set_permissions(fs::Permissions::from_mode(0o600)).map_err(Error::file("protect", path))?;
    }
    Ok(file)
}

/// Keeps other writers of `path` out, in this process and in others, until it is dropped. The lock is a file of its own,
/// because `path` itself is replaced; it stays behind, empty.
pub(crate) fn lock(path: &Path) -> Result<File, Error> {
    let name = beside(path, ".lock");
    let file = private(OpenOptions::new().write(true).create(true).truncate(false))
        .open(&name)
        .map_err(Error::file("create", &name))?;
    file.lock().map_err(Error::file("lock", &name))?;
    Ok(file)
}

/// Makes the folder of `path`, and those above it.
pub(crate) fn folder(path: &Path) -> Result<(), Error> {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => {
            fs::create_dir_all(folder).map_err(Error::file("create", folder))
        }
        _ => Ok(()),
    }
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options
}
