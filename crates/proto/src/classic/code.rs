//! What a CPU says when it refuses: names, meanings, and what the user should do.
//!
//! Codes are those of the S7 communication manuals; the hints come from what users of this field run into most.

crate::codes! {
    /// What the CPU said of one item of a read or a write.
    pub struct ReturnCode(u8) {
        /// Stands in front of the data of write requests.
        Reserved = 0x00,
        HardwareFault = 0x01, AccessNotAllowed = 0x03, OutOfRange = 0x05, TypeNotSupported = 0x06,
        TypeInconsistent = 0x07, NoObject = 0x0a, Ok = 0xff,
    }
}

impl ReturnCode {
    /// What it means, in a few words.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Ok => "success",
            Self::Reserved => "reserved",
            Self::HardwareFault => "hardware fault",
            Self::AccessNotAllowed => "access not allowed",
            Self::OutOfRange => "address out of range",
            Self::TypeNotSupported => "data type not supported",
            Self::TypeInconsistent => "data type or length inconsistent",
            Self::NoObject => "object does not exist",
            _ => "unknown return code",
        }
    }
    /// What the user should do, where there is something.
    pub const fn hint(self) -> Option<&'static str> {
        Some(match self {
            Self::OutOfRange => {
                "the block is shorter than the address, or optimised (S7-1200/1500): look up its length, \
                 or clear \"Optimized block access\" in its properties and compile"
            }
            Self::NoObject => {
                "the block is not on the CPU, or is optimised (S7-1200/1500): check the number and download \
                 the program, or clear \"Optimized block access\" in its properties"
            }
            Self::AccessNotAllowed => {
                "this area cannot be accessed like that (timers and counters of an S7-300 cannot be written)"
            }
            Self::TypeNotSupported => "this CPU does not take this type here: read it as BYTE",
            Self::TypeInconsistent => "length and type of what was written do not belong together",
            Self::HardwareFault => {
                "the addressed module does not answer: look at the CPU's diagnostic buffer"
            }
            _ => return None,
        })
    }
}

crate::codes! {
    /// Error class and code of a message header; userdata parameters share the list.
    pub struct ErrorCode(u16) {
        Ok = 0x0000, ServiceUnknown = 0x8100, NotImplemented = 0x8104, WrongOrder = 0x8401, BadFrame = 0x8500,
        AccessRefused = 0x8703, TestNotSupported = 0xd003, BlockNotFound = 0xd209, NoFurtherBlock = 0xd20e,
        Protected = 0xd241, InformationNotAvailable = 0xd401, ListExtractNotAvailable = 0xd402,
        AlreadyLoggedOn = 0xd403, TooManyListeners = 0xd404, NotSupported = 0xd405, NoCurrentData = 0xd406,
        WrongPassword = 0xd602, AlreadyLegitimised = 0xd603, NoPassword = 0xd605, WrongDateOrTime = 0xdc01,
    }
}

impl ErrorCode {
    /// The class: the high octet.
    pub const fn class(self) -> u8 {
        (self.0 >> 8) as u8
    }
    /// What the class says by itself.
    pub const fn class_meaning(self) -> &'static str {
        match self.class() {
            0x00 => "no error",
            0x01 => "programming device or module",
            0x80 => "state",
            0x81 => "application relation",
            0x82 => "object definition",
            0x83 => "resources",
            0x84 => "service",
            0x85 => "supplied data",
            0x87 => "access",
            0xd0 => "test and commissioning",
            0xd2 => "blocks",
            0xd4 => "system state lists and messages",
            0xd6 => "security",
            0xd8 => "cyclic data",
            0xdc => "clock",
            0xe2 => "redundant system",
            0xef => "addressing",
            _ => "unknown error class",
        }
    }
    /// What it means, in a few words; of an unknown code at least its class.
    pub fn meaning(self) -> &'static str {
        match MEANINGS.binary_search_by_key(&self.0, |(code, _)| *code) {
            Ok(at) => MEANINGS.get(at).map_or("", |(_, meaning)| meaning),
            Err(_) => self.class_meaning(),
        }
    }
    /// What the user should do, where there is something.
    pub const fn hint(self) -> Option<&'static str> {
        Some(match self.0 {
            0x8104 => {
                "an S7-1200/1500 answers so while classic access is off: in TIA Portal open the CPU's properties, \
                 Protection & Security > Connection mechanisms, permit access with PUT/GET communication, choose an \
                 access level with full access, and download the hardware configuration"
            }
            0x8500 => {
                "the request or its answer does not fit the granted PDU: ask for fewer or smaller items"
            }
            0x8703 | 0xd241 | 0xd217 | 0xd0a1 => {
                "the CPU's protection level forbids this: give the password, or lower the level in the hardware configuration"
            }
            0x8302 | 0x011b | 0x0141 => "the CPU is out of resources: close other connections",
            0xd602 | 0x0119 => "check the password of the CPU's protection level",
            0xd605 => "the CPU has no password configured: go on without one",
            0xd401 | 0xd402 => {
                "this CPU does not keep that list: `hepta info` asks only for those that are common"
            }
            0xd209 => "check the block number, and that the program was downloaded",
            0xd2a9 => "try again when the configuration has been loaded",
            0xdc01 => "check the date: S7 clocks know 1990 to 2089",
            _ => return None,
        })
    }
}

