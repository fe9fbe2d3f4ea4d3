//! Read a system state list: the next request depends on the last answer.
use crate::classic::szl::{Request, SzlId};
use crate::classic::userdata::{Group, Payload, READ_SZL, Userdata};
use crate::classic::{Draft, ErrorCode, Limits};
use crate::error::{Error, Unexpected};
use crate::op::{Event, Operation, Ticket, Want};
use crate::wire::Wire;
use alloc::vec::Vec;

/// Octets of the longest list, and the parts it may come in: more than any CPU keeps, in parts as short as those of a PDU of 240,
/// so a peer that always has more is stopped, however little it gives at a time.
const LONGEST: usize = 256 * 1024;
const MOST_PARTS: u32 = 1280;

/// Reads one list, asking for more while the CPU says there is more.
#[derive(Debug)]
pub struct Szl {
    request: Request,
    next: Option<Part>,
    got: Vec<u8>,
    parts: u32,
}

#[derive(Clone, Copy, Debug)]
enum Part {
    First,
    After(u8),
}

impl Szl {
    /// List `id`, the record of that index where it has one, else 0.
    pub const fn new(id: SzlId, index: u16) -> Self {
        Self { request: Request { id, index }, next: Some(Part::First), got: Vec::new(), parts: 0 }
    }
}

impl Operation for Szl {
    /// The whole list with its head, for [`List`](crate::classic::szl::List) to read.
    type Output = Vec<u8>;

    fn want(&self) -> Want {
        if self.next.is_some() { Want::Ask } else { Want::Nothing }
    }

    fn write(&mut self, _: Limits, draft: &mut Draft<'_>) -> Result<Ticket, Error> {
        if let Some(Part::After(sequence)) = self.next.take() {
            Userdata::next_part(Group::Cpu, READ_SZL, sequence).write(draft.userdata());
            Payload::NONE.write(draft.data());
        } else {
            Userdata::request(Group::Cpu, READ_SZL).write(draft.userdata());
            let out = draft.data();
            out.extend_from_slice(&[0xff, 9, 0, 4]);
            self.request.write(out);
        }
        Ok(Ticket(0))
    }

    fn take(&mut self, event: Event<'_>) -> Result<(), Error> {
        let (_, pdu) = event.reply()?;
        let said = Userdata::of(&pdu)?;
        if let Some(error) = said.long.map(|long| long.error).filter(|error| *error != ErrorCode::Ok) {
            return Err(Error::Refused(error));
        }
        let payload = Payload::read(&mut pdu.datas())?;
        // python-snap7's server says it with the return code alone.
        if payload.data.is_empty() && self.got.is_empty() {
            return Err(Error::Refused(ErrorCode::InformationNotAvailable));
        }
        self.got.extend_from_slice(payload.data);
        let more = said.long.is_some_and(|long| long.more != 0) && !payload.data.is_empty();
        self.parts += 1;
        if more && (self.got.len() >= LONGEST || self.parts >= MOST_PARTS) {
            return Err(Unexpected::Endless { parts: self.parts, octets: self.got.len() }.into());
        }
        self.next = more.then_some(Part::After(said.sequence));
        Ok(())
    }

    fn finish(self) -> Vec<u8> {
        self.got
    }

    fn changes(&self) -> bool {
        false
    }
}
