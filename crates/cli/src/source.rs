//! Sources of a program: files and folders on the command line.
use crate::exit::Failure;
use hepta::plc::Options;
use hepta_source::{Import, Program};
use std::path::{Path, PathBuf};

/// What the sources declare. A folder stands for the sources and tag tables in it, in the order of their names.
pub(crate) fn read(files: &[PathBuf], numbers: Option<&Path>) -> Result<Program, Failure> {
    let mut import = Import::new();
    if let Some(path) = numbers {
        let text = std::fs::read_to_string(path).map_err(|e| Failure::file(path, e))?;
        import.numbers(&text).map_err(|e| Failure::file(path, e))?;
    }
    for path in expand(files)? {
        let octets = std::fs::read(&path).map_err(|e| Failure::file(&path, e))?;
        import.file(&path.to_string_lossy(), &octets).map_err(Failure::usage)?;
    }
    import.finish().map_err(Failure::usage)
}

/// Names for a CPU that knows none.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct Symbols {
    /// Sources and tag tables, or folders of them: names over classic S7, which has none itself. May be given again and again.
    #[arg(long, value_name = "FILE")]
    symbols: Vec<PathBuf>,
}

impl Symbols {
    pub(crate) fn read(&self) -> Result<Option<Program>, Failure> {
        if self.symbols.is_empty() { Ok(None) } else { read(&self.symbols, None).map(Some) }
    }
}

/// Lets names be looked up there.
pub(crate) fn named(options: Options, program: Option<&Program>) -> Options {
    match program {
        Some(program) => options.symbols(program),
        None => options,
    }
}

/// Kinds of files that a folder is searched for.
const KINDS: [&str; 9] = ["db", "udt", "scl", "awl", "xml", "xlsx", "csv", "sdf", "asc"];

fn expand(files: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let mut all = Vec::new();
    for path in files {
        if !path.is_dir() {
            all.push(path.clone());
            continue;
        }
        let found = std::fs::read_dir(path).map_err(|e| Failure::file(path, e))?;
        let mut inside = Vec::new();
        for entry in found {
            let file = entry.map_err(|e| Failure::file(path, e))?.path();
            let kind = file.extension().and_then(|kind| kind.to_str()).unwrap_or_default();
            if KINDS.iter().any(|known| known.eq_ignore_ascii_case(kind)) {
                inside.push(file);
            }
        }
        if inside.is_empty() {
            return Err(Failure::file(path, "there is no source or tag table in it"));
        }
        inside.sort();
        all.append(&mut inside);
    }
    Ok(all)
}
