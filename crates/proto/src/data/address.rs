//! Where a variable is, as users write it: in the spelling of STEP 7, of PLC4X and of nodeS7.
//!
//! | dialect | examples |
//! |---|---|
//! | STEP 7, TIA Portal | `DB1.DBX0.0`, `%DB1.DBW10:INT`, `M10.3`, `MW20`, `E0.0`, `PIW256`, `T5`, `Z7`, `"Motor".speed` |
//! | PLC4X | `DB1:10:INT`, `DB1:10:STRING[20]`, `DB1:0:REAL[5]` |
//! | nodeS7 | `DB1,X0.0`, `DB1,REAL4.10`, `DB1,S10.20`, `MR4`, `MDI8` |
//! | S7CommPlus | `8A0E0001.B`, `8A0E0001.B#A6149C91:REAL`, `C9(1037).0`: access paths, in hex |
//! | LOGO!, S7-200 | `V10.3`, `VB10`, `VW10`, `VD10`: all in DB 1, where these devices keep them |
use alloc::format;
use alloc::string::{String, ToString};
use core::fmt;
use core::str::FromStr;

use super::access::Access;
use super::scan::Scan;
use super::types::{Type, TypeFault};
use crate::plus::address::ItemAddressFault;

/// Where a variable is, and what it is.
///
/// ```
/// use hepta_proto::data::{Address, Area, Type};
/// let Address::Absolute(speed) = "db1,real4".parse()? else { unreachable!() };
/// assert_eq!((speed.place.area, speed.place.byte, &speed.ty), (Area::Db(1), 4, &Type::Real));
/// assert_eq!(speed.to_string(), "DB1.DBD4:REAL");
/// let error = "DB1.DBW4:REAL".parse::<Address>().unwrap_err();
/// assert_eq!(error.to_string(), "column 10: REAL has not the width of the letter W; write DB1.DBD4:REAL");
/// # Ok::<(), hepta_proto::data::AddressError>(())
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Address {
    /// An area and an offset.
    Absolute(Absolute),
    /// A name that the CPU has to look up.
    Symbol(Symbol),
    /// What the CPU itself calls it, in `S7CommPlus`.
    Access(Access),
}

/// An area, an offset and a type: all that a request of S7comm says.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Absolute {
    /// Where it starts.
    pub place: Place,
    /// What it is.
    pub ty: Type,
}

/// Where something starts.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Place {
    /// The area of memory.
    pub area: Area,
    /// The octet in it, 0 to 65,535; of timers and counters the number.
    pub byte: u32,
    /// The bit in the octet, 0 to 7, of `BOOL` and its arrays; else 0.
    pub bit: u8,
}

/// The areas of memory that can be addressed.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Area {
    /// Process image of the inputs: `I`, German `E`.
    Input,
    /// Process image of the outputs: `Q`, German `A`.
    Output,
    /// Flags, or bit memory: `M`.
    Flag,
    /// Timers: `T`.
    Timer,
    /// Counters: `C`, German `Z`.
    Counter,
    /// A data block, 1 to 65,535.
    Db(u16),
    /// A data block, opened as instance block.
    InstanceDb(u16),
    /// Local data: `L`.
    Local,
    /// Direct peripheral access: `PI` to read, `PQ` to write (German `PE`, `PA`); the wire has one area for both.
    Peripheral,
}

/// A symbolic name, as TIA Portal shows it: `"Motor".axis[2].speed`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Symbol {
    path: String,
    ty: Option<Type>,
}

impl Symbol {
    /// The name, with its quotes.
    pub fn path(&self) -> &str {
        &self.path
    }
    /// The type that was written behind it, if any; the CPU knows it too.
    pub fn ty(&self) -> Option<&Type> {
        self.ty.as_ref()
    }
}

impl Absolute {
    /// Checks that the block is not 0, the bit is one, the type belongs to the area, and its end can be addressed.
    pub fn new(area: Area, byte: u32, bit: u8, ty: Type) -> Result<Self, AddressFault> {
        let (timer, counter) = (*ty.element() == Type::Timer, *ty.element() == Type::Counter);
        if matches!(area, Area::Db(0) | Area::InstanceDb(0)) {
            return Err(AddressFault::Block);
        }
        if (area == Area::Timer) != timer || (area == Area::Counter) != counter {
            return Err(AddressFault::Kind { ty });
        }
        if bit > 7 || (bit > 0 && !ty.is_bits()) {
            return Err(AddressFault::Bit);
        }
        let start = u64::from(byte) * 8 + u64::from(bit);
        let bits = if timer || counter { 8 * ty.count() } else { ty.bits() };
        if start.saturating_add(u64::try_from(bits).unwrap_or(u64::MAX)) > END {
            return Err(AddressFault::End { ty });
        }
        Ok(Self { place: Place { area, byte, bit }, ty })
    }
}

