//! The characters of `CHAR` and `STRING`: one octet each, of a code page that nobody writes on the wire.
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

/// Which characters the octets of a `CHAR` or `STRING` stand for. The CPU does not say; the project that wrote them knows.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Encoding {
    /// Windows-1252, what STEP 7 and TIA Portal of western Europe write.
    ///
    /// The five octets without a character (`81 8d 8f 90 9d`) stand for the control codes of the same number, as the
    /// WHATWG Encoding Standard has it, so that each octet can be read and written back.
    #[default]
    Windows1252,
    /// ISO 8859-1: the octet is the code point.
    Latin1,
    /// UTF-8, for programs that put it into a `STRING` themselves. A `CHAR` then holds ASCII only.
    Utf8,
    /// ASCII, and an error for all else.
    Ascii,
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Windows1252 => "Windows-1252",
            Self::Latin1 => "Latin-1",
            Self::Utf8 => "UTF-8",
            Self::Ascii => "ASCII",
        })
    }
}

/// What the octets of a text mean, and what to do with one that is too long. The default is Windows-1252, and an error.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Options {
    /// The characters of `CHAR` and `STRING`.
    pub encoding: Encoding,
    /// Cut a text that is longer than its variable, between two characters, where it would be an error.
    pub truncate: bool,
}

/// Characters that have no octets, or octets that are no characters.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum TextError {
    /// The encoding has no octets for a character.
    #[error("{encoding} has no octet for {ch:?}, character {column} of the text")]
    Character {
        /// The character.
        ch: char,
        /// Its place in the text: from 1, in characters.
        column: usize,
        /// The encoding.
        encoding: Encoding,
    },
    /// An octet that is no character.
    #[error("octet {octet:#04x}, at {at} of the text, is no {encoding}")]
    Octet {
        /// The octet.
        octet: u8,
        /// Its place among the octets of the text, from 0.
        at: usize,
        /// The encoding.
        encoding: Encoding,
    },
    /// Half of a surrogate pair stands alone.
    #[error("unit {unit:#06x}, at {at} of the text, is half of a UTF-16 pair")]
    Surrogate {
        /// The 16 bits.
        unit: u16,
        /// Its place among the 16-bit units of the text, from 0.
        at: usize,
    },
    /// A `WCHAR` holds 16 bits, and the character takes two of these.
    #[error("{ch:?} takes two units of UTF-16, and a WCHAR is one")]
    Wide {
        /// The character.
        ch: char,
    },
}

impl Encoding {
    /// The characters of `octets`.
    pub fn decode(self, octets: &[u8]) -> Result<String, TextError> {
        let bad = |at: usize| {
            let octet = octets.get(at).copied().unwrap_or_default();
            TextError::Octet { octet, at, encoding: self }
        };
        // Plain ASCII is the rule, and the same in all four.
        if octets.is_ascii() || self == Self::Utf8 {
            return core::str::from_utf8(octets).map(Into::into).map_err(|e| bad(e.valid_up_to()));
        }
        if self == Self::Ascii {
            return Err(bad(octets.iter().position(|o| !o.is_ascii()).unwrap_or_default()));
        }
        Ok(octets.iter().map(|&o| self.char(o).unwrap_or_default()).collect())
    }
    /// The character of one octet, where it is one.
    pub fn char(self, octet: u8) -> Option<char> {
        match (self, octet) {
            (Self::Windows1252, 0x80..=0x9f) => HIGH.get(usize::from(octet & 0x1f)).copied(),
            (_, 0..=0x7f) | (Self::Windows1252 | Self::Latin1, _) => Some(octet.into()),
            (Self::Utf8 | Self::Ascii, _) => None,
        }
    }
    /// The octet of one character, where it is one.
    pub fn octet(self, ch: char) -> Option<u8> {
        let plain = u8::try_from(u32::from(ch)).ok();
        match (self, plain) {
            (_, Some(octet @ 0..=0x7f))
            | (Self::Latin1, Some(octet))
            | (Self::Windows1252, Some(octet @ 0xa0..)) => Some(octet),
            (Self::Windows1252, _) => (0x80..).zip(HIGH).find_map(|(octet, c)| (c == ch).then_some(octet)),
            (Self::Latin1 | Self::Utf8 | Self::Ascii, _) => None,
        }
    }
    /// Appends the octets of `text`. What was appended before an error stays.
    pub fn encode(self, text: &str, out: &mut Vec<u8>) -> Result<(), TextError> {
        if text.is_ascii() || self == Self::Utf8 {
            out.extend_from_slice(text.as_bytes());
            return Ok(());
        }
        for (column, ch) in (1..).zip(text.chars()) {
            out.push(self.octet(ch).ok_or(TextError::Character { ch, column, encoding: self })?);
        }
        Ok(())
    }
}

/// The characters of big-endian UTF-16. A last odd octet is not looked at.
pub(super) fn decode_utf16(octets: &[u8]) -> Result<String, TextError> {
    let (units, _) = octets.as_chunks::<2>();
    let mut text = String::with_capacity(units.len());
    let mut at = 0;
    for part in char::decode_utf16(units.iter().map(|u| u16::from_be_bytes(*u))) {
        let ch = part.map_err(|e| TextError::Surrogate { unit: e.unpaired_surrogate(), at })?;
        at += ch.len_utf16();
        text.push(ch);
    }
    Ok(text)
}

/// Windows-1252 from 80 to 9f: <https://encoding.spec.whatwg.org/index-windows-1252.txt>.
const HIGH: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}',
    '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];
