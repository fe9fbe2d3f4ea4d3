//! COTP transport units, every octet in a named field.
//!
//! ```text
//!  LI | code | fixed part | parameters          | user data
//!       e0     dst 2, src 2, class               CR, CC (d0)
//!       f0     EOT bit and number                DT          message or part of one
//!       80     dst 2, src 2, reason              DR
//!       c0     dst 2, src 2                      DC
//!       70     dst 2, cause                      ER
//! ```
//!
//! LI counts the octets after itself up to the user data. Parameters are `code | length | value`, in any order.
use crate::wire::{Malformed, Reader, Wire};
use alloc::vec::Vec;

crate::codes! {
    /// What a transport unit is (ISO 8073 §13). The low four bits of CR, CC, AK and RJ are credit, always 0 in class 0.
    pub struct TpduCode(u8) {
        ExpeditedData = 0x10, ExpeditedAcknowledge = 0x20, Reject = 0x50, DataAcknowledge = 0x60, Error = 0x70,
        DisconnectRequest = 0x80, DisconnectConfirm = 0xc0, ConnectConfirm = 0xd0, ConnectRequest = 0xe0, Data = 0xf0,
    }
}
impl TpduCode {
    /// The kind of unit alone, where the low four bits are credit.
    #[must_use]
    pub const fn without_credit(self) -> Self {
        let kind = Self(self.0 & 0xf0);
        match kind {
            Self::ConnectRequest | Self::ConnectConfirm | Self::DataAcknowledge | Self::Reject => kind,
            _ => self,
        }
    }
}
crate::codes! {
    /// Why a connection was refused or ended (ISO 8073 §13.5.3).
    pub struct DisconnectReason(u8) {
        NotSpecified = 0x00, CongestionAtTsap = 0x01, NoSessionEntity = 0x02, AddressUnknown = 0x03,
        Normal = 0x80, RemoteCongestion = 0x81, NegotiationFailed = 0x82, DuplicateReference = 0x83,
        ReferenceMismatch = 0x84, ProtocolError = 0x85, ReferenceOverflow = 0x87, RefusedOnThisNetworkConnection = 0x88,
        InvalidLength = 0x8a,
    }
}
impl DisconnectReason {
    /// In words.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::NotSpecified => "no reason given",
            Self::CongestionAtTsap => "no connection resource is free",
            Self::NoSessionEntity => "nobody is attached to that TSAP",
            Self::AddressUnknown => "address unknown",
            Self::Normal => "ended as usual",
            Self::RemoteCongestion => "overloaded",
            Self::NegotiationFailed => "no agreement on what was asked for",
            Self::DuplicateReference => "our reference is in use already",
            Self::ReferenceMismatch => "the references are of no connection",
            Self::ProtocolError => "it takes what we sent for an error",
            Self::ReferenceOverflow => "it has no reference left",
            Self::RefusedOnThisNetworkConnection => "no further connection over this TCP connection",
            Self::InvalidLength => "it takes the length of a header or parameter for wrong",
            _ => "unknown reason",
        }
    }
}
crate::codes! {
    /// What was wrong with a unit of ours (ISO 8073 §13.12).
    pub struct ErrorCause(u8) { NotSpecified = 0, BadParameterCode = 1, BadTpduType = 2, BadParameterValue = 3 }
}
crate::codes! {
    /// What a parameter is about.
    pub struct ParameterCode(u8) {
        TpduSize = 0xc0, CallingTsap = 0xc1, CalledTsap = 0xc2, Checksum = 0xc3, Version = 0xc4,
        /// ISO: additional options. Used as S7 subnet id when routing (experimental, seen from one client only).
        Subnet = 0xc6,
        /// ISO: alternative classes. Used as far TSAP when routing (experimental, seen from one client only).
        FarTsap = 0xc7,
        ClearText = 0xe0, PreferredTpduSize = 0xf0,
    }
}

/// The longest TPDU either end may send, header included: 128..=8192 octets, a power of two.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Ord, PartialOrd, Hash)]
pub struct TpduSize(u8);

impl TpduSize {
    /// 1024 octets, what all S7 tools ask for. Asking for 512 makes an S7-1500 grant PDUs of 480 instead of 960.
    pub const STANDARD: Self = Self(0x0a);
    /// 8192 octets, the most there is.
    pub const MOST: Self = Self(0x0d);
    /// The exponent of its octets: 7 is 128, 13 is 8192.
    pub const fn from_exponent(exponent: u8) -> Option<Self> {
        if matches!(exponent, 7..=13) { Some(Self(exponent)) } else { None }
    }
    /// The smallest size of at least `octets`; `None` above 8192.
    pub fn at_least(octets: usize) -> Option<Self> {
        (7..=13).map(Self).find(|size| size.octets() >= octets)
    }
    /// The exponent as sent.
    pub const fn exponent(self) -> u8 {
        self.0
    }
    /// In octets.
    pub const fn octets(self) -> usize {
        1 << self.0
    }
    /// Reads the value of the parameter: an exponent, or (some gateways) the octets themselves as two octets, which are
    /// rounded down to a power of two.
    pub fn parse(value: &[u8]) -> Option<Self> {
        match *value {
            [exponent] => Self::from_exponent(exponent),
            [0, exponent @ 7..=13] => Some(Self(exponent)),
            [a, b] => {
                let exponent = u16::from_be_bytes([a, b]).checked_ilog2()?;
                (exponent >= 7).then(|| Self(exponent.min(13) as u8))
            }
            _ => None,
        }
    }
}

