//! Setup communication, read var and write var: the messages of data access.
//!
//! ```text
//!  f0 00 | calling 2 | called 2 | PDU 2                                 setup, asked and granted alike
//!  04 nn | item ... item                                               read: parameter
//!  12 0a 10 | transport | count 2 | DB 2 | area | address 3            an item, S7ANY; address = octet * 8 + bit
//!  04 nn | ff 04 length 2 data | 0a 00 0000 | ...                      answer: parameter, then data items
//! ```
//!
//! Items and data items of odd length are followed by a fill octet, the last excepted. The length of a data item counts bits
//! or octets, by its transport size. After a refusal (a return code other than ff) there is no data, whatever the length says.
use crate::wire::{Malformed, Reader, Wire, len16};
use alloc::vec::Vec;

crate::codes! {
    /// First octet of a job's parameter.
    pub struct Function(u8) {
        Read = 0x04, Write = 0x05, RequestDownload = 0x1a, Download = 0x1b, DownloadEnded = 0x1c, StartUpload = 0x1d,
        Upload = 0x1e, EndUpload = 0x1f, Control = 0x28, Stop = 0x29, Setup = 0xf0,
    }
}
crate::codes! {
    /// A memory area.
    pub struct Area(u8) {
        DataRecord = 0x01, S7200System = 0x03, S7200SystemFlags = 0x05, S7200AnalogInputs = 0x06,
        S7200AnalogOutputs = 0x07, Counters = 0x1c, Timers = 0x1d, S7200Counters = 0x1e, S7200Timers = 0x1f,
        Peripheral = 0x80, Inputs = 0x81, Outputs = 0x82, Flags = 0x83, Db = 0x84, InstanceDb = 0x85, Local = 0x86,
        PreviousLocal = 0x87,
    }
}
crate::codes! {
    /// The type of the elements an item asks for.
    pub struct TransportSize(u8) {
        Bit = 0x01, Byte = 0x02, Char = 0x03, Word = 0x04, Int = 0x05, DWord = 0x06, DInt = 0x07, Real = 0x08,
        Date = 0x09, TimeOfDay = 0x0a, Time = 0x0b, S5Time = 0x0c, DateAndTime = 0x0f,
        /// Seen on an S7-1200.
        WChar = 0x13,
        Counter = 0x1c, Timer = 0x1d, IecTimer = 0x1e, IecCounter = 0x1f, HighSpeedCounter = 0x20,
    }
}

impl TransportSize {
    /// Octets of one element; a bit counts as one, for that is what its value takes on the wire. `None` for a size nobody knows.
    #[inline]
    pub const fn octets(self) -> Option<usize> {
        Some(match self {
            Self::Bit | Self::Byte | Self::Char => 1,
            Self::Word
            | Self::Int
            | Self::Date
            | Self::S5Time
            | Self::WChar
            | Self::Counter
            | Self::Timer => 2,
            Self::DWord | Self::DInt | Self::Real | Self::TimeOfDay | Self::Time => 4,
            Self::DateAndTime => 8,
            _ => return None,
        })
    }
}
crate::codes! {
    /// How the length of a data item counts, and roughly what it is.
    pub struct DataSize(u8) {
        Null = 0x00,
        /// Length in bits, one bit an element.
        Bit = 0x03,
        /// BYTE, WORD, DWORD; length in bits.
        Byte = 0x04,
        /// INT, DINT; length in bits.
        Int = 0x05,
        /// DINT of older CPUs; length in octets.
        DInt = 0x06,
        /// Length in octets.
        Real = 0x07,
        /// Characters, timers, counters, and all userdata; length in octets.
        Octets = 0x09,
        NckAddress = 0x11, NckAddress2 = 0x12,
    }
}

impl DataSize {
    /// Does the length count bits?
    #[inline]
    pub const fn counts_bits(self) -> bool {
        matches!(self, Self::Bit | Self::Byte | Self::Int)
    }
}

/// Setup communication, request and answer alike.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Setup {
    /// 0 from every peer we know.
    pub reserved: u8,
    /// Jobs the asker may have unanswered (`AmQ` calling).
    pub calling: u16,
    /// Jobs the other may have unanswered (`AmQ` called).
    pub called: u16,
    /// Octets of the longest message, S7 header included.
    pub pdu: u16,
}

