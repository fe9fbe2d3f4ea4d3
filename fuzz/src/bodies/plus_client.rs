//! Whatever a CPU sends to a client by S7CommPlus, during the handshake or with operations in flight: the window holds, no answer
//! reaches an operation that did not ask, and what an honest CPU says between the octets that are made up is right.
use super::oms::{Cpu, SESSION, Veil, veiled};
use arbitrary::{Result, Unstructured};
use hepta_proto::iso::{Request, TpduSize, Tsap};
use hepta_proto::machine::{Machine, Owner, Progress, Runs, Shake};
use hepta_proto::op::Want;
use hepta_proto::plus::client::{Client, Handshake, Wish};
use hepta_proto::plus::frame::Version;
use hepta_proto::plus::op::{Operation, ReadBlock, ReadItems, Span, WriteBlock};
use hepta_proto::plus::server::{Flow, Policy, Server};
use hepta_proto::plus::{ItemAddress, Security};
use hepta_proto::tls::Tls;

const POLICY: Policy = Policy { size: TpduSize::STANDARD, integrity: true, longest: 64 * 1024 };
const OWNER: Owner = Owner(3);

/// TLS or not, what is asked, how far the CPU is honest; then what it says.
pub fn run(data: &[u8]) {
    // Too short to say anything is no failure.
    let _ = script(&mut Unstructured::new(data));
}

struct End {
    server: Server,
    cpu: Cpu,
}

impl End {
    fn serve(&mut self, up: &[u8]) -> Vec<u8> {
        let mut down = vec![];
        assert_eq!(self.server.receive(up, &mut self.cpu, &mut down), Ok(Flow::Go), "a client's own octets");
        down
    }
}

fn script(u: &mut Unstructured<'_>) -> Result<()> {
    let tls: bool = u.arbitrary()?;
    let honest = u.int_in_range(0..=9u8)?;
    let mut up = vec![];
    let security = if tls { Security::Tls } else { Security::Open };
    let wish = Wish { longest: 100_000, ..Wish::new(Request::new(Tsap::from(0x0102)), security) };
    let veil: Box<dyn Tls> = Box::new(Veil::new(true));
    let mut shake = Handshake::new(wish, Some(veil), &mut up).expect("a short TSAP");
    let mut end = End { server: Server::new(POLICY, 9), cpu: Cpu::default() };
    for round in 0.. {
        let mut down = end.serve(&core::mem::take(&mut up));
        if round == honest {
            // From here on it is anybody.
            down = said(u, tls && round > 2)?;
        }
        match shake.receive(&down, &mut up) {
            Ok(Progress::More(_)) if up.is_empty() => return Ok(()),
            Ok(Progress::More(more)) => shake = more,
            Ok(Progress::Ready(client)) if round == honest => {
                drop(client);
                return Ok(());
            }
            Ok(Progress::Ready(client)) => return operate(u, client, end, tls),
            Err(_) => {
                assert_eq!(round, honest, "an honest CPU is no error");
                return Ok(());
            }
        }
        if round >= honest {
            // Whatever it asks for now, nobody is there.
            return Ok(());
        }
    }
    Ok(())
}

/// What somebody says: as it comes, in units, in frames, or as the answer to a number that may be right.
fn said(u: &mut Unstructured<'_>, tls: bool) -> Result<Vec<u8>> {
    let (how, n) = (u.int_in_range(0..=3u8)?, u.int_in_range(0..=300)?);
    let (version, function) =
        (u.int_in_range(1..=3u8)?, *u.choose(&[0x4ca, 0x4f2, 0x542, 0x54c, 0x586, 0x5b3, 0x4b1])?);
    let sequence = u.int_in_range(0..=20u8)?;
    let octets = u.bytes(n.min(u.len()))?;
    if how == 0 {
        return Ok(octets.to_vec());
    }
    let [f0, f1] = u16::to_be_bytes(function);
    let message = if how == 3 {
        [&[0x32, 0, 0, f0, f1, 0, 0, 0, sequence, 0x34], octets].concat()
    } else {
        octets.to_vec()
    };
    let version = Version(version);
    let framed = if how == 1 {
        message
    } else {
        {
            let [.., l0, l1] = message.len().to_be_bytes();
            [&[0x72, version.0, l0, l1], &message[..], &[0x72, version.0, 0, 0]].concat()
        }
    };
    let framed = if tls { veiled(&framed) } else { framed };
    let [l0, l1] = u16::try_from(framed.len() + 7).expect("a short piece").to_be_bytes();
    Ok([&[3, 0, l0, l1, 2, 0xf0, 0x80], &framed[..]].concat())
}

