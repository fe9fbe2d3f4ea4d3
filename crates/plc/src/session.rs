//! The CPU as one connection sees it.
use crate::changes::Who;
use crate::log::Event;
use crate::memory::Memory;
use crate::plc::Plc;
use crate::resources::{Held, Resource};
use crate::szl;
use crate::time::date_and_time;
use hepta_proto::classic::server::{Device, Range};
use hepta_proto::classic::szl::Request;
use hepta_proto::classic::{Area, ErrorCode, Function, Limits, ReturnCode};
use hepta_proto::iso::{self, DisconnectReason, ParameterCode, Tsap};

/// One connection: who it is, which resource it holds, and all refusals of the profile. Dropping it gives the resource back.
#[derive(Debug)]
pub struct Session {
    plc: Plc,
    id: u64,
    held: Option<Held>,
    limits: Option<Limits>,
    jobs: u64,
    refusals: u64,
}

impl Session {
    pub(crate) const fn new(plc: Plc, id: u64) -> Self {
        Self { plc, id, held: None, limits: None, jobs: 0, refusals: 0 }
    }
    /// Its number, from 1 on: that of log and change feed.
    pub const fn id(&self) -> u64 {
        self.id
    }
    /// The CPU.
    pub const fn plc(&self) -> &Plc {
        &self.plc
    }
    /// The kind of connection resource it holds, once it is connected.
    pub fn resource(&self) -> Option<Resource> {
        self.held.as_ref().map(|held| held.kind)
    }
    /// What was agreed on, once it was.
    pub const fn limits(&self) -> Option<Limits> {
        self.limits
    }
    /// Jobs and lists asked for.
    pub const fn jobs(&self) -> u64 {
        self.jobs
    }
    /// Items, jobs and lists that were refused.
    pub const fn refusals(&self) -> u64 {
        self.refusals
    }

    /// Notes what the client did, where that is kept.
    pub fn note(&self, event: impl FnOnce() -> Event) {
        self.plc.note(self.id, event);
    }
    /// Counts a request of a protocol that is not answered here.
    pub const fn count(&mut self) {
        self.jobs += 1;
    }
    /// A peer wants to connect by S7CommPlus: engineering stations take a connection of programming devices, all else one of
    /// panels. `known`: does this CPU speak it?
    pub fn connect_plus(&mut self, request: &iso::Connect<'_>, known: bool) -> Result<(), DisconnectReason> {
        let called = request.parameters.find(ParameterCode::CalledTsap).unwrap_or_default();
        let engineering = [&b"SIMATIC-ROOT-ES"[..], b"SIMATIC-ROOT-PG"].contains(&called);
        let kind = if engineering { Resource::Pg } else { Resource::Op };
        self.enter(request, known.then_some(kind))
    }
    /// Takes a connection resource, or notes why there is none.
    fn enter(&mut self, request: &iso::Connect<'_>, kind: Option<Resource>) -> Result<(), DisconnectReason> {
        let find = |code| request.parameters.find(code);
        let called = find(ParameterCode::CalledTsap);
        let tsap = |octets: Option<&[u8]>| octets.and_then(|octets| Tsap::new(octets).ok());
        let held = kind
            .ok_or(DisconnectReason::AddressUnknown)
            .and_then(|kind| self.plc.take(kind).ok_or(DisconnectReason::CongestionAtTsap));
        match held {
            Ok(held) => {
                let (resource, calling) = (held.kind, find(ParameterCode::CallingTsap));
                self.held = Some(held);
                let event = || Event::Connected { called: tsap(called), calling: tsap(calling), resource };
                self.plc.note(self.id, event);
                Ok(())
            }
            Err(reason) => {
                self.refusals += 1;
                self.plc.note(self.id, || Event::Refused { called: tsap(called), reason });
                Err(reason)
            }
        }
    }