impl Wire<'_> for Setup {
    fn read(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        let bad = r.bad("setup communication (function f0)");
        let [0xf0, reserved, a0, a1, b0, b1, p0, p1] = r.array("setup communication")? else {
            return Err(bad);
        };
        let two = |a, b| u16::from_be_bytes([a, b]);
        Ok(Self { reserved, calling: two(a0, a1), called: two(b0, b1), pdu: two(p0, p1) })
    }
    fn write(&self, out: &mut Vec<u8>) {
        let ([a0, a1], [b0, b1]) = (self.calling.to_be_bytes(), self.called.to_be_bytes());
        let [p0, p1] = self.pdu.to_be_bytes();
        out.extend_from_slice(&[Function::Setup.0, self.reserved, a0, a1, b0, b1, p0, p1]);
    }
}

/// The head of read and write, of jobs and answers alike: function and number of items.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Head {
    /// [`Function::Read`] or [`Function::Write`].
    pub function: Function,
    /// Items that follow in a job; data items or return codes that follow in the data of an answer.
    pub count: u8,
}

impl Wire<'_> for Head {
    #[inline]
    fn read(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        let [function, count] = r.array("function and item count")?;
        Ok(Self { function: Function(function), count })
    }
    #[inline]
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&[self.function.0, self.count]);
    }
}

/// Elements of one type in one area (S7ANY).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Any {
    /// Type of the elements.
    pub transport: TransportSize,
    /// How many.
    pub count: u16,
    /// Number of the data block; 0 in other areas.
    pub db: u16,
    /// Where.
    pub area: Area,
    /// 24 bits: octet times eight plus bit; of timers and counters their plain number.
    pub address: u32,
}

impl Any {
    /// Octets of an item on the wire.
    pub const SIZE: usize = 12;

    /// `count` octets from `start` on, in `area`.
    pub const fn octets(area: Area, db: u16, start: u32, count: u16) -> Self {
        Self { transport: TransportSize::Byte, count, db, area, address: start << 3 }
    }
    /// The first octet, of areas that are made of octets.
    #[inline]
    pub const fn start(&self) -> usize {
        (self.address >> 3) as usize
    }
    /// The bit in the first octet, 0..=7.
    #[inline]
    pub const fn bit(&self) -> u8 {
        (self.address & 7) as u8
    }
    /// Octets of the value. `None` for types of unknown size.
    #[inline]
    pub fn size(&self) -> Option<usize> {
        self.transport.octets().map(|each| each * usize::from(self.count))
    }
}

impl Wire<'_> for Any {
    #[inline]
    fn read(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        let bad = r.bad("S7ANY item (12 0a 10)");
        let [0x12, 0x0a, 0x10, transport, n0, n1, d0, d1, area, s0, s1, s2] = r.array("S7ANY item")? else {
            return Err(bad);
        };
        Ok(Self {
            transport: TransportSize(transport),
            count: u16::from_be_bytes([n0, n1]),
            db: u16::from_be_bytes([d0, d1]),
            area: Area(area),
            address: u32::from_be_bytes([0, s0, s1, s2]),
        })
    }
    #[inline]
    fn write(&self, out: &mut Vec<u8>) {
        let ([n0, n1], [d0, d1]) = (self.count.to_be_bytes(), self.db.to_be_bytes());
        let [_, s0, s1, s2] = self.address.to_be_bytes();
        out.extend_from_slice(&[0x12, 0x0a, 0x10, self.transport.0, n0, n1, d0, d1, self.area.0, s0, s1, s2]);
    }
}

crate::codes! {
    /// How an item is addressed.
    pub struct Syntax(u8) {
        Any = 0x10, PbcReceive = 0x13, AlarmLock = 0x15, Alarm = 0x16, AlarmAcknowledge = 0x19, AlarmQuery = 0x1a, Notify = 0x1c,
        Nck = 0x82, NckMetric = 0x83, NckInch = 0x84, DriveEs = 0xa2, DbRead = 0xb0, Symbolic1200 = 0xb2,
    }
}

