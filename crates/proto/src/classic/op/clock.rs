//! Read the clock.
use crate::classic::userdata::{Clock, Group, Payload, READ_CLOCK, Userdata};
use crate::classic::{Draft, ErrorCode, Limits};
use crate::error::Error;
use crate::op::{Event, Operation, Ticket, Want};
use crate::wire::{Reader, Wire};

/// Reads the CPU's clock.
#[derive(Debug, Default)]
pub struct ReadClock {
    asked: bool,
    got: Option<Clock>,
}

impl Operation for ReadClock {
    /// `None` only after an error.
    type Output = Option<Clock>;

    fn changes(&self) -> bool {
        false
    }

    fn want(&self) -> Want {
        if self.asked { Want::Nothing } else { Want::Ask }
    }

    fn write(&mut self, _: Limits, draft: &mut Draft<'_>) -> Result<Ticket, Error> {
        self.asked = true;
        Userdata::request(Group::Time, READ_CLOCK).write(draft.userdata());
        Payload::NONE.write(draft.data());
        Ok(Ticket(0))
    }

    fn take(&mut self, event: Event<'_>) -> Result<(), Error> {
        let (_, pdu) = event.reply()?;
        match Userdata::of(&pdu)?.long {
            Some(long) if long.error != ErrorCode::Ok => Err(Error::Refused(long.error)),
            _ => {
                let payload = Payload::read(&mut pdu.datas())?;
                self.got = Some(Clock::read(&mut Reader::new(payload.data))?);
                Ok(())
            }
        }
    }

    fn finish(self) -> Option<Clock> {
        self.got
    }
}
