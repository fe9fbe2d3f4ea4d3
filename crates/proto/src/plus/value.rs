//! Typed values: what variables, attributes and parameters hold.
//!
//! ```text
//!  flags | type | payload                              00 07 ff fb             Int -5
//!  10    | type | count | payload ...                  10 02 03 00 ff 7f       USInt[3]
//!  20    | type | count | payload ...                  the same, for lists of ids and addresses
//!  40    | type | key, payload ... | 00                40 04 01 88 01 00       sparse: {1: 1025}
//! ```
//!
//! A [`Value`] is its flags and its [`Data`]. Flag 80, which an S7-1500 sets on what it reads from blocks, and bits nobody
//! knows survive and change nothing. Of several shapes at once, which nobody sends, 40 counts before 20 and that before 10.
//!
//! What cannot be told from the octets alone:
//!
//! - Type 19 (`S7String`) is a number, the greatest length of a STRING in the description of a type. One client writes STRINGs
//!   by the same type, as a length and that many octets. They are taken for these, [`Data::StringMemory`], where the octets that
//!   follow are the memory of a STRING: the length is at least 3, the first octet is the length less two, the second no more
//!   than the first, and all of them are there. Only lengths up to 257 can be mistaken so.
//! - An array of structs has one of three layouts, see [`Structs`].
//! - A type nobody knows has no known end, so within other things it is an error; where a value is the last of its
//!   fence, [`Value::read_last`] keeps it as [`Data::Other`].
use alloc::boxed::Box;
use alloc::vec::Vec;

mod show;
mod wire;

crate::codes! {
    /// The type of a value, or of the elements of an array.
    pub struct ValueType(u8) {
        Null = 0x00,
        Bool = 0x01, USInt = 0x02, UInt = 0x03, UDInt = 0x04, ULInt = 0x05, SInt = 0x06, Int = 0x07, DInt =
        0x08, LInt = 0x09, Byte = 0x0a, Word = 0x0b, DWord = 0x0c, LWord = 0x0d, Real = 0x0e, LReal = 0x0f,
        Timestamp = 0x10, Timespan = 0x11, Rid = 0x12, Aid = 0x13, Blob = 0x14, WString = 0x15, Variant =
        0x16, Struct = 0x17, S7String = 0x19,
    }
}

/// A typed value, with the flags it came with.
#[derive(Clone, Debug, PartialEq)]
pub struct Value {
    flags: u8,
    data: Data,
}

/// What a value holds.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Data {
    /// Nothing.
    Null,
    /// One octet: 0 or 1 by the book; others survive.
    Bool(u8),
    /// Also CHAR; its arrays are STRINGs.
    USInt(u8),
    /// Also WCHAR and DATE; its arrays are WSTRINGs.
    UInt(u16),
    /// Of variable length on the wire.
    UDInt(u32),
    /// Of variable length on the wire.
    ULInt(u64),
    /// One octet.
    SInt(i8),
    /// Two octets.
    Int(i16),
    /// Of variable length on the wire; also TIME, in milliseconds.
    DInt(i32),
    /// Of variable length on the wire.
    LInt(i64),
    /// One octet.
    Byte(u8),
    /// Also S5TIME, timers and counters.
    Word(u16),
    /// Four octets.
    DWord(u32),
    /// Eight octets.
    LWord(u64),
    /// IEEE 754 single.
    Real(f32),
    /// IEEE 754 double.
    LReal(f64),
    /// Nanoseconds since 1970-01-01 UTC.
    Timestamp(u64),
    /// Nanoseconds.
    Timespan(i64),
    /// The relation id of an object, four octets.
    Rid(u32),
    /// The id of an attribute, of variable length.
    Aid(u32),
    /// Octets of no stated shape.
    Blob(Blob),
    /// A text of the protocol; variables of type WSTRING are arrays of `UInt` instead.
    WString(Text),
    /// A number of variable length; what it says is not known.
    Variant(u32),
    /// Values by id, or packed octets.
    Struct(Struct),
    /// The greatest length of a STRING, where a type is described.
    S7String(u32),
    /// A STRING as it lies in memory, written by type 19: greatest length, actual length, characters.
    StringMemory(Vec<u8>),
    /// Elements of one type.
    Array(Array),
    /// Elements of one type, by keys.
    Sparse(Sparse),
    /// A value of a type nobody knows, up to the end of its fence.
    Other(ValueType, Vec<u8>),
}

