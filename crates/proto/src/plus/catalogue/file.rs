//! A catalogue as octets, to be kept: in a file, or wherever.
//!
//! ```text
//!  "HEPTACAT" | version 2 | length 8 | SHA-256 of what follows 32 | flags | [structure 32] | blocks | types
//!
//!  block: rid 4 | type 4 | name | n | (language, comment) ...
//!  type:  rid 4 | size | flag | [modified 8] | n | member ...
//!  member: lid | soft 1 | attributes 2 | bits 1 | flags 1 | max | optimised | classic | rid 4 | sum 4 | name | [array]
//! ```
//!
//! Numbers without a length are variable-length quantities, texts have theirs in front. What is read is not trusted: it goes the
//! way of what a CPU tells.
use super::types::{ArrayInfo, Member, NONE};
use super::{Builder, Catalogue, Root};
use crate::plus::id::Space;
use crate::plus::lists::{ElementSize, SoftType};
use crate::plus::{Rid, vlq};
use crate::wire::{Malformed, Reader};
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use sha2::{Digest as _, Sha256};

const MAGIC: &[u8; 8] = b"HEPTACAT";
const VERSION: u16 = 1;

/// Why octets are no catalogue.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum FileError {
    /// They do not start as one.
    NoCatalogue,
    /// Another version of hepta made it.
    Version(u16),
    /// There are more or fewer than there should be.
    Length {
        /// What is said.
        said: u64,
        /// What is there.
        given: u64,
    },
    /// Their sum is another one: the file is damaged.
    Sum,
    /// The sum is right, and they make no sense all the same.
    Malformed(Malformed),
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoCatalogue => f.write_str("this is no catalogue of hepta"),
            Self::Version(version) => {
                write!(f, "a catalogue of version {version}, and this reads {VERSION}: browse again")
            }
            Self::Length { said, given } => {
                write!(f, "a catalogue of {said} octets, of which {given} are there: browse again")
            }
            Self::Sum => f.write_str("a damaged catalogue (its checksum is another one): browse again"),
            Self::Malformed(malformed) => write!(f, "a catalogue with a {malformed}: browse again"),
        }
    }
}

impl core::error::Error for FileError {}

impl From<Malformed> for FileError {
    fn from(malformed: Malformed) -> Self {
        Self::Malformed(malformed)
    }
}

const STRUCTURE: u8 = 1;
const WHOLE: u8 = 2;
const EXACT: u8 = 1;
const ARRAY: u8 = 2;

impl Catalogue {
    /// All of it as octets.
    pub fn to_octets(&self) -> Vec<u8> {
        let mut body = Vec::new();
        let flag = |yes, flag| if yes { flag } else { 0 };
        body.push(flag(self.structure.is_some(), STRUCTURE) | flag(self.whole, WHOLE));
        body.extend_from_slice(self.structure.as_ref().map_or(&[][..], |digest| digest));
        let blocks = || self.roots.iter().filter(|root| root.is_block());
        vlq::put_len(&mut body, blocks().count());
        for Root { rid, name, type_rid, comments, .. } in blocks() {
            put(&mut body, &[*rid, *type_rid]);
            text(&mut body, name);
            vlq::put_len(&mut body, comments.len());
            for (language, comment) in comments {
                vlq::put_u32(&mut body, *language);
                text(&mut body, comment);
            }
        }
        vlq::put_len(&mut body, self.types.list.len());
        for of in &self.types.list {
            put(&mut body, &[of.rid]);
            vlq::put_u32(&mut body, of.size);
            body.push(u8::from(of.modified.is_some()));
            body.extend_from_slice(of.modified.map(u64::to_be_bytes).as_ref().map_or(&[][..], |nanos| nanos));
            let members = self.types.members_of(of);
            vlq::put_len(&mut body, members.len());
            for member in members {
                let array = self.types.array(member);
                vlq::put_u32(&mut body, member.lid);
                body.push(member.soft.0);
                body.extend_from_slice(&member.attributes.to_be_bytes());
                body.extend_from_slice(&[
                    member.bits,
                    flag(member.exact, EXACT) | flag(array.is_some(), ARRAY),
                ]);
                vlq::put_u32(&mut body, member.max.into());
                vlq::put_u32(&mut body, member.optimised);
                vlq::put_u32(&mut body, member.classic);
                put(&mut body, &[member.rid, member.sum]);
                text(&mut body, self.types.name(member));
                if let Some(array) = array {
                    put_array(&mut body, array);
                }
            }
        }
        let mut octets = MAGIC.to_vec();
        octets.extend_from_slice(&VERSION.to_be_bytes());
        octets.extend_from_slice(&u64::try_from(body.len()).unwrap_or(u64::MAX).to_be_bytes());
        octets.extend_from_slice(&Sha256::digest(&body));
        octets.append(&mut body);
        octets
    }
    /// The catalogue of these octets: of what program it is, its [`stamp`](Self::stamp) says.
    pub fn from_octets(octets: &[u8]) -> Result<Self, FileError> {
        let mut r = Reader::new(octets);
        if r.take(MAGIC.len(), "catalogue").ok() != Some(MAGIC) {
            return Err(FileError::NoCatalogue);
        }
        let version = r.u16("version")?;
        if version != VERSION {
            return Err(FileError::Version(version));
        }
        let (said, sum) = (r.u64("length")?, r.take(32, "checksum")?);
        let given = u64::try_from(r.left()).unwrap_or(u64::MAX);
        if said != given {
            return Err(FileError::Length { said, given });
        }
        if Sha256::digest(r.peek()).as_slice() != sum {
            return Err(FileError::Sum);
        }
        Ok(read(&mut r)?)
    }
}