    /// What no client may do, whatever is there.
    #[inline]
    fn allowed(&self, area: Area, write: bool) -> Result<(), ReturnCode> {
        match area {
            // Peripheral access goes to modules, and there are none.
            Area::Peripheral => Err(ReturnCode::AccessNotAllowed),
            // Seen on an S7-300: writes to timers and counters get 03.
            Area::Timers | Area::Counters if write && !self.plc.profile().timers_writable => {
                Err(ReturnCode::AccessNotAllowed)
            }
            _ => Ok(()),
        }
    }
    #[inline]
    fn access<R>(
        &self,
        range: Range,
        write: bool,
        access: impl FnOnce(&mut Memory) -> Result<R, crate::Error>,
    ) -> Result<R, ReturnCode> {
        self.allowed(range.area, write)?;
        self.plc.access(Who::Connection(self.id), |memory| {
            let block =
                matches!(range.area, Area::Db | Area::InstanceDb).then(|| memory.block(range.db)).flatten();
            // An optimised block has no addresses, so for classic clients there is no such object.
            if block.is_some_and(|block| block.optimised) {
                return Err(ReturnCode::NoObject);
            }
            access(memory).map_err(|error| error.code())
        })
    }
    #[inline]
    fn done(&mut self, code: ReturnCode, event: impl FnOnce(ReturnCode) -> Event) -> ReturnCode {
        self.refusals += u64::from(code != ReturnCode::Ok);
        self.plc.note(self.id, || event(code));
        code
    }
}

impl Device for Session {
    fn connect(&mut self, request: &iso::Connect<'_>) -> Result<(), DisconnectReason> {
        let kind = self.plc.profile().tsaps.kind(request.parameters.find(ParameterCode::CalledTsap));
        self.enter(request, kind.map(Resource::from))
    }

    #[inline]
    fn permit(&mut self, function: Function) -> Result<(), ErrorCode> {
        self.jobs += 1;
        let code = match function {
            Function::Read | Function::Write if self.plc.put_get() => return Ok(()),
            _ => ErrorCode::NotImplemented,
        };
        self.refusals += 1;
        self.plc.note(self.id, || Event::JobRefused(function, code));
        Err(code)
    }

    #[inline]
    fn read(&mut self, range: Range, out: &mut Vec<u8>) -> ReturnCode {
        let read = self.access(range, false, |memory| {
            out.extend_from_slice(memory.get(range)?);
            Ok(())
        });
        self.done(read.err().unwrap_or(ReturnCode::Ok), |code| Event::Read(range, code))
    }

    fn read_bit(&mut self, range: Range, bit: u8) -> Result<bool, ReturnCode> {
        let read = self.access(range, false, |memory| {
            Ok(memory.get(range)?.first().is_some_and(|octet| octet >> (bit & 7) & 1 != 0))
        });
        self.done(read.err().unwrap_or(ReturnCode::Ok), |code| Event::Read(range, code));
        read
    }

    fn write(&mut self, range: Range, data: &[u8]) -> ReturnCode {
        let written = self.access(range, true, |memory| memory.put(range, data));
        self.done(written.err().unwrap_or(ReturnCode::Ok), |code| Event::Write(range, code))
    }

    fn write_bit(&mut self, range: Range, bit: u8, value: bool) -> ReturnCode {
        let written = self.access(range, true, |memory| memory.put_bit(range, bit, value));
        self.done(written.err().unwrap_or(ReturnCode::Ok), |code| Event::Write(range, code))
    }

    fn clock(&mut self) -> Option<[u8; 8]> {
        Some(date_and_time(self.plc.now()))
    }
    fn szl(&mut self, request: Request, out: &mut Vec<u8>) -> Result<(), ErrorCode> {
        self.jobs += 1;
        let answer = szl::answer(&self.plc, request, out);
        self.refusals += u64::from(answer.is_err());
        let code = answer.err().unwrap_or(ErrorCode::Ok);
        self.plc.note(self.id, || Event::Szl(request.id, request.index, code));
        answer
    }

    fn agreed(&mut self, limits: Limits) {
        self.limits = Some(limits);
        self.plc.note(self.id, || Event::Negotiated(limits));
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // Before the entry: whoever sees the entry finds the resource free.
        if self.held.take().is_some() {
            self.plc.note(self.id, || Event::Closed);
        }
    }
}
