//! Compressed blobs of programs: texts and interfaces, as zlib streams.
//!
//! ```text
//!  [version 4: 90000001, 90000002, 98000001, 98000002] | 78 | flags | [Adler-32 of a dictionary 4] | deflate | [Adler-32 4]
//! ```
//!
//! The dictionaries are the vendor's and not part of this. Streams may end early, or lack the sum at their end: what came is kept.
use alloc::vec::Vec;
use core::fmt;
use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::{DecompressorOxide, decompress, inflate_flags};

/// Why a blob cannot be read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum BlobError {
    /// It does not start as such blobs do.
    Shape,
    /// It takes a dictionary that is not there.
    Dictionary {
        /// The Adler-32 of the dictionary, by which it is named.
        adler: u32,
    },
    /// The stream is damaged.
    Damaged {
        /// Octets that could be read before.
        octets: usize,
    },
    /// It becomes longer than is let through.
    TooLong {
        /// The bound, in octets.
        most: usize,
    },
}

impl fmt::Display for BlobError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Shape => f.write_str("a blob that is no zlib stream"),
            Self::Dictionary { adler } => {
                write!(f, "a blob that takes the dictionary {adler:08x}")?;
                match name(*adler) {
                    Some(name) => write!(f, " ({name}), which is not here"),
                    None => f.write_str(", which nobody knows"),
                }
            }
            Self::Damaged { octets } => write!(f, "a blob whose stream is damaged behind {octets} octets"),
            Self::TooLong { most } => write!(f, "a blob that becomes longer than {most} octets"),
        }
    }
}

impl core::error::Error for BlobError {}

/// What the dictionaries are for, by their Adler-32.
static DICTIONARIES: [(u32, &str); 19] = [
    (0xefae_ae49, "BodyDesc 90000001"),
    (0x1398_a37f, "CompilerSettings 90000001"),
    (0x1bac_39f0, "DebugInfo 90000001"),
    (0x6605_2b13, "DebugInfo_IntfDesc 98000001"),
    (0x9b6a_3a92, "ExtRefData 90000001"),
    (0xdf91_b6bb, "IdentES 90000001"),
    (0x81d8_db20, "IdentES 90000002"),
    (0x5814_b03b, "IdentES 98000001"),
    (0xda4a_88f4, "IntRefData 90000001"),
    (0xb015_5ff8, "IntRefData 98000001"),
    (0x4b84_16f0, "IntfDesc 90000001"),
    (0xce9b_821b, "IntfDescTag 90000001"),
    (0x79b2_bda3, "LineComm 90000001"),
    (0x3c55_436a, "LineComm 98000001"),
    (0xab6f_a31e, "NWC 90000001"),
    (0xc5d2_6ac3, "NWC 98000001"),
    (0xfd69_ac74, "NWT 90000001"),
    (0x845f_c605, "NWT 98000001"),
    (0xe272_9ea1, "TagLineComm 90000001"),
];

/// What the dictionary with that Adler-32 is for, where it is known.
pub fn name(adler: u32) -> Option<&'static str> {
    DICTIONARIES.iter().find(|(known, _)| *known == adler).map(|(_, name)| *name)
}

/// The octets of a blob, no more than `most`. `dictionary` gives the octets of a preset dictionary by its Adler-32, if it is there:
/// `|_| None` where none are.
pub fn inflate<'d>(
    blob: &[u8],
    most: usize,
    dictionary: impl Fn(u32) -> Option<&'d [u8]>,
) -> Result<Vec<u8>, BlobError> {
    let stream = match blob {
        [0x90 | 0x98, 0, 0, 1 | 2, rest @ ..] => rest,
        whole => whole,
    };
    let (&[method, flags], rest) = stream.split_first_chunk().ok_or(BlobError::Shape)?;
    if method & 0x0f != 8 || u16::from_be_bytes([method, flags]) % 31 != 0 {
        return Err(BlobError::Shape);
    }
    let (preset, rest) = if flags & 0x20 == 0 {
        (&[][..], rest)
    } else {
        let (adler, rest) = rest.split_first_chunk().ok_or(BlobError::Shape)?;
        let adler = u32::from_be_bytes(*adler);
        (dictionary(adler).ok_or(BlobError::Dictionary { adler })?, rest)
    };
    deflated(rest, preset, most)
}

/// Inflates behind `preset`, which is what the stream may point back into.
fn deflated(mut input: &[u8], preset: &[u8], most: usize) -> Result<Vec<u8>, BlobError> {
    const STEP: usize = 64 * 1024;
    let flags = inflate_flags::TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
    let mut machine = alloc::boxed::Box::<DecompressorOxide>::default();
    let end = preset.len().saturating_add(most);
    let mut out = preset.to_vec();
    let mut at = out.len();
    loop {
        let room = out.len().saturating_mul(2).clamp(at.saturating_add(STEP), at.saturating_add(16 * STEP));
        out.resize(room.min(end.saturating_add(1)), 0);
        let (status, taken, made) = decompress(&mut machine, input, &mut out, at, flags);
        at = at.saturating_add(made).min(out.len());
        input = input.get(taken..).unwrap_or_default();
        if at > end {
            return Err(BlobError::TooLong { most });
        }
        match status {
            TINFLStatus::HasMoreOutput => {}
            // It ends early, or all of it is here.
            TINFLStatus::Done | TINFLStatus::FailedCannotMakeProgress | TINFLStatus::NeedsMoreInput => break,
            _ => return Err(BlobError::Damaged { octets: at - preset.len().min(at) }),
        }
    }
    out.truncate(at);
    out.drain(..preset.len().min(at));
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    #[test]
    fn stored_blocks_and_what_is_no_stream() {
        let stream = vec![0x78, 0x01, 0x01, 3, 0, 0xfc, 0xff, b'a', b'b', b'c'];
        assert_eq!(inflate(&stream, 3, |_| None).unwrap(), b"abc");
        assert_eq!(inflate(&stream, 2, |_| None), Err(BlobError::TooLong { most: 2 }));
        let versioned = [&[0x98, 0, 0, 2], &stream[..]].concat();
        assert_eq!(inflate(&versioned, 99, |_| None).unwrap(), b"abc");
        for bad in [&[][..], &[0x78], &[0x78, 0x02], &[0x01, 0x02, 3]] {
            assert_eq!(inflate(bad, 99, |_| None), Err(BlobError::Shape));
        }
        assert!(matches!(inflate(&[0x78, 0x01, 0x07], 99, |_| None), Err(BlobError::Damaged { .. })));
    }

    #[test]
    fn a_dictionary_is_asked_for_by_its_sum() {
        let stream = [0x78, 0xbb, 0x4b, 0x84, 0x16, 0xf0, 0x01, 1, 0, 0xfe, 0xff, b'x'];
        let missing = inflate(&stream, 9, |_| None).unwrap_err();
        assert_eq!(missing, BlobError::Dictionary { adler: 0x4b84_16f0 });
        assert!(alloc::format!("{missing}").contains("4b8416f0 (IntfDesc 90000001)"));
        assert_eq!(inflate(&stream, 9, |adler| (adler == 0x4b84_16f0).then_some(b"dict")).unwrap(), b"x");
    }
}