/// Sorted by code.
const MEANINGS: &[(u16, &str)] = &[
    (0x0000, "no error"),
    (0x0110, "block number not valid"),
    (0x0111, "request length not valid"),
    (0x0112, "parameter not valid"),
    (0x0113, "block type not valid"),
    (0x0114, "block not found"),
    (0x0115, "block exists already"),
    (0x0116, "block write protected"),
    (0x0117, "block or firmware too large"),
    (0x0118, "block number not valid (2)"),
    (0x0119, "wrong password"),
    (0x011a, "no resources in the programming device"),
    (0x011b, "no resources in the PLC"),
    (0x011c, "protocol error"),
    (0x011d, "too many blocks"),
    (0x011e, "connection gone"),
    (0x011f, "result buffer too small"),
    (0x0120, "end of block list"),
    (0x0140, "memory short"),
    (0x0141, "resources short"),
    (0x8001, "block state forbids the service"),
    (0x8003, "error during block transfer"),
    (0x8100, "service unknown to the peer"),
    (0x8104, "service not implemented, or frame error"),
    (0x8204, "type description inconsistent"),
    (0x8205, "copied block exists, not linked"),
    (0x8301, "not enough memory"),
    (0x8302, "not enough resources"),
    (0x8304, "no further upload in parallel"),
    (0x8305, "function not available"),
    (0x8306, "work memory short"),
    (0x8307, "retentive memory short"),
    (0x8401, "wrong service order"),
    (0x8402, "object state forbids it"),
    (0x8404, "cannot be done"),
    (0x8405, "remote block disabled"),
    (0x8500, "bad frame, or the answer would be too long"),
    (0x8503, "cancelled by the module"),
    (0x8701, "peer object address error (length)"),
    (0x8702, "not supported by module"),
    (0x8703, "access refused"),
    (0x8704, "object damaged"),
    (0xd001, "bad test job number"),
    (0xd002, "bad test job variant"),
    (0xd003, "test job not supported"),
    (0xd004, "test job state forbids it"),
    (0xd005, "test job cannot be ended"),
    (0xd006, "test job: bad disconnect id"),
    (0xd007, "test job: bad number of buffer elements"),
    (0xd008, "test job: bad rate"),
    (0xd009, "repeat count bad"),
    (0xd00a, "bad trigger event"),
    (0xd00b, "bad trigger condition"),
    (0xd011, "call path block missing"),
    (0xd012, "bad block address"),
    (0xd014, "block is being deleted"),
    (0xd015, "bad variable address"),
    (0xd016, "program errors prevent tests"),
    (0xd017, "trigger number bad"),
    (0xd025, "bad path"),
    (0xd026, "bad access type"),
    (0xd027, "number of DBs not allowed"),
    (0xd031, "internal protocol error"),
    (0xd032, "bad buffer length"),
    (0xd033, "bad job length"),
    (0xd03f, "coding error in the parameters"),
    (0xd041, "status list id bad"),
    (0xd042, "variable address bad"),
    (0xd043, "referenced job missing"),
    (0xd044, "variable value bad"),
    (0xd045, "ODIS control cannot leave in HOLD"),
    (0xd046, "measuring stage bad"),
    (0xd047, "bad hierarchy in the job list"),
    (0xd048, "bad deletion id"),
    (0xd049, "bad substitution id"),
    (0xd04a, "program status failed"),
    (0xd05f, "coding error in the data"),
    (0xd061, "no job memory"),
    (0xd062, "job list full"),
    (0xd063, "trigger taken"),
    (0xd064, "no result memory for one job"),
    (0xd065, "no result memory for several jobs"),
    (0xd066, "no timer free"),
    (0xd067, "too many modify jobs"),
    (0xd081, "mode forbids it"),
    (0xd082, "cannot leave HOLD"),
    (0xd0a1, "protection level forbids"),
    (0xd0a2, "memory-changing function running"),
    (0xd0a3, "too many modify jobs on the I/O"),
    (0xd0a4, "forcing is set already"),
    (0xd0a5, "job missing"),
    (0xd0a6, "job cannot be disabled or enabled"),
    (0xd0a7, "job cannot be deleted"),
    (0xd0a8, "job cannot be replaced"),
    (0xd0a9, "job cannot be read"),
    (0xd0aa, "time exceeded while running"),
    (0xd0ab, "bad parameters while running"),
    (0xd0ac, "bad data while running"),
    (0xd0ad, "mode already set"),
    (0xd0ae, "job belongs to another connection"),
    (0xd0c1, "access error on variables"),
    (0xd0c2, "CPU went to STOP or HOLD"),
    (0xd0c3, "CPU went to STOP or HOLD after an access error"),
    (0xd0c4, "run-time measurement timed out"),
    (0xd0c5, "block stack inconsistent"),
    (0xd0c6, "job deleted: its reference is gone"),
    (0xd0c7, "job deleted: STOP was left"),
    (0xd0c8, "block status ended: inconsistent"),
    (0xd0c9, "reset of OB90"),
    (0xd0ca, "reset of OB90 after an access error"),
    (0xd0cb, "output disable back on"),
    (0xd0cc, "data limited by time"),
    (0xd201, "bad block name"),
    (0xd202, "bad block parameters"),
    (0xd205, "block linked in RAM"),
    (0xd206, "block linked in EPROM"),
    (0xd208, "too many copied blocks"),
    (0xd209, "block not found"),
    (0xd20a, "too many blocks to link in one job"),
    (0xd20b, "too many blocks to delete in one job"),
    (0xd20c, "OB has no priority class"),
    (0xd20d, "SDB not understood"),
    (0xd20e, "no further block"),
    (0xd20f, "block too long"),
    (0xd210, "bad block number"),
    (0xd212, "bad header attribute"),
    (0xd213, "too many SDBs"),
    (0xd216, "bad program, reset needed"),
    (0xd217, "protection level not permitted"),
    (0xd218, "bad attribute"),
    (0xd219, "bad block length"),
    (0xd21a, "bad local data / protection"),
    (0xd21b, "cannot compress"),
    (0xd21d, "project data amount wrong"),
    (0xd21e, "module parameters not settable"),
    (0xd220, "bad language"),
    (0xd221, "bad SDB: connections or routing"),
    (0xd222, "bad SDB: global data"),
    (0xd223, "bad SDB: instance data block"),
    (0xd224, "bad SDB: SCAN"),
    (0xd225, "bad SDB: DP"),
    (0xd226, "structure error in a block"),
    (0xd230, "structure error in a block"),
    (0xd231, "OB not copyable"),
    (0xd232, "bad block number"),
    (0xd234, "block twice"),
    (0xd235, "checksum wrong"),
    (0xd236, "checksum missing"),
    (0xd237, "same time stamp again"),
    (0xd238, "data block check failed"),
    (0xd239, "data block check failed"),
    (0xd23a, "data block check failed"),
    (0xd240, "coordination violated"),
    (0xd241, "protection level forbids the function"),
    (0xd242, "safety block protected"),
    (0xd250, "firmware update: bad identification"),
    (0xd251, "firmware update: wrong order"),
    (0xd252, "firmware update: bad checksum"),
    (0xd253, "firmware update: loader"),
    (0xd254, "firmware update: storage"),
    (0xd280, "compile error"),
    (0xd2a1, "block is busy"),
    (0xd2a2, "trigger is set"),
    (0xd2a3, "block not active"),
    (0xd2a4, "block in use"),
    (0xd2a5, "save and modify clash"),
    (0xd2a6, "block has no attribute"),
    (0xd2a7, "test function active"),
    (0xd2a8, "test function active"),
    (0xd2a9, "parameters are being assigned to the CPU"),
    (0xd2aa, "modules are being parameterised"),
    (0xd2ab, "limit reached"),
    (0xd2ac, "SFC 12 active"),
    (0xd2b0, "error while configuring in RUN"),
    (0xd2c0, "technology object limit"),
    (0xd2c1, "technology object exists already"),
    (0xd2c2, "technology object cannot be loaded"),
    (0xd401, "information not available: list"),
    (0xd402, "information not available: extract or index"),
    (0xd403, "already logged on/off"),
    (0xd404, "too many listeners"),
    (0xd405, "not supported or bad syntax"),
    (0xd406, "no current data"),
    (0xd407, "diagnosis error"),
    (0xd408, "diagnosis update aborted"),
    (0xd409, "DP error"),
    (0xd601, "syntax"),
    (0xd602, "wrong password"),
    (0xd603, "already legitimised"),
    (0xd604, "already enabled"),
    (0xd605, "no password configured"),
    (0xd801, "bad variable address"),
    (0xd802, "no such job"),
    (0xd803, "bad job state"),
    (0xd804, "bad cycle time"),
    (0xd805, "no more cyclic jobs"),
    (0xd806, "job state forbids"),
    (0xd807, "overload"),
    (0xdc01, "date or time wrong"),
    (0xe201, "already master"),
    (0xe202, "other program in the partner"),
    (0xe203, "other firmware in the partner"),
    (0xe204, "other memory in the partner"),
    (0xe205, "synchronisation error"),
    (0xe206, "denied"),
    (0xef01, "id2 is not zero"),
    (0xef02, "resource set unknown"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_sorted_and_told() {
        assert!(MEANINGS.is_sorted_by_key(|(code, _)| *code));
        assert_eq!(ErrorCode(0xd241).meaning(), "protection level forbids the function");
        assert_eq!(ErrorCode(0x83ff).meaning(), "resources");
        assert!(ErrorCode(0x8104).hint().unwrap().contains("PUT/GET"));
        assert_eq!((ErrorCode(0x8104).class(), ErrorCode::Ok.hint()), (0x81, None));
        assert_eq!(ReturnCode(0x0a).meaning(), "object does not exist");
    }
}