/// A text that is no address.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AddressError {
    /// Where: from 1, in characters.
    pub column: usize,
    /// What is wrong there.
    pub what: AddressFault,
    /// What to write instead; empty if nobody knows.
    pub hint: String,
}

impl fmt::Display for AddressError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "column {}: {}", self.column, self.what)?;
        if self.hint.is_empty() { Ok(()) } else { write!(f, "; {}", self.hint) }
    }
}

impl core::error::Error for AddressError {}

/// What is wrong with an address.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum AddressFault {
    /// It starts with no area.
    #[error("this is no area of memory")]
    Area,
    /// A block number that is 0, missing or too large.
    #[error("blocks are numbered from 1 to 65535")]
    Block,
    /// After the area stands no width or type.
    #[error("{0:?} is no width and no type")]
    Letter(String),
    /// A number is missing or too large.
    #[error("an offset from 0 to 65535 is wanted here")]
    Number,
    /// A bit without its number.
    #[error("a bit has an octet and a bit, and the bit is missing")]
    NoBit,
    /// A bit number above 7, or one for what has no bits.
    #[error("bits are numbered from 0 to 7, and all but BOOL starts at bit 0")]
    Bit,
    /// A length or count that is missing, 0 or too large.
    #[error("a {0} is wanted here")]
    Count(&'static str),
    /// An address without a type, in a form that needs one.
    #[error("the type is missing")]
    NoType,
    /// What stands after the colon is no type.
    #[error(transparent)]
    Type(TypeFault),
    /// The type is not as wide as the letter says.
    #[error("{ty} has not the width of the letter {letter}")]
    Width {
        /// `X`, `B`, `W` or `D`.
        letter: char,
        /// The type.
        ty: Type,
    },
    /// `TIMER` and `COUNTER` are in their areas only, and nothing else is.
    #[error("{ty} does not go with this area: T has TIMER, C has COUNTER, and other areas have neither")]
    Kind {
        /// The type.
        ty: Type,
    },
    /// The variable ends behind what can be addressed.
    #[error("this {ty} would end behind octet 65535")]
    End {
        /// The type.
        ty: Type,
    },
    /// A name that does not end, or has nothing in it.
    #[error("the name has no closing double quote, or is empty")]
    Quote,
    /// An access path that is none.
    #[error(transparent)]
    Access(ItemAddressFault),
    /// Text follows after the address.
    #[error("the address ends before this")]
    LeftOver,
    /// A symbolic name where an absolute address is wanted.
    #[error("this is a symbolic name or an access path, and here an absolute address is wanted")]
    Symbolic,
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let mut scan = Scan::new(text);
        scan.spaces();
        if Access::is_meant(text) {
            return Access::scan(text).map(Self::Access);
        }
        let address = if scan.peek() == Some('"') {
            Self::Symbol(scan_symbol(&mut scan)?)
        } else {
            scan.eat('%');
            Self::Absolute(scan_absolute(&mut scan)?)
        };
        scan.spaces();
        if scan.done() { Ok(address) } else { Err(error(&scan, AddressFault::LeftOver)) }
    }
}

impl FromStr for Absolute {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        match text.parse()? {
            Address::Absolute(absolute) => Ok(absolute),
            Address::Symbol(_) | Address::Access(_) => Err(error(&Scan::new(text), AddressFault::Symbolic)),
        }
    }
}

impl From<Access> for Address {
    fn from(access: Access) -> Self {
        Self::Access(access)
    }
}

impl From<Absolute> for Address {
    fn from(absolute: Absolute) -> Self {
        Self::Absolute(absolute)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absolute(absolute) => write!(f, "{absolute}"),
            Self::Symbol(symbol) => write!(f, "{symbol}"),
            Self::Access(access) => write!(f, "{access}"),
        }
    }
}

