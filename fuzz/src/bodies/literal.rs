//! A type and a literal of it, as texts: what is shown of either is read as the same, and a value survives its octets.
use super::types::alike;
use hepta_proto::data::{EncodeError, Type, Value};

/// A type, a new line, a value.
pub fn run(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let (ty, literal) = text.split_once('\n').unwrap_or((&text, ""));
    let ty = match ty.parse::<Type>() {
        Ok(ty) => ty,
        Err(error) => {
            assert!((1..=ty.chars().count() + 1).contains(&error.column), "{error}");
            return;
        }
    };
    assert_eq!(ty.to_string().parse().as_ref(), Ok(&ty), "{ty}");
    // A type may be as large as a block of 16 MiB, and its values are what the fuzzer has no memory for.
    if ty.size() > 4096 {
        return;
    }
    match ty.parse(literal) {
        Ok(value) => same(&ty, &value),
        Err(error) => assert!((1..=literal.chars().count() + 1).contains(&error.column), "{error}"),
    }
}

/// Shows the value and reads it, writes it to octets and decodes these.
pub(super) fn same(ty: &Type, value: &Value) {
    shown(ty, value);
    let mut octets = vec![0xa5];
    match ty.encode(value, &mut octets) {
        Ok(()) => {
            assert_eq!(octets.len(), 1 + ty.size(), "{ty}");
            let again = ty.decode(&octets[1..]).expect("our own octets");
            assert!(alike(&again, value), "{ty}: {again:?}, not {value:?}");
        }
        Err(error) => {
            assert!(is_text(&error), "{ty} := {value}: {error}");
            assert_eq!(octets, [0xa5], "an error leaves something behind");
        }
    }
}

pub(super) fn shown(ty: &Type, value: &Value) {
    let shown = value.to_string();
    let again = ty.parse(&shown).unwrap_or_else(|e| panic!("{ty} := {shown}: {e}"));
    assert!(alike(&again, value), "{ty} := {shown}: {again:?}, not {value:?}");
}

/// How long a text may be and which characters it has only its encoding knows.
fn is_text(error: &EncodeError) -> bool {
    match error {
        EncodeError::Element { why, .. } | EncodeError::Within { why, .. } => is_text(why),
        EncodeError::Length { .. } | EncodeError::Text { .. } => true,
        _ => false,
    }
}
