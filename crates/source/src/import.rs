//! Files in, one program out.
use crate::build;
use crate::error::{At, Fault, ImportError, Near};
use crate::model::Program;
use crate::read::tree::Source;
use crate::read::{is_source, parse};
use crate::sidecar::Sidecar;
use crate::tables::{Table, Unresolved, tag_table};
use crate::text;
use hepta_proto::data::{Struct, Type};
use std::collections::HashMap;
use std::sync::Arc;

/// Takes files, in any order, and makes a [`Program`] of all of them.
///
/// ```
/// let mut import = hepta_source::Import::new();
/// import.file("Plant.db", b"DATA_BLOCK \"Plant\"\n{ S7_Optimized_Access := 'TRUE' }\nVERSION : 0.1\nNON_RETAIN\n\
///     VAR\n  motor : \"Motor\"; // the pump\nEND_VAR\nBEGIN\n  motor.speed := 50.0;\nEND_DATA_BLOCK")?;
/// import.file("Motor.udt", b"TYPE \"Motor\"\nVERSION : 0.1\nSTRUCT\n  speed : Real;\nEND_STRUCT;\nEND_TYPE")?;
/// let program = import.finish()?;
/// let plant = &program.blocks[0];
/// assert_eq!((&*plant.name, plant.number), ("Plant", 1));
/// assert_eq!(plant.variables[0].initial.as_ref().unwrap().to_string(), "(speed := 50.0)");
/// # Ok::<(), hepta_source::ImportError>(())
/// ```
#[derive(Debug, Default)]
pub struct Import {
    sources: Vec<Source>,
    tables: Vec<Table>,
    sidecar: Sidecar,
}

impl Import {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }
    /// What the project knows and its sources do not, as TOML: under `[blocks]` numbers of data blocks by name, under
    /// `[constants]` the user constants of the project, as numbers or as literals in a text.
    ///
    /// Errors call it `sidecar`. A later one wins over an earlier one.
    ///
    /// ```
    /// let mut import = hepta_source::Import::new();
    /// import.numbers("[blocks]\nPlant = 20\n[constants]\nMAX_PUMPS = 4\nGREETING = \"'hello'\"\n")?;
    /// import.file("Plant.db", b"DATA_BLOCK \"Plant\" VAR pumps : Array[1..\"MAX_PUMPS\"] of Int; END_VAR END_DATA_BLOCK")?;
    /// let program = import.finish()?;
    /// assert_eq!(program.blocks[0].number, 20);
    /// assert_eq!(program.blocks[0].variables[0].ty.to_string(), "ARRAY[1..4] OF INT");
    /// # Ok::<(), hepta_source::ImportError>(())
    /// ```
    pub fn numbers(&mut self, toml: &str) -> Result<(), ImportError> {
        self.sidecar.add(toml)
    }
    /// Reads a file. What it is, its name's extension says, or else how it begins. After an error nothing of it is there.
    ///
    /// `name` is for people: it stands in errors and in what was skipped.
    pub fn file(&mut self, name: &str, octets: &[u8]) -> Result<(), ImportError> {
        let fault = |what| ImportError { at: At { file: name.into(), line: 0, column: 0 }, what };
        let extension = name.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase());
        let known = match extension.as_deref() {
            Some("db" | "udt" | "scl" | "awl") => Some(true),
            Some("xml" | "xlsx" | "csv" | "sdf" | "asc") => Some(false),
            _ => None,
        };
        if known == Some(false) {
            let table = tag_table(name, octets)?;
            self.sidecar.take(name, &table.constants)?;
            self.tables.push(table);
            return Ok(());
        }
        let text = text::decode(octets).ok_or_else(|| fault(Fault::Encoding))?;
        if known.is_none() && !is_source(&text) {
            return Err(fault(Fault::Kind));
        }
        let file: Arc<str> = name.into();
        self.sources.push(parse(&file, &text)?);
        Ok(())
    }
    /// Puts everything together. Nothing is half imported: there is an error, or all of it.
    pub fn finish(self) -> Result<Program, ImportError> {
        let mut program = build::build(&self.sources, &self.sidecar)?;
        let mut names: HashMap<String, At> = HashMap::new();
        for table in self.tables {
            program.tags.extend(table.tags);
            for tag in table.unresolved {
                let ty = udt(&program.types, &tag)?;
                program.tags.push(tag.resolve(ty)?);
            }
            program.skipped.extend(table.skipped);
        }
        for tag in &program.tags {
            if let Some(first) = names.insert(tag.name.to_lowercase(), tag.at.clone()) {
                let what = Fault::Twice { name: tag.name.to_string(), first };
                return Err(ImportError { at: tag.at.clone(), what });
            }
        }
        Ok(program)
    }
}

/// The PLC data type of a tag.
fn udt(types: &[Struct], tag: &Unresolved) -> Result<Type, ImportError> {
    let lower = tag.udt.to_lowercase();
    let name = |ty: &Struct| ty.origin().name().map(str::to_lowercase);
    let found = types.iter().find(|ty| name(ty).as_deref() == Some(&lower));
    found.map(|ty| Type::Struct(ty.clone())).ok_or_else(|| {
        let near = Near::of(&tag.udt, types.iter().filter_map(|ty| ty.origin().name()));
        ImportError { at: tag.at.clone(), what: Fault::UnknownType { name: tag.udt.to_string(), near } }
    })
}