/// The name, and the type if there is one: `"Motor".speed:REAL`.
impl fmt::Display for Symbol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path)?;
        self.ty.as_ref().map_or(Ok(()), |ty| write!(f, ":{}", Short(ty)))
    }
}

/// The one spelling with a type: `DB1.DBD4:REAL`, `M10.3:BOOL`, `T5`; what has no letter of its own is `DB1:10:STRING[20]`
/// or `MB10:DTL`.
impl fmt::Display for Absolute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Place { area, byte, bit } = self.place;
        let (letter, ty) = (letter(self.ty.element()), Short(&self.ty));
        let name = match area {
            Area::Input => "I",
            Area::Output => "Q",
            Area::Flag => "M",
            Area::Local => "L",
            Area::Peripheral => "PI",
            Area::Timer | Area::Counter => {
                write!(f, "{}{byte}", if area == Area::Timer { 'T' } else { 'C' })?;
                let plain = self.ty == Type::Timer || self.ty == Type::Counter;
                return if plain { Ok(()) } else { write!(f, ":{ty}") };
            }
            Area::Db(n) | Area::InstanceDb(n) => {
                let name = if matches!(area, Area::Db(_)) { "DB" } else { "DI" };
                return match letter {
                    Some('X') => write!(f, "{name}{n}.{name}X{byte}.{bit}:{ty}"),
                    Some(letter) => write!(f, "{name}{n}.{name}{letter}{byte}:{ty}"),
                    None => write!(f, "{name}{n}:{byte}:{ty}"),
                };
            }
        };
        match letter {
            Some('X') => write!(f, "{name}{byte}.{bit}:{ty}"),
            letter => write!(f, "{name}{}{byte}:{ty}", letter.unwrap_or('B')),
        }
    }
}

/// A type, with an array from 0 as `REAL[5]`.
struct Short<'a>(&'a Type);

impl fmt::Display for Short<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Type::Array(array) if !matches!(array.element(), Type::Array(_)) => match array.bounds() {
                [only] if *only.start() == 0 => write!(f, "{}[{}]", array.element(), array.count()),
                _ => write!(f, "{}", self.0),
            },
            other => write!(f, "{other}"),
        }
    }
}

/// The letter that stands for the width of a type, if one does.
fn letter(element: &Type) -> Option<char> {
    match (element, element.size()) {
        (Type::Bool, _) => Some('X'),
        (Type::Array(_) | Type::Struct(_) | Type::String(_) | Type::WString(_), _) => None,
        (_, 1) => Some('B'),
        (_, 2) => Some('W'),
        (_, 4) => Some('D'),
        _ => None,
    }
}

fn error(scan: &Scan<'_>, what: AddressFault) -> AddressError {
    let hint = match &what {
        AddressFault::Area | AddressFault::Letter(_) => {
            "areas are DB1.DBX DB1.DBB DB1.DBW DB1.DBD, I, Q, M, PI, PQ, L, V, T and C, as in DB1.DBW10:INT, DB1:10:INT, \
             DB1,INT10, M10.3, MW20, T5; names stand in double quotes"
        }
        AddressFault::NoBit => "write DB1.DBX0.0, DB1,X0.0 or M0.0",
        AddressFault::Block => "the first block is DB1",
        AddressFault::NoType => "write it after a colon, as in DB1:10:INT",
        _ => "",
    };
    AddressError { column: scan.column(), what, hint: hint.into() }
}

fn scan_absolute(scan: &mut Scan<'_>) -> Result<Absolute, AddressError> {
    let start = *scan;
    let word = scan.take_while(|c| c.is_ascii_alphabetic()).to_ascii_uppercase();
    let area = match word.as_str() {
        "DB" | "DI" => return scan_block(scan, &word),
        "T" => return scan_numbered(scan, Area::Timer, Type::Timer),
        "C" | "Z" => return scan_numbered(scan, Area::Counter, Type::Counter),
        // S7-200 and LOGO! show their variable memory as DB 1 (wire reference, areas).
        w if w.starts_with('V') => Area::Db(1),
        w if w.starts_with(['I', 'E']) => Area::Input,
        w if w.starts_with(['Q', 'A']) => Area::Output,
        w if w.starts_with('M') => Area::Flag,
        w if w.starts_with('L') => Area::Local,
        w if w.starts_with('P') => Area::Peripheral,
        _ => return Err(error(&start, AddressFault::Area)),
    };
    let mut width = word.get(1..).unwrap_or_default();
    if area == Area::Peripheral {
        width = width.strip_prefix(['I', 'E', 'Q', 'A']).unwrap_or(width);
    }
    match width {
        "" | "X" => scan_step7(scan, area, 'X'),
        "B" => scan_step7(scan, area, 'B'),
        "W" => scan_step7(scan, area, 'W'),
        "D" => scan_step7(scan, area, 'D'),
        other => scan_nodes7(scan, start, area, other),
    }
}