/// Elements of one type.
#[derive(Clone, Debug, PartialEq)]
pub enum Array {
    /// So many times nothing: there is a count, and no payload.
    Null(u32),
    /// One octet each; CPUs send, and want, multiples of eight.
    Bool(Vec<u8>),
    /// [`ValueType::USInt`] each.
    USInt(Vec<u8>),
    /// [`ValueType::UInt`] each.
    UInt(Vec<u16>),
    /// [`ValueType::UDInt`] each.
    UDInt(Vec<u32>),
    /// [`ValueType::ULInt`] each.
    ULInt(Vec<u64>),
    /// [`ValueType::SInt`] each.
    SInt(Vec<i8>),
    /// [`ValueType::Int`] each.
    Int(Vec<i16>),
    /// [`ValueType::DInt`] each.
    DInt(Vec<i32>),
    /// [`ValueType::LInt`] each.
    LInt(Vec<i64>),
    /// [`ValueType::Byte`] each.
    Byte(Vec<u8>),
    /// [`ValueType::Word`] each.
    Word(Vec<u16>),
    /// [`ValueType::DWord`] each.
    DWord(Vec<u32>),
    /// [`ValueType::LWord`] each.
    LWord(Vec<u64>),
    /// [`ValueType::Real`] each.
    Real(Vec<f32>),
    /// [`ValueType::LReal`] each.
    LReal(Vec<f64>),
    /// [`ValueType::Timestamp`] each.
    Timestamp(Vec<u64>),
    /// [`ValueType::Timespan`] each.
    Timespan(Vec<i64>),
    /// [`ValueType::Rid`] each.
    Rid(Vec<u32>),
    /// [`ValueType::Aid`] each.
    Aid(Vec<u32>),
    /// [`ValueType::Blob`] each.
    Blob(Vec<Blob>),
    /// [`ValueType::WString`] each.
    WString(Vec<Text>),
    /// Plain numbers, as one of two readings on record has it.
    Variant(Vec<u32>),
    /// In one of three layouts.
    Struct(Structs),
    /// [`ValueType::S7String`] each.
    S7String(Vec<u32>),
}

/// Elements of one type by keys, which are not 0.
///
/// In the attributes that one addresses by LID the key is the LID plus one.
#[derive(Clone, Debug, PartialEq)]
pub struct Sparse {
    ty: ValueType,
    elements: Vec<(u32, Data)>,
}

/// The octets of a text of the protocol: UTF-8, which is not seen to.
#[derive(Clone, Debug, Default, Eq, PartialEq, Hash)]
pub struct Text(pub Vec<u8>);

/// Octets of no stated shape, by the root id that leads them.
#[derive(Clone, Debug, PartialEq)]
pub enum Blob {
    /// Root id 0: what all normal data has.
    Octets(Vec<u8>),
    /// Root id 1, of which nothing else is known.
    RootOne(Vec<u8>),
    /// A greater root id, on record but never captured.
    Rooted(Box<Rooted>),
}

/// A blob with a root id beyond 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Rooted {
    /// The root id, 2 or more; less is written as 2.
    pub root: u32,
    /// Eight octets, 0 on record.
    pub prefix: [u8; 8],
    /// What follows.
    pub content: RootedContent,
}

/// What follows the root id.
#[derive(Clone, Debug, PartialEq)]
pub enum RootedContent {
    /// Kind 00: values by id.
    Members(Vec<Member>),
    /// Kind 02.
    Octets2(Vec<u8>),
    /// Kind 03.
    Octets3(Vec<u8>),
}

/// Values by id, or packed octets, under the id of a type.
///
/// ```text
///  id 4 | member id, value ... | 00
///  id 4 | interface timestamp 8 | transport flags | count | [count again] | octets         id 02...... or 9.......
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Struct {
    id: u32,
    body: Body,
}

#[derive(Clone, Debug, PartialEq)]
enum Body {
    Members(Vec<Member>),
    Packed(Box<Packed>),
}

/// One value of a struct.
#[derive(Clone, Debug, PartialEq)]
pub struct Member {
    /// Its id, not 0: that ends the list, so a member 0 is not written.
    pub id: u32,
    /// What it holds.
    pub value: Value,
}

