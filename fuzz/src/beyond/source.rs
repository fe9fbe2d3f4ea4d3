//! Sources of TIA Portal from any octets: read, or refused with a place in the file; what is read can stand in a CPU.
use hepta_source::{Import, ImportError, Program};

/// Files, each behind a form feed. The first is the sidecar if it begins with `[`.
pub fn run(data: &[u8]) {
    match program(data) {
        Ok(program) => sound(&program),
        Err(error) => {
            assert!(error.at.line > 0 || error.at.column == 0, "{error}");
            assert!(error.at.file.starts_with('f') || &*error.at.file == "sidecar", "{error}");
            let at = error
                .at
                .file
                .strip_prefix('f')
                .and_then(|rest| rest.split('.').next()?.parse::<usize>().ok());
            let lines = at
                .and_then(|at| data.split(|o| *o == 0x0c).nth(at))
                .map_or(usize::MAX, |file| file.len() + 1);
            assert!(usize::try_from(error.at.line).unwrap() <= lines, "{error}");
            assert!(!error.to_string().is_empty());
        }
    }
}

fn program(data: &[u8]) -> Result<Program, ImportError> {
    let mut import = Import::new();
    for (at, file) in data.split(|o| *o == 0x0c).take(8).enumerate() {
        match core::str::from_utf8(file) {
            Ok(toml) if at == 0 && toml.starts_with('[') => import.numbers(toml)?,
            _ => import.file(&format!("f{at}.scl"), file)?,
        }
    }
    import.finish()
}

fn sound(program: &Program) {
    let mut numbers: Vec<u16> = program.blocks.iter().map(|block| block.number).collect();
    numbers.sort_unstable();
    assert!(numbers.first() != Some(&0), "blocks count from 1");
    assert!(numbers.windows(2).all(|pair| pair[0] != pair[1]), "a number is of one block");
    for ty in program.types.iter().chain(&program.fbs) {
        assert!(ty.origin().name().is_some() && !ty.members().is_empty());
    }
    for variable in program.blocks.iter().flat_map(|block| &block.variables) {
        if let Some(value) = &variable.initial
            && variable.ty.size() <= 0x10000
        {
            let mut octets = Vec::new();
            variable.ty.encode(value, &mut octets).unwrap_or_else(|e| panic!("{}: {e}", variable.name));
            assert_eq!(octets.len(), variable.ty.size(), "{}", variable.name);
        }
    }
}
