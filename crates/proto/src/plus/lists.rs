//! The members of a type: how they are addressed, where they are, and what they are called.
//!
//! ```text
//!  length 2 | first id 4 | element ... | length 2 | element ... | 0000           types; the length counts what follows it
//!  length 2 | length 1, name, 00 ...   | length 2 | ...         | 0000           names: the first is that of the first
//!
//!  LID 4 | CRC 4 | soft type 1 | attributes 2 | bits 1 | offset info 4 to 104    an element
//! ```
//!
//! Lengths and attributes are big-endian, everything else in the list of types is little-endian.
use super::value::Text;
use alloc::boxed::Box;
use alloc::vec::Vec;

/// The members of a type.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct VartypeList {
    first_id: u32,
    elements: Vec<Vartype>,
    /// How many elements each block has.
    blocks: Vec<usize>,
}

/// The names of the members of a type.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct VarnameList {
    names: Vec<Text>,
    /// How many names each block has.
    blocks: Vec<usize>,
}

crate::codes! {
    /// The type of a member, as programs have it.
    pub struct SoftType(u8) {
        Void = 0, Bool = 1, Byte = 2, Char = 3, Word = 4, Int = 5, DWord = 6, DInt = 7, Real = 8, Date = 9, TimeOfDay = 10,
        Time = 11, S5Time = 12, S5Count = 13, DateAndTime = 14, InternetTime = 15, Array = 16, Struct = 17, EndStruct = 18,
        String = 19, Pointer = 20, MultiFb = 21, Any = 22, BlockFb = 23, BlockFc = 24, BlockDb = 25, BlockSdb = 26,
        MultiSfb = 27, Counter = 28, Timer = 29, IecCounter = 30, IecTimer = 31, BlockSfb = 32, BlockSfc = 33,
        BlockCb = 34, BlockScb = 35, BlockOb = 36, BlockUdt = 37, Offset = 38, BlockSdt = 39, BBool = 40, BlockExt = 41,
        LReal = 48, ULInt = 49, LInt = 50, LWord = 51, USInt = 52, UInt = 53, UDInt = 54, SInt = 55, Bcd8 = 56, Bcd16 = 57,
        Bcd32 = 58, Bcd64 = 59, ARef = 60, WChar = 61, WString = 62, Variant = 63, LTime = 64, Ltod = 65, Ldt = 66,
        Dtl = 67, IecLTimer = 68, IecSCounter = 69, IecDCounter = 70, IecLCounter = 71, IecUCounter = 72,
        IecUsCounter = 73, IecUdCounter = 74, IecUlCounter = 75, Remote = 96, ErrorStruct = 97, NRef = 98, VRef = 99,
        FbtRef = 100, CRef = 101, VaRef = 102, AomIdent = 128, EventAny = 129, EventAtt = 130, Folder = 131, AomAid = 132,
        AomLink = 133, EventHwInt = 134, HwAny = 144, HwIoSystem = 145, HwDpMaster = 146, HwDevice = 147,
        HwDpSlave = 148, HwIo = 149, HwModule = 150, HwSubmodule = 151, HwHsc = 152, HwPwm = 153, HwPto = 154,
        HwInterface = 155, HwIePort = 156, ObAny = 160, ObDelay = 161, ObTod = 162, ObCyclic = 163, ObAtt = 164,
        ConnAny = 168, ConnPrg = 169, ConnOuc = 170, ConnRid = 171, HwNr = 172, Port = 173, Rtm = 174, Pip = 175,
        CAlarm = 176, CAlarmS = 177, CAlarm8 = 178, CAlarm8P = 179, CAlarmT = 180, CarSend = 181, CNotify = 182,
        CNotify8P = 183, ObPCycle = 192, ObHwInt = 193, ObComm = 194, ObDiag = 195, ObTimeError = 196, ObStartup = 197,
        OpcUaLocTxtEncM = 200, OpcUaStrActLen = 201, DbAny = 208, DbWww = 209, DbDyn = 210, Para = 253, Label = 254,
        Undefined = 255,
    }
}