/// What one item of a read or write asks for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Item<'a> {
    /// Elements of one type in one area.
    Any(Any),
    /// Several ranges of data blocks in one item, answered by one data item (DBREAD, seen between `WinCC` and S7-400).
    DbRead(DbRead<'a>),
    /// A symbol of an S7-1200 (known from a dissector only). The CRC is TIA Portal's; nobody else can make it up.
    Symbolic(Symbolic<'a>),
    /// A variable of a SINUMERIK (known from a dissector only).
    Nck(Nck),
    /// A parameter of a drive (known from a dissector only).
    Drive(Drive),
    /// Any other syntax, as it stands behind its length.
    Raw {
        /// How it is addressed.
        syntax: Syntax,
        /// What follows the syntax.
        body: &'a [u8],
    },
}

/// Ranges of data blocks: `count | (length 1, DB 2, start 2) ...`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct DbRead<'a>(&'a [u8]);

/// One range of a [`DbRead`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct DbRange {
    /// Octets, 0..=255.
    pub len: u8,
    /// Number of the data block.
    pub db: u16,
    /// First octet.
    pub start: u16,
}

impl DbRead<'_> {
    /// Each range in turn.
    pub fn ranges(&self) -> impl ExactSizeIterator<Item = DbRange> + '_ {
        self.0.chunks_exact(5).map(|part| match *part {
            [len, d0, d1, s0, s1] => {
                DbRange { len, db: u16::from_be_bytes([d0, d1]), start: u16::from_be_bytes([s0, s1]) }
            }
            _ => DbRange { len: 0, db: 0, start: 0 },
        })
    }
}

impl DbRange {
    /// Appends a DBREAD item of these ranges, 50 at most.
    pub fn write_item(ranges: &[Self], out: &mut Vec<u8>) {
        let ranges = ranges.get(..ranges.len().min(50)).unwrap_or_default();
        let [n, count] = [2 + 5 * ranges.len(), ranges.len()].map(|n| u8::try_from(n).unwrap_or(u8::MAX));
        out.extend_from_slice(&[0x12, n, Syntax::DbRead.0, count]);
        for range in ranges {
            let ([d0, d1], [s0, s1]) = (range.db.to_be_bytes(), range.start.to_be_bytes());
            out.extend_from_slice(&[range.len, d0, d1, s0, s1]);
        }
    }
}

/// A symbol: roots, CRC, then words of four octets whose high four bits say what the other 28 are.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Symbolic<'a> {
    /// ff.
    pub reserved: u8,
    /// 8a0e: a data block; 0000: an area.
    pub root: u16,
    /// Number of the data block; of areas 0050 I, 0051 Q, 0052 M, 0053 C, 0054 T.
    pub root2: u16,
    /// CRC of the symbol, as TIA Portal computes it.
    pub crc: u32,
    lids: &'a [u8],
}

impl Symbolic<'_> {
    /// The words of the path.
    pub fn lids(&self) -> impl ExactSizeIterator<Item = u32> + '_ {
        self.lids.chunks_exact(4).map(|four| four.iter().fold(0, |word, octet| word << 8 | u32::from(*octet)))
    }
}

/// A SINUMERIK variable.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Nck {
    /// [`Syntax::Nck`], [`Syntax::NckMetric`] or [`Syntax::NckInch`].
    pub syntax: Syntax,
    /// Area in the high three bits, unit in the low five.
    pub area: u8,
    /// Column.
    pub column: u16,
    /// Line.
    pub line: u16,
    /// Module, as `7f` S.
    pub module: u8,
    /// Lines to read.
    pub count: u8,
}

/// A drive parameter.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Drive {
    /// Three fields of unknown meaning: one octet, two, two.
    pub unknown: [u8; 5],
    /// Parameter number.
    pub number: u16,
    /// Its index.
    pub index: u16,
}

