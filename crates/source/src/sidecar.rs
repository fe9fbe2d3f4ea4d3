//! What a project knows and its sources do not: numbers of data blocks, values of constants.
use crate::error::{At, Fault, ImportError};
use hepta_proto::data::Value;
use std::collections::HashMap;
use std::sync::Arc;

/// Numbers and constants by name, in lower case.
#[derive(Debug, Default)]
pub(crate) struct Sidecar {
    pub(crate) numbers: HashMap<String, Numbered>,
    constants: HashMap<String, Constant>,
    /// Those of tag tables; the sidecar's own win.
    of_tables: HashMap<String, Constant>,
}

/// The number of a data block.
#[derive(Debug)]
pub(crate) struct Numbered {
    pub(crate) name: Arc<str>,
    pub(crate) number: u16,
}

/// A constant of the project.
#[derive(Debug)]
struct Constant {
    name: Arc<str>,
    /// As sources write it.
    literal: Arc<str>,
    /// The table that has it.
    file: Arc<str>,
}

/// What errors call the sidecar: its file is not known here.
pub(crate) const FILE: &str = "sidecar";

impl Sidecar {
    /// Adds what a TOML text says; nothing of one that is wrong.
    pub(crate) fn add(&mut self, text: &str) -> Result<(), ImportError> {
        let at = |line: u32, column: u32| At { file: FILE.into(), line, column };
        let table: toml::Table = text.parse().map_err(|error: toml::de::Error| {
            let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
            let line = before.matches('\n').count() + 1;
            let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
            let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
            ImportError {
                at: at(number(line), number(column)),
                what: Fault::Sidecar(error.message().to_owned()),
            }
        })?;
        let wrong = |what: Fault| ImportError { at: at(0, 0), what };
        let (mut numbers, mut constants) = (Vec::new(), Vec::new());
        for (key, value) in &table {
            let toml::Value::Table(entries) = value else {
                return Err(wrong(Fault::Sidecar(format!("{key:?} is in no table"))));
            };
            for (name, value) in entries {
                match (key.as_str(), value) {
                    ("blocks", toml::Value::Integer(number)) => {
                        let fits = u16::try_from(*number).ok().filter(|number| *number > 0);
                        let number = fits.ok_or_else(|| wrong(Fault::Number(*number)))?;
                        numbers.push((name.to_lowercase(), Numbered { name: name.as_str().into(), number }));
                    }
                    ("constants", toml::Value::Integer(n)) => constants.push((name, n.to_string())),
                    ("constants", toml::Value::Float(x)) => constants.push((name, x.to_string())),
                    ("constants", toml::Value::Boolean(yes)) => {
                        constants.push((name, if *yes { "TRUE" } else { "FALSE" }.to_owned()));
                    }
                    ("constants", toml::Value::String(literal)) => constants.push((name, literal.clone())),
                    ("blocks" | "constants", _) => {
                        return Err(wrong(Fault::Sidecar(format!("{name:?} has a value of another kind"))));
                    }
                    _ => return Err(wrong(Fault::Sidecar(format!("no table is called {key:?}")))),
                }
            }
        }
        self.numbers.extend(numbers);
        self.constants.extend(constants.into_iter().map(|(name, literal)| {
            let constant =
                Constant { name: name.as_str().into(), literal: literal.into(), file: FILE.into() };
            (name.to_lowercase(), constant)
        }));
        Ok(())
    }
    /// Takes the constants of a tag table; none of them if one is in another table already.
    pub(crate) fn take(&mut self, file: &str, constants: &[(Arc<str>, Value)]) -> Result<(), ImportError> {
        let file: Arc<str> = file.into();
        for (name, _) in constants {
            if let Some(first) = self.of_tables.get(&name.to_lowercase()) {
                let at = |file: &Arc<str>| At { file: file.clone(), line: 0, column: 0 };
                let what = Fault::Twice { name: name.to_string(), first: at(&first.file) };
                return Err(ImportError { at: at(&file), what });
            }
        }
        self.of_tables.extend(constants.iter().map(|(name, value)| {
            let literal = value.to_string().into();
            (name.to_lowercase(), Constant { name: name.clone(), literal, file: file.clone() })
        }));
        Ok(())
    }
    /// The literal of a constant, by its name in lower case.
    pub(crate) fn constant(&self, key: &str) -> Option<&Arc<str>> {
        self.constants.get(key).or_else(|| self.of_tables.get(key)).map(|constant| &constant.literal)
    }
    /// What constants there are.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.constants.values().chain(self.of_tables.values()).map(|constant| &*constant.name)
    }
}