/// What follows `DB` or `DI`, which is `name`.
fn scan_block(scan: &mut Scan<'_>, name: &str) -> Result<Absolute, AddressError> {
    let from = *scan;
    let number = scan.number().and_then(|n| u16::try_from(n).ok()).filter(|n| *n > 0);
    let number = number.ok_or_else(|| error(&from, AddressFault::Block))?;
    let area = if name == "DB" { Area::Db(number) } else { Area::InstanceDb(number) };
    if scan.eat(',') {
        scan.spaces();
        let start = *scan;
        let word = scan.take_while(|c| c.is_ascii_alphabetic()).to_ascii_uppercase();
        return scan_nodes7(scan, start, area, &word);
    }
    if scan.eat(':') {
        let at = *scan;
        let byte = scan_offset(scan)?;
        let bit = if scan.eat('.') { scan_bit(scan)? } else { 0 };
        if !scan.eat(':') {
            return Err(error(scan, AddressFault::NoType));
        }
        let ty = scan_type(scan)?;
        return Absolute::new(area, byte, bit, ty).map_err(|what| error(&at, what));
    }
    let start = *scan;
    let step7 = scan.eat('.') && (scan.eat_word("DB") || scan.eat_word(name));
    let word = scan.take_while(|c| c.is_ascii_alphabetic()).to_ascii_uppercase();
    match (step7, word.as_str()) {
        (true, "X") => scan_step7(scan, area, 'X'),
        (true, "B") => scan_step7(scan, area, 'B'),
        (true, "W") => scan_step7(scan, area, 'W'),
        (true, "D") => scan_step7(scan, area, 'D'),
        _ => Err(error(&start, AddressFault::Letter(start.rest().chars().take(12).collect()))),
    }
}

/// The offset after a letter of STEP 7, and maybe a type.
fn scan_step7(scan: &mut Scan<'_>, area: Area, letter: char) -> Result<Absolute, AddressError> {
    let at = *scan;
    let byte = scan_offset(scan)?;
    let bit = match (letter, scan.peek()) {
        ('X', Some('.')) => {
            scan.eat('.');
            scan_bit(scan)?
        }
        ('X', _) => return Err(error(scan, AddressFault::NoBit)),
        (_, Some('.')) => {
            let hint = "a bit has no width letter, as M20.3 or DB1.DBX20.3; an array is MW20:WORD[3]".into();
            return Err(AddressError { hint, ..error(scan, AddressFault::Bit) });
        }
        _ => 0,
    };
    let column = *scan;
    let ty = if scan.eat(':') { Some(scan_type(scan)?) } else { None };
    let ty = ty.unwrap_or(match letter {
        'X' => Type::Bool,
        'B' => Type::Byte,
        'W' => Type::Word,
        _ => Type::DWord,
    });
    // What has no letter of its own may start at an octet: DB1.DBB10:STRING[20].
    let fits = self::letter(ty.element()).unwrap_or('B') == letter;
    let made = Absolute::new(area, byte, if fits { bit } else { 0 }, ty);
    match made {
        Ok(address) if !fits => {
            let hint = format!("write {address}");
            let mut at = column;
            at.eat(':');
            Err(AddressError {
                column: at.column(),
                what: AddressFault::Width { letter, ty: address.ty },
                hint,
            })
        }
        made => made.map_err(|what| {
            error(if matches!(what, AddressFault::Kind { .. }) { &column } else { &at }, what)
        }),
    }
}

/// The number of a timer or counter, and maybe a type.
fn scan_numbered(scan: &mut Scan<'_>, area: Area, own: Type) -> Result<Absolute, AddressError> {
    let at = *scan;
    let number = scan_offset(scan)?;
    let ty = match scan.eat(':').then(|| scan_type(scan)).transpose()? {
        // A timer is an S5TIME on the wire.
        None | Some(Type::S5Time) => own,
        Some(ty) => ty,
    };
    Absolute::new(area, number, 0, ty).map_err(|what| error(&at, what))
}

