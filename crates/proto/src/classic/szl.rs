//! System state lists: what a CPU says of itself.
//!
//! ```text
//!  id 2 | index 2                                            request
//!  id 2 | index 2 | record length 2 | records 2 | record ... answer; long ones come in parts, the head in the first alone
//! ```
use crate::wire::{Malformed, Reader, Wire};
use alloc::vec::Vec;

crate::codes! {
    /// A list: type class, extract and list number in one. Extract `0Fxx` gives the head alone.
    pub struct SzlId(u16) {
        Directory = 0x0000, ModuleIdentification = 0x0011, ComponentIdentification = 0x001c, ModeCurrent = 0x0424,
        CommunicationCapabilities = 0x0131, CommunicationStatus = 0x0132, CommunicationStatusOfCpu = 0x0232,
        Leds = 0x0074, DiagnosticBuffer = 0x00a0,
    }
}

/// A request.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Request {
    /// The list.
    pub id: SzlId,
    /// Which record, in lists that have an index.
    pub index: u16,
}

impl Wire<'_> for Request {
    fn read(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self { id: SzlId(r.u16("list id")?), index: r.u16("list index")? })
    }
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.id.0.to_be_bytes());
        out.extend_from_slice(&self.index.to_be_bytes());
    }
}

/// A list, or the first part of one.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct List<'a> {
    /// Which.
    pub id: SzlId,
    /// Which record was asked for.
    pub index: u16,
    /// Octets of each record.
    pub record: u16,
    /// How many there are; those in `records`, unless this is the first part or the head alone.
    pub count: u16,
    /// The records, one after the other.
    pub records: &'a [u8],
}

impl<'a> List<'a> {
    /// Each whole record.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &'a [u8]> + use<'a> {
        self.records.chunks_exact(usize::from(self.record).max(1))
    }
    /// Each record of type `T`; those that are of another shape are left out.
    pub fn of<T: Wire<'a>>(&self) -> impl Iterator<Item = T> + use<'a, T> {
        self.iter().filter_map(|record| {
            let mut r = Reader::new(record);
            T::read(&mut r).ok().filter(|_| r.left() == 0)
        })
    }
}

impl<'a> Wire<'a> for List<'a> {
    fn read(r: &mut Reader<'a>) -> Result<Self, Malformed> {
        let Request { id, index } = Request::read(r)?;
        Ok(Self {
            id,
            index,
            record: r.u16("record length")?,
            count: r.u16("record count")?,
            records: r.rest(),
        })
    }
    fn write(&self, out: &mut Vec<u8>) {
        Request { id: self.id, index: self.index }.write(out);
        out.extend_from_slice(&self.record.to_be_bytes());
        out.extend_from_slice(&self.count.to_be_bytes());
        out.extend_from_slice(self.records);
    }
}

/// A record of list 0011: what the module is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Module {
    /// 1 module, 6 basic hardware, 7 firmware, 81 firmware extension.
    pub index: u16,
    /// Order number, padded with blanks.
    pub order: [u8; 20],
    /// Module type.
    pub kind: u16,
    /// Version; of the firmware record the letter `V` and the first number.
    pub version: u16,
    /// Release; of the firmware record the second and third number.
    pub release: u16,
}

impl Wire<'_> for Module {
    fn read(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            index: r.u16("module index")?,
            order: r.array("order number")?,
            kind: r.u16("module type")?,
            version: r.u16("version")?,
            release: r.u16("release")?,
        })
    }
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.index.to_be_bytes());
        out.extend_from_slice(&self.order);
        [self.kind, self.version, self.release].iter().for_each(|n| out.extend_from_slice(&n.to_be_bytes()));
    }
}

impl Module {
    /// The version as three numbers: of the firmware record (`V3.2.6`), else of hardware and module.
    pub const fn numbers(&self) -> [u8; 3] {
        let ([_, major], [minor, patch]) = (self.version.to_be_bytes(), self.release.to_be_bytes());
        [major, minor, patch]
    }
    /// The order number without its padding.
    pub fn order(&self) -> &[u8] {
        self.order.trim_ascii()
    }
}

/// A record of list 001C: one name.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Component {
    /// 1 station, 2 module, 3 plant, 4 copyright, 5 serial number, 7 CPU type, 8 memory card, 9 manufacturer, A OEM, B location.
    pub index: u16,
    /// Text padded with NUL; of index 9 manufacturer, profile and profile type in two octets each.
    pub text: [u8; 32],
}

impl Wire<'_> for Component {
    fn read(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self { index: r.u16("component index")?, text: r.array("component text")? })
    }
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.index.to_be_bytes());
        out.extend_from_slice(&self.text);
    }
}