/// One transport unit.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Tpdu<'a> {
    /// CR or CC.
    Connect(Connect<'a>),
    /// DT.
    Data(Data<'a>),
    /// DR.
    Disconnect(Disconnect<'a>),
    /// DC.
    DisconnectConfirm(DisconnectConfirm<'a>),
    /// ER.
    Error(Rejected<'a>),
    /// Anything else, not used by S7 (ED, EA, AK, RJ, or a code nobody knows): its code, and all that follows LI and code.
    Other {
        /// What it is.
        code: TpduCode,
        /// The length indicator.
        li: u8,
        /// All octets after the code.
        rest: &'a [u8],
    },
}

/// CR and CC, which differ in their code alone.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Connect<'a> {
    /// `ConnectRequest` or `ConnectConfirm`.
    pub code: TpduCode,
    /// The receiver's reference: 0 in a CR, the CR's source reference in a CC.
    pub destination: u16,
    /// The sender's own reference.
    pub source: u16,
    /// Class in the high four bits, options in the low: 0.
    pub class: u8,
    /// Size and TSAPs, in the peer's order.
    pub parameters: Parameters<'a>,
    /// Octets behind the header; none in practice.
    pub user: &'a [u8],
}

/// DT: a message, or a part of one.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Data<'a> {
    /// Bit 7: this part is the last of its message. Bits 0..=6: a number that class 0 ignores; plc4x counts in it.
    pub number: u8,
    /// Header octets behind the number, when LI is above 2. Never seen.
    pub extra: &'a [u8],
    /// The message or its part.
    pub payload: &'a [u8],
}

impl Data<'_> {
    /// Is this the last part?
    pub const fn last(&self) -> bool {
        self.number & 0x80 != 0
    }
}

/// DR: no connection, or the end of one.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Disconnect<'a> {
    /// The receiver's reference.
    pub destination: u16,
    /// The sender's reference.
    pub source: u16,
    /// Why.
    pub reason: DisconnectReason,
    /// Clear text perhaps.
    pub parameters: Parameters<'a>,
    /// Octets behind the header: snap7 appends one.
    pub user: &'a [u8],
}

/// DC: the answer to a DR.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct DisconnectConfirm<'a> {
    /// The receiver's reference.
    pub destination: u16,
    /// The sender's reference.
    pub source: u16,
    /// None in practice.
    pub parameters: Parameters<'a>,
    /// Octets behind the header: snap7 appends one.
    pub user: &'a [u8],
}

/// ER: a unit of ours made no sense to the peer.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Rejected<'a> {
    /// The receiver's reference.
    pub destination: u16,
    /// Why.
    pub cause: ErrorCause,
    /// The rejected unit, perhaps.
    pub parameters: Parameters<'a>,
    /// Octets behind the header.
    pub user: &'a [u8],
}

/// One parameter.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Parameter<'a> {
    /// What it is about.
    pub code: ParameterCode,
    /// 0..=255 octets.
    pub value: &'a [u8],
}

/// Parameters as they came. Those of CR and CC are known to be well formed; behind those of other units may stand octets that
/// are none.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Parameters<'a>(&'a [u8]);

impl<'a> Parameters<'a> {
    fn read(r: &mut Reader<'a>) -> Result<Self, Malformed> {
        let octets = r.peek();
        while r.left() > 0 {
            r.u8("COTP parameter code")?;
            let len = r.u8("COTP parameter length")?;
            r.take(len.into(), "COTP parameter shorter than its length says")?;
        }
        Ok(Self(octets))
    }
    /// Of units that end something: they must be understood whatever stands in them. snap7's DC has a stray octet here.
    fn lenient(r: &mut Reader<'a>) -> Self {
        Self(r.rest())
    }
    /// What we write ourselves, well formed by construction.
    pub(super) const fn of(octets: &'a [u8]) -> Self {
        Self(octets)
    }
    /// Each in turn, as far as they are well formed.
    pub fn iter(&self) -> impl Iterator<Item = Parameter<'a>> + use<'a> {
        let mut rest = self.0;
        core::iter::from_fn(move || {
            let (head, tail) = rest.split_first_chunk::<2>()?;
            let (value, tail) = tail.split_at_checked(head[1].into())?;
            rest = tail;
            Some(Parameter { code: ParameterCode(head[0]), value })
        })
    }
    /// The value of the first parameter with that code.
    pub fn find(&self, code: ParameterCode) -> Option<&'a [u8]> {
        self.iter().find(|p| p.code == code).map(|p| p.value)
    }
    /// All of them, as they stand on the wire.
    pub const fn octets(&self) -> &'a [u8] {
        self.0
    }
}