/// A struct as the CPU has it in memory: only the description of its type says what the octets are.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Packed {
    /// When the type changed last, as the CPU says it; who writes has to repeat it.
    pub timestamp: u64,
    /// Bit 0: classic offsets and byte order; bit 1: always set; bit 10: the count comes twice.
    pub transport: u32,
    /// The first of two counts, which means nothing; `None` repeats the second.
    pub first_count: Option<u32>,
    /// The memory, little-endian where optimised, else big-endian.
    pub octets: Vec<u8>,
}

/// An array of structs. None of the layouts was ever captured; they are told apart by their first octets.
#[derive(Clone, Debug, PartialEq)]
pub enum Structs {
    /// Flag 10 and an id of a packed type: all elements in one block of octets.
    Packed(Struct),
    /// The id once, first octet 00; a count; the members of each.
    IdFirst {
        /// The id of all, below 01000000: its first octet is what tells this layout.
        id: u32,
        /// The members of each.
        elements: Vec<Vec<Member>>,
    },
    /// A count, not 0, and that many structs with their ids.
    CountFirst(Vec<Struct>),
}

/// How deep structs may lie in each other. The deepest on record has two levels; PLC data is packed, whatever its depth.
pub const DEPTH: usize = 32;

impl Value {
    /// Flags: an array.
    pub const ARRAY: u8 = 0x10;
    /// Flags: an array of ids or addresses.
    pub const ADDRESS_ARRAY: u8 = 0x20;
    /// Flags: a sparse array.
    pub const SPARSE: u8 = 0x40;
    /// Flags: what an S7-1500 sets on values out of blocks. A server should not: some clients trip over it.
    pub const S7_1500: u8 = 0x80;
    const SHAPE: u8 = Self::ARRAY | Self::ADDRESS_ARRAY | Self::SPARSE;