fn read(r: &mut Reader<'_>) -> Result<Catalogue, Malformed> {
    let mut builder = Builder::new();
    let flags = r.u8("flags")?;
    if flags & STRUCTURE != 0 {
        builder.structure(Some(r.array("hash of the structure")?));
    }
    if flags & WHOLE == 0 {
        builder.partial();
    }
    for _ in 0..count(r, 10)? {
        let bad = r.bad("block, which is 8A0E and a number");
        let (rid, type_rid) = (r.u32("block")?, r.u32("type of a block")?);
        if Rid(rid).space() != Space::DB {
            return Err(bad);
        }
        let name = String::from(read_text(r)?);
        let mut comments = Vec::new();
        for _ in 0..count(r, 2)? {
            let language = vlq::u32(r, "language")?;
            comments.push((language, read_text(r)?.into()));
        }
        builder.roots.push(Root { rid, name, type_rid, ty: NONE, comments });
    }
    for _ in 0..count(r, 7)? {
        let bad = r.bad("type that is there already");
        let rid = r.u32("type")?;
        let mut open = builder.types.begin(rid).ok_or(bad)?;
        open.size = vlq::u32(r, "size of a type")?;
        if r.u8("flag of a type")? != 0 {
            open.modified = Some(r.u64("time of a type")?);
        }
        for _ in 0..count(r, 18)? {
            member(r, &mut builder)?;
        }
        builder.types.end(&open);
    }
    r.end("octets behind the types")?;
    Ok(builder.finish())
}

fn member(r: &mut Reader<'_>, builder: &mut Builder) -> Result<(), Malformed> {
    let lid = vlq::u32(r, "LID")?;
    let soft = SoftType(r.u8("soft type")?);
    let attributes = r.u16("attributes of a member")?;
    let [bits, flags] = r.array("bits of a member")?;
    let bad = r.bad("greatest length of a text");
    let max = u16::try_from(vlq::u32(r, "greatest length of a text")?).map_err(|_| bad)?;
    let (optimised, classic) = (vlq::u32(r, "offset")?, vlq::u32(r, "offset")?);
    let (rid, sum) = (r.u32("type of a member")?, r.u32("checksum of a member")?);
    let bad = r.bad("name of a member");
    let name = read_text(r)?;
    let array = if flags & ARRAY == 0 { None } else { Some(array(r)?) };
    let member = Member {
        name: 0,
        name_len: 0,
        exact: flags & EXACT != 0,
        soft,
        bits,
        attributes,
        max,
        lid,
        sum,
        optimised,
        classic,
        rid,
        ty: NONE,
        array: NONE,
    };
    builder.types.put(name, member, array).ok_or(bad)
}

fn put_array(out: &mut Vec<u8>, array: &ArrayInfo) {
    let ArrayInfo { dimensions, lower, count, first, size } = array;
    out.push(*dimensions);
    put(out, &[first.cast_unsigned(), size.classic, size.optimised]);
    for (lower, count) in lower.iter().zip(count).take(usize::from(*dimensions)) {
        put(out, &[lower.cast_unsigned(), *count]);
    }
}

fn array(r: &mut Reader<'_>) -> Result<ArrayInfo, Malformed> {
    let bad = r.bad("dimensions of an array");
    let dimensions = r.u8("dimensions of an array")?;
    if !(1..=6).contains(&dimensions) {
        return Err(bad);
    }
    let first = r.u32("lower bound")?.cast_signed();
    let size = ElementSize { classic: r.u32("size of an element")?, optimised: r.u32("size of an element")? };
    let mut array = ArrayInfo { dimensions, lower: [0; 6], count: [0; 6], first, size };
    for (lower, count) in array.lower.iter_mut().zip(&mut array.count).take(usize::from(dimensions)) {
        (*lower, *count) = (r.u32("lower bound")?.cast_signed(), r.u32("count of elements")?);
    }
    if array.total() >= u64::from(NONE) { Err(bad) } else { Ok(array) }
}

fn put(out: &mut Vec<u8>, numbers: &[u32]) {
    numbers.iter().for_each(|n| out.extend_from_slice(&n.to_be_bytes()));
}

fn text(out: &mut Vec<u8>, text: &str) {
    vlq::put_len(out, text.len());
    out.extend_from_slice(text.as_bytes());
}

fn read_text<'a>(r: &mut Reader<'a>) -> Result<&'a str, Malformed> {
    let len = count(r, 1)?;
    let bad = r.bad("text, which is UTF-8");
    core::str::from_utf8(r.take(len, "text")?).map_err(|_| bad)
}

/// How many follow; each takes `least` octets or more.
fn count(r: &mut Reader<'_>, least: usize) -> Result<usize, Malformed> {
    let bad = r.bad("count of what is not there");
    let count = usize::try_from(vlq::u32(r, "count")?).map_err(|_| bad)?;
    if count > r.left() / least { Err(bad) } else { Ok(count) }
}
