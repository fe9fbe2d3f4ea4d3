//! Files that are there when all of them is written, and not before.
use crate::exit::Failure;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// A file that takes its name, and the place of one that has it, with [`Self::done`]. Dropped before, nothing is left of it: what
/// is half there helps nobody.
#[derive(Debug)]
pub(crate) struct NewFile {
    /// `None`: it has its name.
    file: Option<BufWriter<File>>,
    unfinished: PathBuf,
    path: PathBuf,
}

impl NewFile {
    pub(crate) fn create(path: &Path) -> Result<Self, Failure> {
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{}.part", std::process::id()));
        let unfinished = path.with_file_name(name);
        let file = File::create(&unfinished).map_err(|e| Failure::file(&unfinished, e))?;
        Ok(Self { file: Some(BufWriter::new(file)), unfinished, path: path.to_owned() })
    }
    pub(crate) fn done(mut self) -> Result<(), Failure> {
        let flushed = self.flush();
        // Closed first: Windows moves no open file.
        let file = self.file.take();
        drop(file);
        let moved = flushed.and_then(|()| fs::rename(&self.unfinished, &self.path));
        moved.map_err(|e| {
            self.remove();
            Failure::file(&self.path, e)
        })
    }
    fn remove(&self) {
        let _ = fs::remove_file(&self.unfinished);
    }
}

impl Write for NewFile {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.file.as_mut().map_or(Ok(0), |file| file.write(octets))
    }
    fn flush(&mut self) -> io::Result<()> {
        self.file.as_mut().map_or(Ok(()), Write::flush)
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        if let Some(file) = self.file.take() {
            drop(file);
            self.remove();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_or_not_at_all() {
        let folder = std::env::temp_dir().join(format!("hepta-newfile-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join("all.csv");
        let names = || fs::read_dir(&folder).unwrap().count();
        let mut file = NewFile::create(&path).unwrap();
        file.write_all(b"old").unwrap();
        assert!(!path.exists());
        file.done().unwrap();
        let mut file = NewFile::create(&path).unwrap();
        file.write_all(b"half").unwrap();
        assert_eq!(names(), 2);
        drop(file);
        assert_eq!((names(), fs::read(&path).unwrap()), (1, b"old".to_vec()));
        fs::remove_dir_all(&folder).unwrap();
    }
}