fn operate(u: &mut Unstructured<'_>, client: Client, end: End, tls: bool) -> Result<()> {
    let items: Vec<_> = (0..40).map(|lid| ItemAddress::new(0x8a0e_0002, [lid])).collect();
    let at = u.int_in_range(0..=100u32)?;
    match u.int_in_range(0..=2u8)? {
        0 => {
            let Some(values) = one(u, client, end, tls, ReadItems::new(&items[..]))? else { return Ok(()) };
            let values: Vec<_> =
                values.into_iter().map(|value| value.ok().and_then(|value| value.as_u32())).collect();
            assert_eq!(values, (0..40).map(Some).collect::<Vec<_>>());
        }
        1 => {
            let span = Span { area: 0x8a0e_0001, start: at, len: 3000 };
            let Some(read) = one(u, client, end, tls, ReadBlock::new(vec![span]))? else { return Ok(()) };
            let want = (at..at + 3000).map(|i| u8::try_from(i % 251).expect("below 251")).collect();
            assert_eq!(read, [Ok(want)]);
        }
        _ => {
            let Some(written) = one(u, client, end, tls, WriteBlock::new(0x8a0e_0001, at, &[7; 2000]))?
            else {
                return Ok(());
            };
            assert_eq!(written.octets, 2000);
        }
    }
    Ok(())
}

/// Runs an operation while somebody says something between the answers, at first or at times. Its result, if the CPU was honest
/// all the way.
fn one<O: Operation>(
    u: &mut Unstructured<'_>,
    mut client: Client,
    mut end: End,
    tls: bool,
    mut op: O,
) -> Result<Option<O::Output>> {
    assert_eq!(client.peer().session, SESSION);
    let (mut up, mut open, mut honest) = (vec![], 0, true);
    loop {
        let asked = match Runs::<O>::ask(&mut client, OWNER, &mut op, &mut up) {
            Ok(asked) => asked,
            Err(error) => panic!("nothing is wrong with what is asked: {error}"),
        };
        open += asked.sent;
        assert!(open <= 8 && client.in_flight() <= 8, "the window");
        if open == 0 && asked.want == Want::Nothing {
            assert!(!honest || client.in_flight() == 0);
            return Ok(honest.then(|| op.finish()));
        }
        let mut down = end.serve(&core::mem::take(&mut up));
        if !u.is_empty() && u.ratio(1, 2)? {
            honest = false;
            let made_up = said(u, tls)?;
            if u.arbitrary()? {
                down = [made_up, down].concat();
            } else {
                down.extend(made_up);
            }
        }
        let (mut input, before) = (&down[..], open);
        loop {
            let arrival = match client.next(&mut input, &mut up) {
                Ok(Some(arrival)) => arrival,
                Ok(None) => break,
                Err(error) => {
                    assert!(!honest, "{error}");
                    return Ok(None);
                }
            };
            if arrival.owner != Some(OWNER) {
                assert_eq!(arrival.owner, None);
                continue;
            }
            match <Client as Runs<O>>::deliver(arrival.tag, &mut op, arrival.message) {
                Ok(n) => open = usize::checked_sub(open, n).expect("an answer that was not asked for"),
                Err(error) => {
                    assert!(!honest, "{error}");
                    client.abandon(OWNER);
                    return Ok(None);
                }
            }
        }
        if open == before {
            assert!(!honest, "it hangs");
            return Ok(None);
        }
    }
}