    /// `data` with the flags it needs: [`Self::ARRAY`] of an array, but [`Self::ADDRESS_ARRAY`] of [`Structs::CountFirst`].
    pub const fn new(data: Data) -> Self {
        Self::with_flags(data, 0)
    }
    /// `data` with `flags`, of which those for the shape give way to what the data is.
    pub const fn with_flags(data: Data, flags: u8) -> Self {
        let both = Self::ARRAY | Self::ADDRESS_ARRAY;
        let shape = match &data {
            Data::Array(Array::Struct(Structs::Packed(_))) => Self::ARRAY,
            Data::Array(_) if flags & both != 0 => flags & both,
            Data::Array(Array::Struct(Structs::CountFirst(_))) => Self::ADDRESS_ARRAY,
            Data::Array(_) => Self::ARRAY,
            Data::Sparse(_) => flags & Self::SHAPE | Self::SPARSE,
            Data::Other(..) => flags & Self::SHAPE,
            _ => 0,
        };
        Self { flags: flags & !Self::SHAPE | shape, data }
    }
    /// A list of ids or addresses: [`Self::ADDRESS_ARRAY`].
    pub const fn addresses(list: Vec<u32>) -> Self {
        Self::with_flags(Data::Array(Array::UDInt(list)), Self::ADDRESS_ARRAY)
    }
    /// A `WString`.
    pub fn text(text: &str) -> Self {
        Self::new(Data::WString(text.into()))
    }
    /// A plain `Blob`.
    pub const fn blob(octets: Vec<u8>) -> Self {
        Self::new(Data::Blob(Blob::Octets(octets)))
    }
    /// An array of `USInt`.
    pub const fn octets(octets: Vec<u8>) -> Self {
        Self::new(Data::Array(Array::USInt(octets)))
    }
    /// A `Rid`.
    pub const fn rid(rid: u32) -> Self {
        Self::new(Data::Rid(rid))
    }
    /// The flags, as they are on the wire.
    pub const fn flags(&self) -> u8 {
        self.flags
    }
    /// What it holds.
    pub const fn data(&self) -> &Data {
        &self.data
    }
    /// What it holds, without the flags.
    pub fn into_data(self) -> Data {
        self.data
    }
    /// Its type, or that of its elements.
    pub const fn ty(&self) -> ValueType {
        self.data.ty()
    }
    /// The number of any unsigned type, bit string or id of up to 32 bits, and of a signed one that is not negative.
    pub fn as_u32(&self) -> Option<u32> {
        self.as_i64().and_then(|n| u32::try_from(n).ok())
    }
    /// The number of any signed type, and of other integers that fit.
    pub fn as_i32(&self) -> Option<i32> {
        self.as_i64().and_then(|n| i32::try_from(n).ok())
    }
    /// The number of any unsigned type, bit string, id or time, and of a signed one that is not negative.
    pub fn as_u64(&self) -> Option<u64> {
        match self.data {
            Data::ULInt(n) | Data::LWord(n) | Data::Timestamp(n) => Some(n),
            _ => self.as_i64().and_then(|n| u64::try_from(n).ok()),
        }
    }
    /// The number of any integer type, bit string, id or time that fits. `Bool` is none, nor is `S7String`.
    pub fn as_i64(&self) -> Option<i64> {
        Some(match self.data {
            Data::USInt(n) | Data::Byte(n) => n.into(),
            Data::UInt(n) | Data::Word(n) => n.into(),
            Data::UDInt(n) | Data::DWord(n) | Data::Rid(n) | Data::Aid(n) | Data::Variant(n) => n.into(),
            Data::ULInt(n) | Data::LWord(n) | Data::Timestamp(n) => i64::try_from(n).ok()?,
            Data::SInt(n) => n.into(),
            Data::Int(n) => n.into(),
            Data::DInt(n) => n.into(),
            Data::LInt(n) | Data::Timespan(n) => n,
            _ => return None,
        })
    }
    /// What a `Bool` says; everything but 0 is true.
    pub const fn as_bool(&self) -> Option<bool> {
        if let Data::Bool(octet) = self.data { Some(octet != 0) } else { None }
    }
    /// The relation id of a `Rid`.
    pub const fn as_rid(&self) -> Option<u32> {
        if let Data::Rid(rid) = self.data { Some(rid) } else { None }
    }
    /// The octets of a `Blob` without further parts, of an array of `USInt` or `Byte`, or of a STRING's memory.
    pub fn as_bytes(&self) -> Option<&[u8]> {
        match &self.data {
            Data::Blob(blob) => blob.octets(),
            Data::Array(Array::USInt(octets) | Array::Byte(octets)) | Data::StringMemory(octets) => {
                Some(octets)
            }
            _ => None,
        }
    }
    /// The octets of what [`Value::as_bytes`] gives, without a copy; `None` of all else.
    pub fn into_bytes(self) -> Option<Vec<u8>> {
        match self.data {
            Data::Blob(blob) => blob.into_octets(),
            Data::Array(Array::USInt(octets) | Array::Byte(octets)) | Data::StringMemory(octets) => {
                Some(octets)
            }
            _ => None,
        }
    }
    /// The numbers of an array of `UDInt`, `DWord`, `Rid` or `Aid`.
    pub fn as_u32s(&self) -> Option<&[u32]> {
        match &self.data {
            Data::Array(Array::UDInt(n) | Array::DWord(n) | Array::Rid(n) | Array::Aid(n)) => Some(n),
            _ => None,
        }
    }
    /// The text of a `WString`, where it is UTF-8.
    pub fn as_str(&self) -> Option<&str> {
        if let Data::WString(text) = &self.data { text.as_str() } else { None }
    }
    /// The struct, of a value that is one.
    pub const fn as_struct(&self) -> Option<&Struct> {
        if let Data::Struct(data) = &self.data { Some(data) } else { None }
    }
    /// The elements by key, of a sparse array.
    pub const fn as_sparse(&self) -> Option<&Sparse> {
        if let Data::Sparse(data) = &self.data { Some(data) } else { None }
    }
}

impl From<Data> for Value {
    fn from(data: Data) -> Self {
        Self::new(data)
    }
}

/// From what Rust has to the type of the wire that stands for it.
macro_rules! from {
    ($($from:ty => |$name:ident| $data:expr;)*) => {
        $(impl From<$from> for Value {
            fn from($name: $from) -> Self {
                Self::new($data)
            }
        })*
    };
}