impl Component {
    /// The text without its padding.
    pub fn text(&self) -> &[u8] {
        let end = self.text.iter().position(|o| *o == 0).unwrap_or(self.text.len());
        self.text.get(..end).unwrap_or_default().trim_ascii()
    }
    /// A record with `text`, cut to 32 octets.
    pub fn new(index: u16, text: &str) -> Self {
        let mut record = Self { index, text: [0; 32] };
        record.text.iter_mut().zip(text.bytes()).for_each(|(place, octet)| *place = octet);
        record
    }
}

/// The record of list 0131, index 1: what communication can do.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Communication {
    /// 1.
    pub index: u16,
    /// Octets of the longest PDU.
    pub pdu: u16,
    /// Connections at a time.
    pub connections: u16,
    /// MPI, bits per second.
    pub mpi: u32,
    /// K bus, bits per second.
    pub k_bus: u32,
    /// Reserved.
    pub reserved: [u8; 26],
}

impl Wire<'_> for Communication {
    fn read(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            index: r.u16("communication index")?,
            pdu: r.u16("longest PDU")?,
            connections: r.u16("connections")?,
            mpi: r.u32("MPI rate")?,
            k_bus: r.u32("K bus rate")?,
            reserved: r.array("reserved")?,
        })
    }
    fn write(&self, out: &mut Vec<u8>) {
        [self.index, self.pdu, self.connections].iter().for_each(|n| out.extend_from_slice(&n.to_be_bytes()));
        [self.mpi, self.k_bus].iter().for_each(|n| out.extend_from_slice(&n.to_be_bytes()));
        out.extend_from_slice(&self.reserved);
    }
}

/// The record of lists 0132 and 0232, index 4: protection and switches.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Protection {
    /// 4.
    pub index: u16,
    /// Level set with the key switch, 1..=3.
    pub key: u16,
    /// Level set in the parameters, 0..=3; 0 is no password.
    pub parameter: u16,
    /// Level in force, 1..=3.
    pub actual: u16,
    /// Mode switch: 0 unknown, 1 RUN, 2 RUN-P, 3 STOP, 4 MRES.
    pub mode_switch: u16,
    /// Start-up switch: 1 CRST, 2 WRST.
    pub start_switch: u16,
    /// Reserved.
    pub reserved: u16,
    /// Version ids of hardware and program.
    pub versions: u16,
    /// Checksums of the hardware configuration.
    pub hardware: [u16; 2],
    /// Checksums of the user program.
    pub program: [u16; 2],
    /// Reserved.
    pub rest: [u8; 16],
}

impl Wire<'_> for Protection {
    fn read(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            index: r.u16("protection index")?,
            key: r.u16("key switch level")?,
            parameter: r.u16("parameter level")?,
            actual: r.u16("level in force")?,
            mode_switch: r.u16("mode switch")?,
            start_switch: r.u16("start-up switch")?,
            reserved: r.u16("reserved")?,
            versions: r.u16("version ids")?,
            hardware: [r.u16("hardware checksum")?, r.u16("hardware checksum")?],
            program: [r.u16("program checksum")?, r.u16("program checksum")?],
            rest: r.array("reserved")?,
        })
    }
    fn write(&self, out: &mut Vec<u8>) {
        let Self { index, key, parameter, actual, mode_switch, start_switch, reserved, versions, .. } = *self;
        let ([h0, h1], [p0, p1]) = (self.hardware, self.program);
        [index, key, parameter, actual, mode_switch, start_switch, reserved, versions, h0, h1, p0, p1]
            .iter()
            .for_each(|n| out.extend_from_slice(&n.to_be_bytes()));
        out.extend_from_slice(&self.rest);
    }
}

/// The record of lists xx24: in which mode the CPU is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Mode {
    /// The event that led here.
    pub event: u16,
    /// ff, or the id of a redundant CPU.
    pub info: u8,
    /// Low four bits: the mode now, 8 RUN, 4 STOP; high four: the one before.
    pub mode: u8,
    /// Reserved.
    pub reserved: [u8; 4],
    /// How it started.
    pub start_up: [u8; 4],
    /// When, as `DATE_AND_TIME`.
    pub time: [u8; 8],
}

impl Mode {
    /// Is it running? STOP has several numbers, RUN has one.
    pub const fn is_run(&self) -> bool {
        self.mode & 0x0f == 8
    }
}

impl Wire<'_> for Mode {
    fn read(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            event: r.u16("event")?,
            info: r.u8("mode information")?,
            mode: r.u8("mode")?,
            reserved: r.array("reserved")?,
            start_up: r.array("start-up information")?,
            time: r.array("time stamp")?,
        })
    }
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.event.to_be_bytes());
        out.extend_from_slice(&[self.info, self.mode]);
        out.extend_from_slice(&self.reserved);
        out.extend_from_slice(&self.start_up);
        out.extend_from_slice(&self.time);
    }
}