impl<'a> Wire<'a> for Item<'a> {
    #[inline]
    fn read(r: &mut Reader<'a>) -> Result<Self, Malformed> {
        if let [0x12, 0x0a, 0x10, ..] = r.peek() {
            return Any::read(r).map(Self::Any);
        }
        Self::read_rare(r)
    }
    #[inline]
    fn write(&self, out: &mut Vec<u8>) {
        match *self {
            Self::Any(any) => any.write(out),
            Self::DbRead(DbRead(ranges)) => {
                head(Syntax::DbRead, 1 + ranges.len(), out);
                out.push(u8::try_from(ranges.len() / 5).unwrap_or(u8::MAX));
                out.extend_from_slice(ranges);
            }
            Self::Symbolic(s) => {
                head(Syntax::Symbolic1200, 9 + s.lids.len(), out);
                out.push(s.reserved);
                out.extend_from_slice(&s.root.to_be_bytes());
                out.extend_from_slice(&s.root2.to_be_bytes());
                out.extend_from_slice(&s.crc.to_be_bytes());
                out.extend_from_slice(s.lids);
            }
            Self::Nck(nck) => {
                let ([c0, c1], [l0, l1]) = (nck.column.to_be_bytes(), nck.line.to_be_bytes());
                head(nck.syntax, 7, out);
                out.extend_from_slice(&[nck.area, c0, c1, l0, l1, nck.module, nck.count]);
            }
            Self::Drive(drive) => {
                head(Syntax::DriveEs, 9, out);
                out.extend_from_slice(&drive.unknown);
                out.extend_from_slice(&drive.number.to_be_bytes());
                out.extend_from_slice(&drive.index.to_be_bytes());
            }
            Self::Raw { syntax, body } => {
                head(syntax, body.len(), out);
                out.extend_from_slice(body);
            }
        }
    }
}

fn head(syntax: Syntax, body: usize, out: &mut Vec<u8>) {
    out.extend_from_slice(&[0x12, u8::try_from(1 + body).unwrap_or(u8::MAX), syntax.0]);
}

impl<'a> Item<'a> {
    /// Anything but S7ANY; apart, so that the hot path stays short.
    fn read_rare(r: &mut Reader<'a>) -> Result<Self, Malformed> {
        let bad = r.bad("item (starts with 12)");
        let [0x12, n] = r.array("item head")? else { return Err(bad) };
        let mut body = r.sub(n.into(), "item shorter than its length says")?;
        let syntax = Syntax(body.u8("item syntax")?);
        let rest = body.clone();
        let known = match syntax {
            Syntax::DbRead => Self::read_db(&mut body),
            Syntax::Symbolic1200 => Self::read_symbolic(&mut body),
            Syntax::Nck | Syntax::NckMetric | Syntax::NckInch => Self::read_nck(syntax, &mut body),
            Syntax::DriveEs => Self::read_drive(&mut body),
            _ => None,
        };
        // A body of another shape than the known one is passed through: it is the CPU that refuses it, not the reader.
        Ok(known.filter(|_| body.left() == 0).unwrap_or_else(|| Self::Raw { syntax, body: rest.peek() }))
    }
    fn read_db(body: &mut Reader<'a>) -> Option<Self> {
        let count = body.u8("count").ok()?;
        body.take(usize::from(count) * 5, "ranges").ok().map(|ranges| Self::DbRead(DbRead(ranges)))
    }
    fn read_symbolic(body: &mut Reader<'a>) -> Option<Self> {
        let [reserved, a0, a1, b0, b1] = body.array("roots").ok()?;
        let (root, root2) = (u16::from_be_bytes([a0, a1]), u16::from_be_bytes([b0, b1]));
        let crc = body.u32("crc").ok()?;
        let lids = body.rest();
        lids.len().is_multiple_of(4).then_some(Self::Symbolic(Symbolic { reserved, root, root2, crc, lids }))
    }
    fn read_nck(syntax: Syntax, body: &mut Reader<'a>) -> Option<Self> {
        let [area, c0, c1, l0, l1, module, count] = body.array("NCK variable").ok()?;
        let (column, line) = (u16::from_be_bytes([c0, c1]), u16::from_be_bytes([l0, l1]));
        Some(Self::Nck(Nck { syntax, area, column, line, module, count }))
    }
    fn read_drive(body: &mut Reader<'a>) -> Option<Self> {
        let unknown = body.array("drive").ok()?;
        Some(Self::Drive(Drive { unknown, number: body.u16("number").ok()?, index: body.u16("index").ok()? }))
    }
    /// The items of a job, one after the other, fill octets skipped. Reads `count` of them; the reader then stands behind the last.
    #[inline]
    pub fn list<'r>(
        count: u8,
        r: &'r mut Reader<'a>,
    ) -> impl Iterator<Item = Result<Self, Malformed>> + use<'a, 'r> {
        let read = |r: &mut Reader<'a>| {
            let before = r.offset();
            Self::read(r).map(|item| (item, (r.offset() - before) % 2 == 1))
        };
        list(count, r, read, |_, _| ())
    }
}

