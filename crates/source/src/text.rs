//! Octets of a file to text: what editors and Siemens' tools write.
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use std::borrow::Cow;

/// The text of a file, or the encoding that its first octets promise and the others do not keep.
///
/// By its byte order mark; without one, UTF-16 where every other octet of the first two is 0, UTF-8 where all of it is, and
/// else code page 1252, which STEP 7 writes in the west.
pub(crate) fn text(octets: &[u8]) -> Result<Cow<'_, str>, &'static str> {
    let (encoding, body) = match (Encoding::for_bom(octets), octets) {
        (Some((encoding, mark)), _) => (encoding, octets.get(mark..).unwrap_or_default()),
        (None, [0, 1..=0x7f, ..]) => (UTF_16BE, octets),
        (None, [1..=0x7f, 0, ..]) => (UTF_16LE, octets),
        (None, _) if core::str::from_utf8(octets).is_ok() => (UTF_8, octets),
        (None, _) => (WINDOWS_1252, octets),
    };
    encoding.decode_without_bom_handling_and_without_replacement(body).ok_or_else(|| encoding.name())
}

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn every_encoding_gives_the_same_text() {
        let want = "Größe;1";
        let wide: Vec<u16> = want.encode_utf16().collect();
        let little: Vec<u8> = wide.iter().flat_map(|unit| unit.to_le_bytes()).collect();
        let big: Vec<u8> = wide.iter().flat_map(|unit| unit.to_be_bytes()).collect();
        let marked = |mark: &[u8], body: &[u8]| [mark, body].concat();
        for octets in [
            want.as_bytes().to_vec(),
            marked(&[0xef, 0xbb, 0xbf], want.as_bytes()),
            little.clone(),
            big.clone(),
            marked(&[0xff, 0xfe], &little),
            marked(&[0xfe, 0xff], &big),
            b"Gr\xf6\xdfe;1".to_vec(),
        ] {
            assert_eq!(text(&octets).unwrap(), want, "{octets:02x?}");
        }
    }

    #[test]
    fn a_mark_that_lies_is_told() {
        assert_eq!(text(b"\xef\xbb\xbfGr\xf6\xdfe"), Err("UTF-8"));
        assert_eq!(text(b"\xff\xfeA\0B"), Err("UTF-16LE"));
        assert_eq!(text(b""), Ok("".into()));
    }
}
