//! Octets in, values out: the one place that touches byte order.
//!
//! A [`Reader`] never reads past its fence: every length on the wire opens a [`Reader::sub`] reader over that many octets, and
//! [`Reader::end`] turns what is left over into an error. Offsets in errors count from the start of the outermost message.
use alloc::vec::Vec;

/// The octets did not say what they should: what was being read, and where.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("malformed {what} at octet {at}")]
pub struct Malformed {
    /// The field that was being read, or what is wrong with it.
    pub what: &'static str,
    /// Its offset in the outermost message, in octets.
    pub at: usize,
}

impl Malformed {
    /// The same complaint about a part that starts `base` octets into the message.
    #[must_use]
    pub const fn shifted(self, base: usize) -> Self {
        Self { what: self.what, at: self.at + base }
    }
}

/// Reads big-endian fields off a slice, never past its end.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    base: usize,
}

impl<'a> Reader<'a> {
    /// Reads `bytes` from their start; they are the whole message.
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0, base: 0 }
    }
    /// Reads `bytes`, which stand `base` octets into the message: offsets in errors count from its start.
    pub const fn within(bytes: &'a [u8], base: usize) -> Self {
        Self { bytes, at: 0, base }
    }
    /// The next `n` octets.
    #[inline]
    pub fn take(&mut self, n: usize, what: &'static str) -> Result<&'a [u8], Malformed> {
        let part = self.at.checked_add(n).and_then(|end| self.bytes.get(self.at..end));
        let part = part.ok_or(Malformed { what, at: self.base + self.at })?;
        self.at += n;
        Ok(part)
    }
    /// The next `N` octets, by value.
    #[inline]
    pub fn array<const N: usize>(&mut self, what: &'static str) -> Result<[u8; N], Malformed> {
        let bad = self.bad(what);
        self.take(N, what)?.try_into().map_err(|_| bad)
    }
    /// One octet.
    #[inline]
    pub fn u8(&mut self, what: &'static str) -> Result<u8, Malformed> {
        self.array(what).map(u8::from_be_bytes)
    }
    /// Two octets, big-endian.
    #[inline]
    pub fn u16(&mut self, what: &'static str) -> Result<u16, Malformed> {
        self.array(what).map(u16::from_be_bytes)
    }
    /// Three octets, big-endian.
    #[inline]
    pub fn u24(&mut self, what: &'static str) -> Result<u32, Malformed> {
        let [a, b, c] = self.array(what)?;
        Ok(u32::from_be_bytes([0, a, b, c]))
    }
    /// Four octets, big-endian.
    #[inline]
    pub fn u32(&mut self, what: &'static str) -> Result<u32, Malformed> {
        self.array(what).map(u32::from_be_bytes)
    }
    /// Eight octets, big-endian.
    #[inline]
    pub fn u64(&mut self, what: &'static str) -> Result<u64, Malformed> {
        self.array(what).map(u64::from_be_bytes)
    }
    /// A reader for the next `n` octets alone, which are used up here.
    #[inline]
    pub fn sub(&mut self, n: usize, what: &'static str) -> Result<Self, Malformed> {
        let base = self.base + self.at;
        Ok(Self { bytes: self.take(n, what)?, at: 0, base })
    }
    /// All that is left.
    #[inline]
    pub fn rest(&mut self) -> &'a [u8] {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        self.at = self.bytes.len();
        rest
    }
    /// The octets that were not read yet, without reading them.
    pub fn peek(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }
    /// How many octets are left.
    #[inline]
    pub const fn left(&self) -> usize {
        self.bytes.len() - self.at
    }
    /// The offset of the next octet in the outermost message.
    pub const fn offset(&self) -> usize {
        self.base + self.at
    }
    /// A complaint about what stands here.
    #[inline]
    pub const fn bad(&self, what: &'static str) -> Malformed {
        Malformed { what, at: self.base + self.at }
    }
    /// Says that nothing may be left.
    #[inline]
    pub const fn end(&self, what: &'static str) -> Result<(), Malformed> {
        if self.left() == 0 { Ok(()) } else { Err(self.bad(what)) }
    }
}

