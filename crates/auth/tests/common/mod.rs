//! Vectors: rows of hex fields in named groups.
#![allow(dead_code, reason = "each test file uses a part")]
use serde_json::Value;

/// One row of a group.
pub(crate) struct Row(Value);

impl Row {
    /// A text field; empty if it is null.
    pub(crate) fn text(&self, field: &str) -> &str {
        let value = self.0.get(field).unwrap_or_else(|| panic!("no field {field} in {}", self.0));
        if value.is_null() {
            ""
        } else {
            value.as_str().unwrap_or_else(|| panic!("{field} is no text: {value}"))
        }
    }
    pub(crate) fn number(&self, field: &str) -> u32 {
        let value = &self.0[field];
        value.as_u64().and_then(|n| n.try_into().ok()).unwrap_or_else(|| panic!("{field}: {value}"))
    }
    pub(crate) fn octets(&self, field: &str) -> Vec<u8> {
        unhex(self.text(field))
    }
    pub(crate) fn array<const N: usize>(&self, field: &str) -> [u8; N] {
        let octets = self.octets(field);
        octets
            .as_slice()
            .try_into()
            .unwrap_or_else(|_| panic!("{field} has {} octets, not {N}", octets.len()))
    }
    pub(crate) fn list(&self, field: &str) -> Vec<Vec<u8>> {
        let texts = self.0[field].as_array().unwrap_or_else(|| panic!("{field} is no list"));
        texts.iter().map(|text| unhex(text.as_str().unwrap())).collect()
    }
    pub(crate) fn has(&self, field: &str) -> bool {
        self.0.get(field).is_some_and(|value| !value.is_null())
    }
    /// The rows below `field`.
    pub(crate) fn sub(&self, field: &str) -> Self {
        Self(self.0[field].clone())
    }
}

/// The rows of a group, which must be as many as they are known to be.
pub(crate) fn group(name: &str, rows: usize) -> Vec<Row> {
    let all: Value = serde_json::from_str(include_str!("../data/auth.json")).unwrap();
    read(&all[name], rows)
}

/// The rows of the vectors of the curve.
pub(crate) fn curve(rows: usize) -> Vec<Row> {
    read(&serde_json::from_str(include_str!("../data/auth-curve.json")).unwrap(), rows)
}

fn read(list: &Value, rows: usize) -> Vec<Row> {
    let list = list.as_array().unwrap_or_else(|| panic!("no such group"));
    assert_eq!(list.len(), rows, "another number of vectors");
    list.iter().cloned().map(Row).collect()
}

pub(crate) fn unhex(text: &str) -> Vec<u8> {
    assert!(text.len().is_multiple_of(2), "half an octet in {text}");
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}