/// The offset after a type of nodeS7, then bit or length, then the count of an array. `start` is where `word` stands.
fn scan_nodes7(
    scan: &mut Scan<'_>,
    start: Scan<'_>,
    area: Area,
    word: &str,
) -> Result<Absolute, AddressError> {
    let ty = match word {
        "X" => Type::Bool,
        "B" => Type::Byte,
        "C" => Type::Char,
        "W" => Type::Word,
        "I" => Type::Int,
        "DW" => Type::DWord,
        "DI" => Type::DInt,
        "R" => Type::Real,
        "LR" => Type::LReal,
        "LI" => Type::LInt,
        "LW" => Type::LWord,
        "DTZ" => Type::DateAndTime,
        "DTLZ" => Type::Dtl,
        "S" | "STRING" => Type::String(0),
        "WS" | "WSTRING" => Type::WString(0),
        other => match Type::of_keyword(other) {
            Some(known) => known.clone(),
            None => return Err(error(&start, AddressFault::Letter(other.to_string()))),
        },
    };
    let at = *scan;
    let byte = scan_offset(scan)?;
    let mut bit = 0;
    let ty = match ty {
        Type::Bool if !scan.eat('.') => return Err(error(scan, AddressFault::NoBit)),
        Type::Bool => {
            bit = scan_bit(scan)?;
            Type::Bool
        }
        Type::String(_) => Type::String(scan_count(scan, "length from 0 to 254, as in DB1,S10.20,", 254)?),
        Type::WString(_) => {
            Type::WString(scan_count(scan, "length from 0 to 16382, as in DB1,WS10.20,", 16_382)?)
        }
        other => other,
    };
    let ty = if scan.peek() == Some('.') {
        let from = *scan;
        let count: u32 = scan_count(scan, "count of 1 or more", 524_288)?;
        Type::array_of(ty, count).map_err(|what| error(&from, AddressFault::Type(what)))?
    } else {
        ty
    };
    Absolute::new(area, byte, bit, ty).map_err(|what| error(&at, what))
}

/// A point and a number up to `max`.
fn scan_count<T: TryFrom<u32>>(scan: &mut Scan<'_>, what: &'static str, max: u32) -> Result<T, AddressError> {
    let point = scan.eat('.');
    let from = *scan;
    let n = scan.number().filter(|n| point && *n <= max).and_then(|n| n.try_into().ok());
    n.ok_or_else(|| error(&from, AddressFault::Count(what)))
}

fn scan_offset(scan: &mut Scan<'_>) -> Result<u32, AddressError> {
    let from = *scan;
    scan.number().filter(|n| *n <= 0xffff).ok_or_else(|| error(&from, AddressFault::Number))
}

fn scan_bit(scan: &mut Scan<'_>) -> Result<u8, AddressError> {
    let from = *scan;
    let bit = scan.number().and_then(|n| u8::try_from(n).ok()).filter(|n| *n <= 7);
    bit.ok_or_else(|| error(&from, AddressFault::Bit))
}

fn scan_type(scan: &mut Scan<'_>) -> Result<Type, AddressError> {
    let typed = Type::scan(scan);
    typed.map_err(|e| AddressError {
        column: e.column,
        what: AddressFault::Type(e.what),
        hint: String::new(),
    })
}

/// A name in quotes, further parts of it, and maybe a type after a colon.
fn scan_symbol(scan: &mut Scan<'_>) -> Result<Symbol, AddressError> {
    let start = *scan;
    let mut quoted = false;
    let path = scan.rest();
    let end = path.find(|c| {
        quoted ^= c == '"';
        c == ':' && !quoted
    });
    let path = path.get(..end.unwrap_or(path.len())).unwrap_or_default();
    let bytes = path.matches('"').count();
    if bytes % 2 == 1 || path.contains("\"\"") {
        return Err(error(&start, AddressFault::Quote));
    }
    for _ in path.chars() {
        scan.next();
    }
    let ty = if scan.eat(':') { Some(scan_type(scan)?) } else { None };
    Ok(Symbol { path: path.trim_end().into(), ty })
}

/// The first bit behind what three octets of `byte * 8 + bit` reach with the octets that CPUs have.
const END: u64 = 65_536 * 8;
