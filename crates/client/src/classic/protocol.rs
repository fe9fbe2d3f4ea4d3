//! What the drivers have to know of classic communication.
use crate::dial;
use crate::driver::Protocol;
use crate::error::ErrorKind;
use crate::options::{Common, Options};
use hepta_proto::classic::client::{Client, Handshake};
use hepta_proto::classic::op::{Read, Span};
use hepta_proto::classic::{Area, Draft, Limits};
use hepta_proto::iso::{Granted, Link};
use hepta_proto::op::{Event, Operation, Ticket, Want};

/// The cheapest job there is: one octet of the flags, which every CPU has.
const BEAT: Span = Span::octets(Area::Flags, 0, 0, 1);

/// What a connection was granted.
#[derive(Debug)]
pub(crate) struct Facts {
    pub(super) limits: Limits,
    pub(super) granted: Granted,
}

/// The login that there is none of.
#[derive(Debug)]
pub(crate) enum NoLogin {}

impl Operation for NoLogin {
    type Output = ();
    fn want(&self) -> Want {
        match *self {}
    }
    fn write(&mut self, _: Limits, _: &mut Draft<'_>) -> Result<Ticket, hepta_proto::Error> {
        match *self {}
    }
    fn take(&mut self, _: Event<'_>) -> Result<(), hepta_proto::Error> {
        match *self {}
    }
    fn finish(self) {}
}

impl Protocol for Options {
    type Machine = Client;
    type Shake = (Handshake, Link);
    type Login = NoLogin;
    type Beat = Read;
    type Facts = Facts;

    fn common(&self) -> &Common {
        &self.common
    }
    fn start(&self, seed: u64, out: &mut Vec<u8>) -> Result<Self::Shake, ErrorKind> {
        // A late answer of an earlier connection means nothing to one that counts from elsewhere.
        Ok(Handshake::new(self.check()?, self.limits, dial::start(seed), out)?)
    }
    fn login(&self, _: &Client) -> Result<Option<NoLogin>, ErrorKind> {
        Ok(None)
    }
    fn facts(&self, machine: &Client, _: Option<()>) -> Result<Facts, ErrorKind> {
        let Limits { pdu, jobs } = machine.limits();
        tracing::debug!(pdu, jobs, "connected");
        Ok(Facts { limits: machine.limits(), granted: machine.granted().clone() })
    }
    #[cfg(feature = "blocking")]
    fn burst(Facts { limits: Limits { pdu, jobs }, .. }: &Facts) -> usize {
        (usize::from(*pdu) + 7) * usize::from(*jobs)
    }
    fn beat(&self) -> Read {
        Read::new(BEAT)
    }
}
