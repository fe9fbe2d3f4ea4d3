//! Octets are a value of their type or an error; what is a value is written back, and is then the same value.
use super::{literal, types};
use arbitrary::{Result, Unstructured};
use hepta_proto::data::{DecodeError, Encoding, Options, Type, Value};

/// A type, an encoding, a bit to start at; octets.
pub fn run(data: &[u8]) {
    // Too short to say anything is no failure.
    let _ = value(&mut Unstructured::new(data));
}

fn value(u: &mut Unstructured<'_>) -> Result<()> {
    let ty = types::ty(u, 3)?;
    let encodings = [Encoding::Windows1252, Encoding::Latin1, Encoding::Utf8, Encoding::Ascii];
    let options = Options { encoding: *u.choose(&encodings)?, truncate: u.arbitrary()? };
    let bit = if ty.is_bits() { u.int_in_range(0..=7)? } else { 0 };
    if u.arbitrary()? {
        // Octets by chance are seldom a date, so values that fit are made up, too.
        let value = types::value(u, &ty)?;
        let mut octets = vec![];
        ty.encode(&value, &mut octets).unwrap_or_else(|e| panic!("{ty} := {value}: {e}"));
        literal::same(&ty, &value);
        inside(&ty, &value, &octets, u.arbitrary()?, bit, Options::default());
        return Ok(());
    }
    let octets = u.bytes(u.len())?;
    match ty.decode_with(octets, options) {
        Ok(value) => {
            assert!(octets.len() >= ty.size());
            let mut again = vec![];
            ty.encode_with(&value, options, &mut again).expect("it was decoded");
            assert_eq!(again.len(), ty.size());
            let twice = ty.decode_with(&again, options).expect("our own octets");
            assert!(types::alike(&twice, &value), "{ty}: {twice:?}, not {value:?}");
            literal::shown(&ty, &value);
        }
        Err(DecodeError::Short { got, .. }) => assert!(got < ty.size() && got <= octets.len()),
        Err(error) => assert!(octets.len() >= ty.size(), "{error}"),
    }
    if let Ok(value) = ty.decode_at(octets, bit, options) {
        inside(&ty, &value, octets, 0x5a, bit, options);
    }
    Ok(())
}

/// Writes the value among other bits: these stay, and between them it is read as it was.
fn inside(ty: &Type, value: &Value, octets: &[u8], around: u8, bit: u8, options: Options) {
    let mut area = vec![around; octets.len() + 2];
    ty.encode_into(value, &mut area, bit, options).unwrap_or_else(|e| panic!("{ty}: {e}"));
    let again = ty.decode_at(&area, bit, options).expect("our own octets");
    assert!(types::alike(&again, value), "{ty} from bit {bit}: {again:?}, not {value:?}");
    let (first, end) = (usize::from(bit), usize::from(bit) + ty.bits());
    for at in (0..8 * area.len()).filter(|at| !(first..end).contains(at)) {
        assert_eq!(area[at / 8] >> (at % 8) & 1, around >> (at % 8) & 1, "bit {at} is not of {ty}");
    }
}
