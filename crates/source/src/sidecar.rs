//! What a project knows and its sources do not: numbers of data blocks, values of constants.
use crate::error::{At, Fault, ImportError};
use std::collections::HashMap;
use std::sync::Arc;

/// Numbers and constants by name, in lower case.
#[derive(Debug, Default)]
pub(crate) struct Sidecar {
    pub(crate) numbers: HashMap<String, Numbered>,
    pub(crate) constants: HashMap<String, Constant>,
}

/// The number of a data block.
#[derive(Debug)]
pub(crate) struct Numbered {
    pub(crate) name: Arc<str>,
    pub(crate) number: u16,
}

/// A constant of the project.
#[derive(Debug)]
pub(crate) struct Constant {
    pub(crate) name: Arc<str>,
    /// As sources write it.
    pub(crate) literal: Arc<str>,
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
            let constant = Constant { name: name.as_str().into(), literal: literal.into() };
            (name.to_lowercase(), constant)
        }));
        Ok(())
    }
}