/// One data item: of a read answer or a write request.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct DataItem<'a> {
    /// What the CPU said; [`ReturnCode::Reserved`](super::ReturnCode::Reserved) in write requests.
    pub code: super::ReturnCode,
    /// How the length counts.
    pub size: DataSize,
    /// The length as sent: bits or octets. snap7's server says 4 beside a refusal, and sends nothing.
    pub length: u16,
    /// The octets.
    pub data: &'a [u8],
    /// What the fill octet behind odd data holds, if there is one: 0, but for snap7's server, which leaves what was there.
    pub fill: u8,
}

impl<'a> DataItem<'a> {
    /// Data of `size`, its length counted as that size wants.
    #[inline]
    pub fn new(code: super::ReturnCode, size: DataSize, data: &'a [u8]) -> Self {
        let length = match size {
            DataSize::Bit => data.len(),
            _ if size.counts_bits() => data.len().saturating_mul(8),
            _ => data.len(),
        };
        Self { code, size, length: u16::try_from(length).unwrap_or(u16::MAX), data, fill: 0 }
    }
    /// A refusal: `0a 00 0000`.
    pub const fn refused(code: super::ReturnCode) -> Self {
        Self { code, size: DataSize::Null, length: 0, data: &[], fill: 0 }
    }
    /// The data items of an answer or a write request, fill octets skipped.
    #[inline]
    pub fn list<'r>(
        count: u8,
        r: &'r mut Reader<'a>,
    ) -> impl Iterator<Item = Result<Self, Malformed>> + use<'a, 'r> {
        list(
            count,
            r,
            |r| Self::read(r).map(|item| (item, item.data.len() % 2 == 1)),
            |item, fill| item.fill = fill,
        )
    }
    /// Appends the fill octet, if the data that ends here and starts at `start` wants one before the next item.
    #[inline]
    pub fn fill(start: usize, more: bool, out: &mut Vec<u8>) {
        if more && (out.len() - start) % 2 == 1 {
            out.push(0);
        }
    }
}

impl<'a> Wire<'a> for DataItem<'a> {
    #[inline]
    fn read(r: &mut Reader<'a>) -> Result<Self, Malformed> {
        let [code, size, n0, n1] = r.array("data item head")?;
        let (code, size, length) = (super::ReturnCode(code), DataSize(size), u16::from_be_bytes([n0, n1]));
        if !matches!(code, super::ReturnCode::Ok | super::ReturnCode::Reserved) {
            return Ok(Self { code, size, length, data: &[], fill: 0 });
        }
        let n = usize::from(length);
        let n = if size.counts_bits() { n.div_ceil(8) } else { n };
        let data = r.take(n, "data item shorter than its length says")?;
        Ok(Self { code, size, length, data, fill: 0 })
    }
    #[inline]
    fn write(&self, out: &mut Vec<u8>) {
        let [n0, n1] = self.length.to_be_bytes();
        out.extend_from_slice(&[self.code.0, self.size.0, n0, n1]);
        out.extend_from_slice(self.data);
    }
}