/// Sixteen bits about a member; the upper four say what offset info it has.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Hash)]
pub struct Attributes(pub u16);

/// Eight bits about where a member is: 80 retentive, 70 classic bit, 08 that bit is valid, 07 bit where optimised.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Hash)]
pub struct BitInfo(pub u8);

/// A member of a type.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Vartype {
    /// By what it is addressed.
    pub lid: u32,
    /// Checksum of its name and type; not the one of an item address.
    pub crc: u32,
    /// Its type, or that of its elements.
    pub soft_type: SoftType,
    /// What is to be known about it. The upper four bits follow [`Self::offset`] when written.
    pub attributes: Attributes,
    /// Which bit it is.
    pub bits: BitInfo,
    /// Where it is, and what else its type needs.
    pub offset: OffsetInfo,
}

/// Where a member is: offsets in octets, where the block is optimised and where it is not.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Hash)]
pub struct Place {
    /// Two numbers whose use depends on the type: of a STRING its greatest length, and the same with its head.
    pub a: u16,
    /// See `a`.
    pub b: u16,
    /// Offset where optimised.
    pub optimised: u32,
    /// Offset where not.
    pub classic: u32,
}

/// Lower bounds and counts of up to six dimensions, the innermost first; a count of 0 ends them.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Hash)]
pub struct Dimensions {
    /// Lower bounds.
    pub lower: [i32; 6],
    /// Element counts.
    pub count: [u32; 6],
}

/// The bounds of all elements in one row.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Hash)]
pub struct Bounds {
    /// The first index.
    pub lower: i32,
    /// How many elements; of all dimensions.
    pub count: u32,
}

/// The type of a structured member.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Hash)]
pub struct Relation {
    /// The relation id of its type.
    pub rid: u32,
    /// Unknown; 0 works.
    pub info: [u32; 4],
}

/// Octets of one element of an array of structs.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Hash)]
pub struct ElementSize {
    /// Where not optimised.
    pub classic: u32,
    /// Where optimised.
    pub optimised: u32,
}

/// Where the parts of an instance are that are kept apart.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Hash)]
pub struct Sections {
    /// Offset of the retentive part.
    pub retain: u32,
    /// Offset of the volatile part.
    pub volatile: u32,
}

/// Where a member is and what its type needs, by the upper four bits of its attributes: 1 to 7 for members of types, 8 to 14
/// for those of blocks.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum OffsetInfo {
    /// 0: an array of instances of function blocks.
    FbArray(Box<FbArray>),
    /// 8, and 1 where the two offsets are swapped.
    Plain {
        /// Offset where optimised.
        optimised: u16,
        /// Offset where not.
        classic: u16,
    },
    /// 9 and 2: a STRING or WSTRING.
    String(Place),
    /// 10 and 3: an array of one dimension.
    Array(Place, Bounds),
    /// 11 and 4: an array of more.
    Matrix(Place, Bounds, Box<Dimensions>),
    /// 12 and 5: a struct.
    Struct(Place, Relation),
    /// 13 and 6: an array of structs.
    StructArray(Place, Bounds, ElementSize, Relation),
    /// 14 and 7: an array of structs of more dimensions.
    StructMatrix(Place, Bounds, Box<Dimensions>, ElementSize, Relation),
    /// 15: an instance of a function block.
    Fb(Place, Relation, Sections),
}

/// An array of instances of function blocks.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct FbArray {
    /// Where it is.
    pub place: Place,
    /// Its type.
    pub relation: Relation,
    /// Parts that are kept apart.
    pub sections: Sections,
    /// How many elements; of all dimensions.
    pub count: u32,
    /// Octets of the classic, the retentive and the volatile part of one element.
    pub sizes: [u32; 3],
    /// Its bounds.
    pub dimensions: Dimensions,
}

impl VartypeList {
    /// The elements, in the order of their names.
    pub fn elements(&self) -> &[Vartype] {
        &self.elements
    }
}
impl VarnameList {
    /// The names, in the order of the elements.
    pub fn names(&self) -> &[Text] {
        &self.names
    }
}
