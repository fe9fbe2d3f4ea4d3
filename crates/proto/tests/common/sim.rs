//! A line between two machines, without sockets or clocks, and chance from a seed.
#![allow(dead_code, unreachable_pub, reason = "each test uses a part of it")]
use super::plc::Plc;
use hepta_proto::classic::Limits;
use hepta_proto::classic::client::{Client, Handshake, Owner, Step};
use hepta_proto::classic::server::{Flow, Policy, Server};
use hepta_proto::error::Error;
use hepta_proto::iso::{Link, Request, TpduSize, Tsap};
use hepta_proto::op::{Operation, Want};

/// Chance that is the same every time (`SplitMix64`).
pub struct Chance(pub u64);

impl Chance {
    /// A number below `n`.
    pub fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ z >> 31) % n as u64).unwrap()
    }
    /// One of `n` times.
    pub fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }
}

/// A server that grants up to `pdu` and `jobs`.
pub const fn policy(pdu: u16, jobs: u16) -> Policy {
    Policy {
        limits: Limits { pdu, jobs },
        least_pdu: 112,
        size: TpduSize::STANDARD,
        strict_jobs: true,
        pdu_within_unit: false,
    }
}

/// Both machines after the handshake; references start behind `reference`.
pub fn connected(policy: Policy, wish: Limits, reference: u16) -> (Client, Server) {
    let (mut server, mut up) = (Server::new(policy, 7), vec![]);
    let request = Request::new(Tsap::from(0x0102));
    let (mut shake, mut link) = Handshake::new(request, wish, reference, &mut up).unwrap();
    loop {
        let mut down = vec![];
        let flow = server.receive(&core::mem::take(&mut up), &mut Plc::default(), &mut down);
        assert_eq!(flow, Ok(Flow::Go));
        match shake.receive(link, &down, &mut up).unwrap() {
            Step::More(s, l) => (shake, link) = (s, l),
            Step::Ready(client) => return (client, server),
        }
    }
}

/// Cuts a stream into its messages, each with all its units.
pub fn messages(octets: &[u8]) -> Vec<Vec<u8>> {
    let (mut messages, mut start, mut at) = (vec![], 0, 0);
    while let Some(&[_, _, l0, l1, _, _, number]) = octets.get(at..).and_then(|rest| rest.first_chunk()) {
        at += usize::from(u16::from_be_bytes([l0, l1]));
        if number & 0x80 != 0 {
            messages.push(octets[start..at].to_vec());
            start = at;
        }
    }
    messages
}

/// `message` in its units.
pub fn framed(message: &[u8]) -> Vec<u8> {
    let mut out = vec![];
    Link::new(TpduSize::STANDARD, 4000).send(message, &mut out);
    out
}

/// What a run took.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Took {
    /// Times that something was sent, and all answers waited for.
    pub rounds: usize,
    /// Requests.
    pub jobs: usize,
    /// The most requests without a reply.
    pub window: usize,
}

/// Runs `op` to its end; the replies of each round come in the order that `order` leaves them in, in pieces of `size`.
pub fn run<O: Operation>(
    op: &mut O,
    (client, server): &mut (Client, Server),
    plc: &mut Plc,
    size: usize,
    mut order: impl FnMut(&mut Vec<Vec<u8>>),
) -> Result<Took, Error> {
    let mut took = Took { rounds: 0, jobs: 0, window: 0 };
    loop {
        let (mut up, mut down) = (vec![], vec![]);
        let asked = client.ask(Owner(0), op, &mut up)?;
        took.jobs += asked.sent;
        took.window = took.window.max(client.in_flight());
        assert!(client.in_flight() <= client.limits().jobs.into(), "the window is exceeded");
        let longest = usize::from(client.limits().pdu) + 7;
        assert!(messages(&up).iter().all(|message| message.len() <= longest), "a job above the PDU");
        if client.in_flight() == 0 {
            assert_eq!(asked.want, Want::Nothing);
            return Ok(took);
        }
        for piece in up.chunks(size) {
            assert_eq!(server.receive(piece, plc, &mut down), Ok(Flow::Go));
        }
        let mut replies = messages(&down);
        assert!(replies.iter().all(|reply| reply.len() <= longest), "an answer above the PDU");
        order(&mut replies);
        for mut piece in replies.concat().chunks(size) {
            while let Some(arrival) = client.next(&mut piece)? {
                assert_eq!(arrival.owner, Some(Owner(0)));
                arrival.tag.deliver(op, arrival.message)?;
            }
        }
        took.rounds += 1;
    }
}