/// `count` things in a row; one of odd length (`read` tells) is followed by a fill octet, the last excepted.
#[inline]
fn list<'a, 'r, T>(
    count: u8,
    r: &'r mut Reader<'a>,
    read: impl Fn(&mut Reader<'a>) -> Result<(T, bool), Malformed>,
    keep: impl Fn(&mut T, u8),
) -> impl Iterator<Item = Result<T, Malformed>> {
    let mut left = count;
    core::iter::from_fn(move || {
        left = left.checked_sub(1)?;
        let item = read(r).and_then(|(mut item, odd)| {
            if odd && left > 0 {
                keep(&mut item, r.u8("fill octet")?);
            }
            Ok(item)
        });
        if item.is_err() {
            left = 0;
        }
        Some(item)
    })
}

/// Appends `data` as one data item, its length counted as `size` wants.
#[inline]
pub fn put_data(code: super::ReturnCode, size: DataSize, data: &[u8], out: &mut Vec<u8>) {
    DataItem::new(code, size, data).write(out);
}

/// The head of a data item whose `octets` follow.
#[inline]
pub fn data_head(code: super::ReturnCode, size: DataSize, octets: usize) -> [u8; 4] {
    let [n0, n1] =
        len16(if size.counts_bits() && size != DataSize::Bit { octets.saturating_mul(8) } else { octets });
    [code.0, size.0, n0, n1]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classic::ReturnCode;
    use alloc::vec;

    fn items(octets: &[u8], count: u8) -> Vec<Result<Item<'_>, Malformed>> {
        Item::list(count, &mut Reader::new(octets)).collect()
    }

    #[test]
    fn s7any_both_ways() {
        let golden = [0x12, 0x0a, 0x10, 1, 0, 1, 0, 1, 0x84, 0, 0, 0x13];
        let bit = Any { transport: TransportSize::Bit, count: 1, db: 1, area: Area::Db, address: 0x13 };
        assert_eq!(items(&golden, 1), [Ok(Item::Any(bit))]);
        assert_eq!((bit.start(), bit.bit(), bit.size()), (2, 3, Some(1)));
        let mut out = vec![0xa5];
        bit.write(&mut out);
        assert_eq!(out[1..], golden);
    }

    #[test]
    fn odd_items_are_filled() {
        // DBREAD of one range: 9 octets, then a fill octet, then S7ANY.
        let mut wire = vec![];
        DbRange::write_item(&[DbRange { len: 4, db: 0x4a, start: 6 }], &mut wire);
        assert_eq!(wire, [0x12, 7, 0xb0, 1, 4, 0, 0x4a, 0, 6]);
        wire.push(0);
        Any::octets(Area::Flags, 0, 2, 3).write(&mut wire);
        let list = items(&wire, 2);
        let Ok(Item::DbRead(db)) = &list[0] else { panic!("{list:?}") };
        assert_eq!(db.ranges().collect::<Vec<_>>(), [DbRange { len: 4, db: 0x4a, start: 6 }]);
        assert_eq!(list[1], Ok(Item::Any(Any::octets(Area::Flags, 0, 2, 3))));
    }

    #[test]
    fn other_syntaxes_survive() {
        for hex in [
            &[0x12, 0x0e, 0xb2, 0xff, 0x8a, 0x0e, 0, 1, 0x12, 0x34, 0x56, 0x78, 0x40, 0, 0, 0x0a][..],
            &[0x12, 8, 0x82, 0x41, 0, 1, 0, 1, 0x7f, 1],
            &[0x12, 10, 0xa2, 1, 2, 3, 4, 5, 0, 6, 0, 7],
            &[0x12, 3, 0x77, 1, 2],
            &[0x12, 4, 0xb0, 9, 1, 2], // a DBREAD whose count lies
            &[0x12, 10, 0xb2, 0xff, 0, 0, 0, 0, 0, 0, 0, 9], // a symbol with half a word
        ] {
            let item = items(hex, 1).remove(0).unwrap();
            let mut out = vec![];
            item.write(&mut out);
            assert_eq!(out, hex, "{item:?}");
        }
        assert_eq!(
            items(&[0x12, 9, 0xb2], 1),
            [Err(Malformed { what: "item shorter than its length says", at: 2 })]
        );
        assert_eq!(items(&[0x13, 1, 0xb2], 1).len(), 1);
    }

    #[test]
    fn data_items_by_both_lengths() {
        let wire = [0xff, 4, 0, 8, 0x11, 0, 0xff, 9, 0, 3, 1, 2, 3, 0, 5, 0, 0, 4, 0xff, 3, 0, 1, 1];
        let mut r = Reader::new(&wire);
        let list: Result<Vec<_>, _> = DataItem::list(4, &mut r).collect();
        let codes = [
            DataItem::new(ReturnCode::Ok, DataSize::Byte, &[0x11]),
            DataItem::new(ReturnCode::Ok, DataSize::Octets, &[1, 2, 3]),
            DataItem { code: ReturnCode::OutOfRange, size: DataSize::Null, length: 4, data: &[], fill: 0 },
            DataItem::new(ReturnCode::Ok, DataSize::Bit, &[1]),
        ];
        assert_eq!(list.unwrap(), codes);
        assert_eq!(r.left(), 0);
        let short = DataItem::list(1, &mut Reader::new(&[0xff, 4, 0, 32, 1])).next();
        assert_eq!(short, Some(Err(Malformed { what: "data item shorter than its length says", at: 4 })));
    }
}