from! {
    bool => |b| Data::Bool(b.into());
    u8 => |n| Data::USInt(n);
    u16 => |n| Data::UInt(n);
    u32 => |n| Data::UDInt(n);
    u64 => |n| Data::ULInt(n);
    i8 => |n| Data::SInt(n);
    i16 => |n| Data::Int(n);
    i32 => |n| Data::DInt(n);
    i64 => |n| Data::LInt(n);
    f32 => |n| Data::Real(n);
    f64 => |n| Data::LReal(n);
    &str => |text| Data::WString(text.into());
    Array => |array| Data::Array(array);
    Blob => |blob| Data::Blob(blob);
    Struct => |data| Data::Struct(data);
    Sparse => |sparse| Data::Sparse(sparse);
}

impl Sparse {
    /// Elements of `ty` by their keys; `None` if a key is 0 or an element is no scalar of that type.
    pub fn new(ty: ValueType, elements: Vec<(u32, Data)>) -> Option<Self> {
        let fits = |data: &Data| {
            data.ty() == ty
                && !matches!(data, Data::Array(_) | Data::Sparse(_) | Data::Other(..) | Data::StringMemory(_))
        };
        elements.iter().all(|(key, data)| *key != 0 && fits(data)).then_some(Self { ty, elements })
    }
    /// The type of the elements.
    pub const fn ty(&self) -> ValueType {
        self.ty
    }
    /// Keys and elements, in the order of the wire.
    pub fn elements(&self) -> &[(u32, Data)] {
        &self.elements
    }
    /// The element with that key; a LID has the key LID + 1.
    pub fn element(&self, key: u32) -> Option<&Data> {
        self.elements.iter().find(|(k, _)| *k == key).map(|(_, data)| data)
    }
}