/// A layout, both ways: the same type in client, emulated CPU, decoder and fuzzer.
pub trait Wire<'a>: Sized {
    /// Takes one value off `r`.
    fn read(r: &mut Reader<'a>) -> Result<Self, Malformed>;
    /// Appends the value; what `out` holds already stays.
    fn write(&self, out: &mut Vec<u8>);
}

/// A length, as the sixteen bits it has on the wire. Writers check against a negotiated limit, far below; what is longer
/// all the same says 65535, which no receiver believes.
#[inline]
pub(crate) fn len16(n: usize) -> [u8; 2] {
    u16::try_from(n).unwrap_or(u16::MAX).to_be_bytes()
}

/// Open code spaces: every value a peer can send has a home, and the known ones have names.
///
/// `{:?}` gives the name, or the type with the number in hex (`struct Name(i16) in decimal` shows it in decimal); `name()` gives
/// the name, if there is one; `KNOWN` is all that have names.
#[macro_export]
macro_rules! codes {
    ($(#[$m:meta])* $vis:vis struct $name:ident($ty:ty) in decimal { $($codes:tt)* }) => {
        $crate::codes! { @shown "({})", $(#[$m])* $vis struct $name($ty) { $($codes)* } }
    };
    ($(#[$m:meta])* $vis:vis struct $name:ident($ty:ty) { $($codes:tt)* }) => {
        $crate::codes! { @shown "({:#04x})", $(#[$m])* $vis struct $name($ty) { $($codes)* } }
    };
    (@shown $shown:literal, $(#[$m:meta])* $vis:vis struct $name:ident($ty:ty) {
        $($(#[$vm:meta])* $var:ident = $val:literal),* $(,)?
    }) => {
        $(#[$m])*
        #[derive(Clone, Copy, Eq, PartialEq, Hash, PartialOrd, Ord)]
        $vis struct $name(pub $ty);
        #[allow(
            non_upper_case_globals,
            missing_docs,
            dead_code,
            unreachable_patterns,
            reason = "codes are named as the field names them, some by two names, and not all are used"
        )]
        impl $name {
            $($(#[$vm])* pub const $var: Self = Self($val);)*
            /// All codes that have names.
            pub const KNOWN: &'static [Self] = &[$(Self::$var),*];
            /// The name of this code, where one is known.
            pub const fn name(self) -> Option<&'static str> {
                match self { $(Self::$var => Some(stringify!($var)),)* _ => None }
            }
        }
        impl ::core::fmt::Debug for $name {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                match self.name() {
                    Some(name) => f.write_str(name),
                    None => write!(f, concat!(stringify!($name), $shown), self.0),
                }
            }
        }
        impl ::core::fmt::Display for $name {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                ::core::fmt::Debug::fmt(self, f)
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    mod colour {
        #![allow(unreachable_pub, reason = "the macro makes public constants, of a type that is none here")]
        codes! { pub struct Colour(u8) { Red = 1, Green = 0x20 } }
        codes! { pub struct Mood(i16) in decimal { Fine = 0, Bad = -3 } }
    }
    use colour::{Colour, Mood};

    #[test]
    fn a_fence_holds_and_offsets_are_of_the_message() {
        let mut r = Reader::new(&[1, 2, 3, 4, 5, 6]);
        assert_eq!(r.u8("a"), Ok(1));
        let mut part = r.sub(3, "part").unwrap();
        assert_eq!(part.u16("b"), Ok(0x0203));
        assert_eq!(part.u16("c"), Err(Malformed { what: "c", at: 3 }));
        assert_eq!(part.end("left over"), Err(Malformed { what: "left over", at: 3 }));
        assert_eq!(r.sub(usize::MAX, "huge").unwrap_err(), Malformed { what: "huge", at: 4 });
        assert_eq!((r.rest(), r.left(), r.offset()), (&[5, 6][..], 0, 6));
    }

    #[test]
    fn unknown_codes_survive() {
        assert_eq!(format!("{:?} {:?}", Colour::Green, Colour(7)), "Green Colour(0x07)");
        assert_eq!((Colour(1).name(), Colour(9).name()), (Some("Red"), None));
        assert_eq!(format!("{:?} {:?}", Mood(-3), Mood(-20)), "Bad Mood(-20)");
        assert_eq!(Mood::KNOWN, [Mood(0), Mood(-3)]);
    }
}
