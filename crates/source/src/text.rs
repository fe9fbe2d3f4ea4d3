//! Octets of a file to its characters: sources were written by many programs over many years.
use hepta_proto::data::Encoding;

/// The characters of a file: UTF-8 and UTF-16 by their mark or their looks, all else as Windows-1252.
///
/// `None` for UTF-16 that is none: an odd number of octets, or half of a pair.
pub(crate) fn decode(octets: &[u8]) -> Option<String> {
    match octets {
        [0xef, 0xbb, 0xbf, text @ ..] => utf8(text),
        [0xff, 0xfe, text @ ..] => utf16(text, u16::from_le_bytes),
        [0xfe, 0xff, text @ ..] => utf16(text, u16::from_be_bytes),
        // No source begins with NUL: where every other octet is one, the mark is just missing.
        [1..=255, 0, 1..=255, 0, ..] => utf16(octets, u16::from_le_bytes),
        [0, 1..=255, 0, 1..=255, ..] => utf16(octets, u16::from_be_bytes),
        _ => utf8(octets),
    }
}

fn utf8(octets: &[u8]) -> Option<String> {
    let western = |_| Encoding::Windows1252.decode(octets).ok();
    core::str::from_utf8(octets).map_or_else(western, |text| Some(text.to_owned()))
}

fn utf16(octets: &[u8], unit: fn([u8; 2]) -> u16) -> Option<String> {
    let (pairs, rest) = octets.as_chunks();
    let units: Vec<u16> = pairs.iter().map(|pair| unit(*pair)).collect();
    if rest.is_empty() { String::from_utf16(&units).ok() } else { None }
}