impl Tpdu<'_> {
    /// What it is.
    pub const fn code(&self) -> TpduCode {
        match self {
            Self::Connect(connect) => connect.code,
            Self::Data(_) => TpduCode::Data,
            Self::Disconnect(_) => TpduCode::DisconnectRequest,
            Self::DisconnectConfirm(_) => TpduCode::DisconnectConfirm,
            Self::Error(_) => TpduCode::Error,
            Self::Other { code, .. } => *code,
        }
    }
}

impl<'a> Wire<'a> for Tpdu<'a> {
    fn read(r: &mut Reader<'a>) -> Result<Self, Malformed> {
        let li = r.u8("COTP length indicator")?;
        let all = r.peek();
        let mut head = r.sub(li.into(), "COTP header shorter than its length indicator says")?;
        let code = TpduCode(head.u8("COTP code")?);
        // CR and CC carry credit in the low bits; class 0 has none, and what is set there is kept with the code.
        Ok(match code.without_credit() {
            TpduCode::ConnectRequest | TpduCode::ConnectConfirm => Self::Connect(Connect {
                code,
                destination: head.u16("destination reference")?,
                source: head.u16("source reference")?,
                class: head.u8("class and options")?,
                parameters: Parameters::read(&mut head)?,
                user: r.rest(),
            }),
            _ => match code {
                TpduCode::Data => Self::Data(Data {
                    number: head.u8("TPDU number and EOT")?,
                    extra: head.rest(),
                    payload: r.rest(),
                }),
                TpduCode::DisconnectRequest => Self::Disconnect(Disconnect {
                    destination: head.u16("destination reference")?,
                    source: head.u16("source reference")?,
                    reason: DisconnectReason(head.u8("reason")?),
                    parameters: Parameters::lenient(&mut head),
                    user: r.rest(),
                }),
                TpduCode::DisconnectConfirm => Self::DisconnectConfirm(DisconnectConfirm {
                    destination: head.u16("destination reference")?,
                    source: head.u16("source reference")?,
                    parameters: Parameters::lenient(&mut head),
                    user: r.rest(),
                }),
                TpduCode::Error => Self::Error(Rejected {
                    destination: head.u16("destination reference")?,
                    cause: ErrorCause(head.u8("cause")?),
                    parameters: Parameters::lenient(&mut head),
                    user: r.rest(),
                }),
                // Where their header ends is not ours to know, so all that follows the code is kept in one piece.
                _ => {
                    r.rest();
                    Self::Other { code, li, rest: all.get(1..).unwrap_or_default() }
                }
            },
        })
    }

    fn write(&self, out: &mut Vec<u8>) {
        let start = out.len();
        out.push(0);
        let user: &[u8] = match self {
            Self::Connect(c) => {
                out.push(c.code.0);
                put_refs(c.destination, c.source, out);
                out.push(c.class);
                out.extend_from_slice(c.parameters.0);
                c.user
            }
            Self::Data(d) => {
                out.extend_from_slice(&[TpduCode::Data.0, d.number]);
                out.extend_from_slice(d.extra);
                d.payload
            }
            Self::Disconnect(d) => {
                out.push(TpduCode::DisconnectRequest.0);
                put_refs(d.destination, d.source, out);
                out.push(d.reason.0);
                out.extend_from_slice(d.parameters.0);
                d.user
            }
            Self::DisconnectConfirm(d) => {
                out.push(TpduCode::DisconnectConfirm.0);
                put_refs(d.destination, d.source, out);
                out.extend_from_slice(d.parameters.0);
                d.user
            }
            Self::Error(e) => {
                out.push(TpduCode::Error.0);
                out.extend_from_slice(&e.destination.to_be_bytes());
                out.push(e.cause.0);
                out.extend_from_slice(e.parameters.0);
                e.user
            }
            Self::Other { code, li, rest } => {
                out.push(code.0);
                out.extend_from_slice(rest);
                if let Some(place) = out.get_mut(start) {
                    *place = *li;
                }
                return;
            }
        };
        // Readers give at most 255 octets of header, and writers check theirs (`TsapError::Request`).
        let header = u8::try_from(out.len() - start - 1).unwrap_or(u8::MAX);
        if let Some(place) = out.get_mut(start) {
            *place = header;
        }
        out.extend_from_slice(user);
    }
}

fn put_refs(destination: u16, source: u16, out: &mut Vec<u8>) {
    out.extend_from_slice(&destination.to_be_bytes());
    out.extend_from_slice(&source.to_be_bytes());
}