impl Text {
    /// The text, if it is UTF-8.
    pub fn as_str(&self) -> Option<&str> {
        core::str::from_utf8(&self.0).ok()
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl Blob {
    /// The octets, of one that has nothing else.
    pub fn octets(&self) -> Option<&[u8]> {
        match self {
            Self::Octets(octets) | Self::RootOne(octets) => Some(octets),
            Self::Rooted(rooted) => match &rooted.content {
                RootedContent::Octets2(octets) | RootedContent::Octets3(octets) => Some(octets),
                RootedContent::Members(_) => None,
            },
        }
    }
    /// The octets, of one that has nothing else, without a copy.
    pub fn into_octets(self) -> Option<Vec<u8>> {
        match self {
            Self::Octets(octets) | Self::RootOne(octets) => Some(octets),
            Self::Rooted(rooted) => match rooted.content {
                RootedContent::Octets2(octets) | RootedContent::Octets3(octets) => Some(octets),
                RootedContent::Members(_) => None,
            },
        }
    }
}

impl Struct {
    /// Members under an id that does not stand for a packed type, see [`Self::packs`].
    pub const fn new(id: u32, members: Vec<Member>) -> Self {
        Self { id, body: Body::Members(members) }
    }
    /// Packed octets under the id of a packed type, see [`Self::packs`].
    pub fn packed(id: u32, packed: Packed) -> Self {
        Self { id, body: Body::Packed(Box::new(packed)) }
    }
    /// Does this id stand for a packed type: a type of the library or of the program?
    pub const fn packs(id: u32) -> bool {
        (id > 0x9000_0000 && id < 0x9fff_ffff) || (id > 0x0200_0000 && id < 0x02ff_ffff)
    }
    /// The id of its type.
    pub const fn id(&self) -> u32 {
        self.id
    }
    /// Its members in the order of the wire; none where it is packed.
    pub fn members(&self) -> &[Member] {
        match &self.body {
            Body::Members(members) => members,
            Body::Packed(_) => &[],
        }
    }
    /// The first member with that id.
    pub fn member(&self, id: u32) -> Option<&Value> {
        self.members().iter().find(|member| member.id == id).map(|member| &member.value)
    }
    /// The packed octets, where it is packed.
    pub fn as_packed(&self) -> Option<&Packed> {
        match &self.body {
            Body::Packed(packed) => Some(packed),
            Body::Members(_) => None,
        }
    }
}

impl Member {
    /// A value by its id.
    pub fn new(id: u32, value: impl Into<Value>) -> Self {
        Self { id, value: value.into() }
    }
}

impl Data {
    /// Its type, or that of its elements.
    pub const fn ty(&self) -> ValueType {
        match self {
            Self::Null => ValueType::Null,
            Self::Bool(_) => ValueType::Bool,
            Self::USInt(_) => ValueType::USInt,
            Self::UInt(_) => ValueType::UInt,
            Self::UDInt(_) => ValueType::UDInt,
            Self::ULInt(_) => ValueType::ULInt,
            Self::SInt(_) => ValueType::SInt,
            Self::Int(_) => ValueType::Int,
            Self::DInt(_) => ValueType::DInt,
            Self::LInt(_) => ValueType::LInt,
            Self::Byte(_) => ValueType::Byte,
            Self::Word(_) => ValueType::Word,
            Self::DWord(_) => ValueType::DWord,
            Self::LWord(_) => ValueType::LWord,
            Self::Real(_) => ValueType::Real,
            Self::LReal(_) => ValueType::LReal,
            Self::Timestamp(_) => ValueType::Timestamp,
            Self::Timespan(_) => ValueType::Timespan,
            Self::Rid(_) => ValueType::Rid,
            Self::Aid(_) => ValueType::Aid,
            Self::Blob(_) => ValueType::Blob,
            Self::WString(_) => ValueType::WString,
            Self::Variant(_) => ValueType::Variant,
            Self::Struct(_) => ValueType::Struct,
            Self::S7String(_) | Self::StringMemory(_) => ValueType::S7String,
            Self::Array(array) => array.ty(),
            Self::Sparse(sparse) => sparse.ty,
            Self::Other(ty, _) => *ty,
        }
    }
}

impl Array {
    /// The type of its elements.
    pub const fn ty(&self) -> ValueType {
        match self {
            Self::Null(_) => ValueType::Null,
            Self::Bool(_) => ValueType::Bool,
            Self::USInt(_) => ValueType::USInt,
            Self::UInt(_) => ValueType::UInt,
            Self::UDInt(_) => ValueType::UDInt,
            Self::ULInt(_) => ValueType::ULInt,
            Self::SInt(_) => ValueType::SInt,
            Self::Int(_) => ValueType::Int,
            Self::DInt(_) => ValueType::DInt,
            Self::LInt(_) => ValueType::LInt,
            Self::Byte(_) => ValueType::Byte,
            Self::Word(_) => ValueType::Word,
            Self::DWord(_) => ValueType::DWord,
            Self::LWord(_) => ValueType::LWord,
            Self::Real(_) => ValueType::Real,
            Self::LReal(_) => ValueType::LReal,
            Self::Timestamp(_) => ValueType::Timestamp,
            Self::Timespan(_) => ValueType::Timespan,
            Self::Rid(_) => ValueType::Rid,
            Self::Aid(_) => ValueType::Aid,
            Self::Blob(_) => ValueType::Blob,
            Self::WString(_) => ValueType::WString,
            Self::Variant(_) => ValueType::Variant,
            Self::Struct(_) => ValueType::Struct,
            Self::S7String(_) => ValueType::S7String,
        }
    }
    /// How many elements it has; of packed structs, which do not say, one.
    pub fn len(&self) -> usize {
        match self {
            Self::Null(n) => usize::try_from(*n).unwrap_or(usize::MAX),
            Self::Bool(list) | Self::USInt(list) | Self::Byte(list) => list.len(),
            Self::UInt(list) | Self::Word(list) => list.len(),
            Self::UDInt(list)
            | Self::DWord(list)
            | Self::Rid(list)
            | Self::Aid(list)
            | Self::Variant(list)
            | Self::S7String(list) => list.len(),
            Self::ULInt(list) | Self::LWord(list) | Self::Timestamp(list) => list.len(),
            Self::SInt(list) => list.len(),
            Self::Int(list) => list.len(),
            Self::DInt(list) => list.len(),
            Self::LInt(list) | Self::Timespan(list) => list.len(),
            Self::Real(list) => list.len(),
            Self::LReal(list) => list.len(),
            Self::Blob(list) => list.len(),
            Self::WString(list) => list.len(),
            Self::Struct(Structs::Packed(_)) => 1,
            Self::Struct(Structs::IdFirst { elements, .. }) => elements.len(),
            Self::Struct(Structs::CountFirst(list)) => list.len(),
        }
    }
    /// Has it no elements?
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
