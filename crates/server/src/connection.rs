//! One connection: read, answer and write in one turn of its task.
use crate::Options;
use crate::plus;
use crate::registry::{End, Peer, Phase, Registry};
use core::cell::RefCell;
use core::future::poll_fn;
use core::pin::Pin;
use core::sync::atomic::Ordering::Relaxed;
use core::task::{Context, Poll, ready};
use core::time::Duration;
use hepta_plc::{Session, Tsaps};
use hepta_proto::classic::server::{self as classic, Server};
use hepta_proto::iso::{ParameterCode, Tpdu};
use hepta_proto::plus::server as s7plus;
use hepta_proto::tap::{Sender, Tap};
use hepta_proto::wire::{Reader, Wire as _};
use socket2::SockRef;
use std::io;
use std::sync::Arc;
use tokio::io::{AsyncRead as _, AsyncWrite as _, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Sleep, sleep};
use tracing::{Span, debug};

/// Octets of one read. It bounds the burst of answers, and so what may wait for a slow peer: about 260 reads of 31 octets,
/// each answered with a PDU at most.
const INPUT: usize = 8 * 1024;

/// Room for answers that a thread keeps for the next turn.
const OUTPUT: usize = 64 * 1024;

thread_local! {
    /// Input and output of whichever connection this thread is busy with: a thousand idle connections own no buffer.
    static SCRATCH: RefCell<(Box<[u8]>, Vec<u8>)> = RefCell::new((vec![0; INPUT].into(), Vec::new()));
}

/// A connection and all that ends with it, in this order: who sees the socket closed finds its resource free, and who sees
/// the connection gone from the registry finds nothing left of it.
pub(crate) struct Task {
    side: Side,
    io: TcpStream,
    id: u64,
    peer: Arc<Peer>,
    shared: Leave,
    /// Answers that the socket did not take yet. Nothing is read while there are any.
    unsent: Vec<u8>,
    /// How many of them are gone.
    gone: usize,
    /// Until when they are held back: who guesses passwords waits.
    held: Option<Pin<Box<Sleep>>>,
    /// Close when they are.
    closing: Option<Why>,
    /// An answer is made as it is sent: go on with it when they are gone.
    more: bool,
    span: Span,
}

/// What all connections of a server share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) registry: Arc<Registry>,
    pub(crate) options: Options,
    pub(crate) plus: Arc<plus::Shared>,
}

/// What the peer speaks: whom it calls tells.
enum Side {
    /// Nothing yet, or the beginning of a connect request.
    New(Session, Vec<u8>),
    Classic(Server, Session),
    Plus(Box<s7plus::Server>, Box<plus::Session>),
    /// S7CommPlus by the TSAP, of a CPU that takes any TSAP for classic communication, too: the first octet of data tells. With the
    /// connect request.
    Either(Box<s7plus::Server>, Box<plus::Session>, Vec<u8>),
    /// For a moment, between two others.
    Gone,
}

/// What comes of some octets.
enum Flow {
    Go,
    Wait(Duration),
    Close(Why),
}

impl From<Result<s7plus::Flow, s7plus::Fault>> for Flow {
    fn from(flow: Result<s7plus::Flow, s7plus::Fault>) -> Self {
        match flow {
            Ok(s7plus::Flow::Go) => Self::Go,
            Ok(s7plus::Flow::Wait(time)) => Self::Wait(time),
            Ok(s7plus::Flow::Close) => Self::Close(Why::Protocol),
            Err(fault) => Self::Close(fault.into()),
        }
    }
}

/// Why a connection ended.
#[derive(Debug, thiserror::Error)]
enum Why {
    #[error("the peer closed it")]
    Peer,
    #[error("the peer disconnected, or was refused")]
    Protocol,
    #[error("{0}")]
    Fault(#[from] classic::Fault),
    #[error("{0}")]
    PlusFault(#[from] s7plus::Fault),
    #[error("{0}")]
    End(End),
    #[error("{0}")]
    Io(#[from] io::Error),
}

impl Task {
    pub(crate) fn new(io: TcpStream, session: Session, peer: Arc<Peer>, shared: Arc<Shared>) -> Self {
        let id = session.id();
        let span = tracing::debug_span!(target: "hepta::server", "connection", id);
        let (side, shared) = (Side::New(session, Vec::new()), Leave(shared, id));
        let unsent = Vec::new();
        let task = Self {
            side,
            io,
            id,
            peer,
            shared,
            unsent,
            gone: 0,
            held: None,
            closing: None,
            more: false,
            span,
        };
        task.with_tap(|tap| tap.opened(id));
        task
    }

    /// Serves the peer until one of both has enough.
    pub(crate) async fn run(mut self) {
        poll_fn(|cx| {
            self.peer.wakes(cx.waker());
            Poll::Ready(())
        })
        .await;
        let why = poll_fn(|cx| self.turn(cx)).await;
        debug!(
            target: "hepta::server",
            parent: &self.span,
            received = self.peer.received.load(Relaxed),
            sent = self.peer.sent.load(Relaxed),
            jobs = self.side.session().map_or(0, Session::jobs),
            "closed: {why}"
        );
    }

    /// As much as can be done now.
    fn turn(&mut self, cx: &mut Context<'_>) -> Poll<Why> {
        loop {
            let ending = self.peer.ending();
            if let Some(held) = &mut self.held {
                if let Some(end) = ending {
                    return Poll::Ready(Why::End(end));
                }
                ready!(held.as_mut().poll(cx));
                self.held = None;
            }
            if !self.unsent.is_empty() {
                if let Some(end) = ending.filter(|end| *end != End::Stop) {
                    return Poll::Ready(Why::End(end));
                }
                if let Err(error) = ready!(self.flush(cx)) {
                    return Poll::Ready(error.into());
                }
            }
            if let Some(why) = self.closing.take() {
                return Poll::Ready(why);
            }
            if let Some(end) = ending {
                return Poll::Ready(Why::End(end));
            }
            if self.more {
                let going = SCRATCH.with_borrow_mut(|(_, out)| {
                    out.clear();
                    let flow = self.side.resume(out);
                    self.say(flow, out)
                });
                if let Err(why) = going {
                    return Poll::Ready(why);
                }
                // One burst, then it is the turn of others on this thread.
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            if let Err(why) = ready!(SCRATCH.with_borrow_mut(|(input, out)| self.answer(cx, input, out))) {
                return Poll::Ready(why);
            }
        }
    }

    /// One read, all answers to it, one write.
    fn answer(&mut self, cx: &mut Context<'_>, input: &mut [u8], out: &mut Vec<u8>) -> Poll<Result<(), Why>> {
        // `poll_read`, not `try_read`: after a short read it knows that the socket is empty and saves asking again.
        let mut input = ReadBuf::new(input);
        ready!(Pin::new(&mut self.io).poll_read(cx, &mut input))?;
        let input = input.filled();
        if input.is_empty() {
            return Poll::Ready(Err(Why::Peer));
        }
        self.with_tap(|tap| tap.octets(self.id, Sender::Client, input));
        add(&self.peer.received, input.len());

        out.clear();
        let flow = self.side.receive(input, &self.shared.0, out);
        Poll::Ready(self.say(flow, out))
    }

    /// Sends what is to be said, as far as the socket takes it.
    fn say(&mut self, flow: Flow, out: &mut Vec<u8>) -> Result<(), Why> {
        self.more = self.side.is_sending();
        match flow {
            Flow::Go => {}
            Flow::Wait(time) => self.held = Some(Box::pin(sleep(time))),
            Flow::Close(why) => {
                if matches!(why, Why::PlusFault(s7plus::Fault::Reset(_))) {
                    // Closed like this, the peer gets a reset and no word, as CPUs do it. What cannot be set is closed all the same.
                    let _ = SockRef::from(&self.io).set_linger(Some(Duration::ZERO));
                }
                self.closing = Some(why);
            }
        }
        self.count();
        if self.held.is_some() {
            self.unsent = core::mem::take(out);
            self.note(true);
            return Ok(());
        }
        let sent = if out.is_empty() { 0 } else { or_none(self.io.try_write(out))? };
        self.sent(out.get(..sent).unwrap_or_default());
        if let Some(rest @ [_, ..]) = out.get(sent..) {
            self.unsent = rest.to_vec();
        }
        self.note(!out.is_empty());
        if out.capacity() > OUTPUT {
            out.clear();
            out.shrink_to(OUTPUT);
        }
        Ok(())
    }

    /// Writes what is unsent, all of it or until the socket takes no more.
    fn flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while let Some(rest @ [_, ..]) = self.unsent.get(self.gone..) {
            let sent = ready!(Pin::new(&mut self.io).poll_write(cx, rest))?;
            if sent == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            let part = self.gone..self.gone + sent;
            self.gone = part.end;
            self.sent(self.unsent.get(part).unwrap_or_default());
            // It takes some: its time starts anew.
            self.note(true);
        }
        (self.unsent, self.gone) = (Vec::new(), 0);
        self.note(true);
        Poll::Ready(Ok(()))
    }

    fn sent(&self, octets: &[u8]) {
        if !octets.is_empty() {
            self.with_tap(|tap| tap.octets(self.id, Sender::Server, octets));
            add(&self.peer.sent, octets.len());
        }
    }

    /// Shows the session's counters to whoever looks from outside.
    fn count(&self) {
        let Some(session) = self.side.session() else { return };
        self.peer.jobs.store(session.jobs(), Relaxed);
        self.peer.errors.store(session.refusals(), Relaxed);
        if let Some(limits) = session.limits() {
            let ([p0, p1], [j0, j1]) = (limits.pdu.to_be_bytes(), limits.jobs.to_be_bytes());
            self.peer.negotiated.store(u32::from_be_bytes([p0, p1, j0, j1]), Relaxed);
        }
    }

    /// Notes what the peer is waited for with.
    fn note(&self, whole: bool) {
        let phase = if self.held.is_some() {
            Phase::Idle
        } else if !self.unsent.is_empty() {
            Phase::Stalled
        } else if !self.side.is_up() {
            Phase::Handshake
        } else if self.side.is_half() {
            Phase::Half
        } else {
            Phase::Idle
        };
        self.peer.note(phase, whole, self.shared.0.registry.glances.load(Relaxed));
    }

    #[inline]
    fn with_tap(&self, tell: impl FnOnce(&dyn Tap)) {
        if let Some(tap) = &self.shared.0.options.tap {
            tell(&**tap);
        }
    }
}

impl Side {
    fn session(&self) -> Option<&Session> {
        match self {
            Self::New(session, _) | Self::Classic(_, session) => Some(session),
            Self::Plus(_, session) | Self::Either(_, session, _) => Some(session.of()),
            Self::Gone => None,
        }
    }
    fn is_up(&self) -> bool {
        match self {
            Self::Classic(server, _) => server.limits().is_some(),
            Self::Plus(server, _) | Self::Either(server, ..) => server.is_up(),
            Self::New(..) | Self::Gone => false,
        }
    }
    fn is_half(&self) -> bool {
        match self {
            Self::Classic(server, _) => server.is_half(),
            Self::Plus(server, _) | Self::Either(server, ..) => server.is_half(),
            Self::New(..) | Self::Gone => true,
        }
    }

    fn receive(&mut self, input: &[u8], shared: &Shared, out: &mut Vec<u8>) -> Flow {
        match self {
            Self::New(_, begun) => {
                begun.extend_from_slice(input);
                let Some(plus) = speaks_plus(begun) else { return Flow::Go };
                let Self::New(session, begun) = core::mem::replace(self, Self::Gone) else { return Flow::Go };
                let reference = reference(&session);
                let profile = session.plc().profile();
                *self = if plus {
                    let policy = plus::policy(profile);
                    let server = s7plus::Server::new(policy, reference);
                    let any = matches!(profile.tsaps, Tsaps::Any);
                    let session = plus::Session::new(session, Arc::clone(&shared.plus));
                    let (server, session) = (Box::new(server), Box::new(session));
                    if any {
                        Self::Either(server, session, begun.clone())
                    } else {
                        Self::Plus(server, session)
                    }
                } else {
                    Self::Classic(Server::new(profile.policy(), reference), session)
                };
                self.receive(&begun, shared, out)
            }
            Self::Either(server, _, request) if server.is_up() => {
                let first = classic_data(input);
                let request = core::mem::take(request);
                *self = match core::mem::replace(self, Self::Gone) {
                    Self::Either(_, session, _) if first => {
                        let mut session = session.into_inner();
                        let reference = reference(&session);
                        let mut server = Server::new(session.plc().profile().policy(), reference);
                        // It was confirmed already.
                        let mut confirmed = Vec::new();
                        match server.receive(&request, &mut session, &mut confirmed) {
                            Ok(classic::Flow::Go) => Self::Classic(server, session),
                            Ok(classic::Flow::Close) => return Flow::Close(Why::Protocol),
                            Err(fault) => return Flow::Close(fault.into()),
                        }
                    }
                    Self::Either(server, session, _) => Self::Plus(server, session),
                    other => other,
                };
                self.receive(input, shared, out)
            }
            Self::Classic(server, session) => match server.receive(input, session, out) {
                Ok(classic::Flow::Go) => Flow::Go,
                Ok(classic::Flow::Close) => Flow::Close(Why::Protocol),
                Err(fault) => Flow::Close(fault.into()),
            },
            Self::Plus(server, session) | Self::Either(server, session, _) => {
                server.receive(input, &mut **session, out).into()
            }
            Self::Gone => Flow::Close(Why::Protocol),
        }
    }
    fn is_sending(&self) -> bool {
        match self {
            Self::Plus(server, _) | Self::Either(server, ..) => server.is_sending(),
            _ => false,
        }
    }
    /// Goes on with an answer that is made as it is sent.
    fn resume(&mut self, out: &mut Vec<u8>) -> Flow {
        match self {
            Self::Plus(server, session) | Self::Either(server, session, _) => {
                server.resume(&mut **session, out).into()
            }
            // Others have none.
            _ => Flow::Go,
        }
    }
}

/// Our end of the transport connection. 0 is no reference; beyond 65,535 connections they start anew, for nobody looks at more
/// than one.
fn reference(session: &Session) -> u16 {
    u16::try_from(session.id() % 0xffff).unwrap_or(0) + 1
}

/// Does classic communication begin here: data, and 32 in it?
fn classic_data(input: &[u8]) -> bool {
    matches!(input, [3, _, _, _, 2, 0xf0, _, 0x32, ..])
}

/// Does the connect request call for S7CommPlus? `None`: it is not all here. What is no connect request is for classic
/// communication to refuse.
fn speaks_plus(begun: &[u8]) -> Option<bool> {
    let Some([3, _, l0, l1]) = begun.first_chunk::<4>() else {
        return if begun.first().is_some_and(|octet| *octet != 3) { Some(false) } else { None };
    };
    let len = usize::from(u16::from_be_bytes([*l0, *l1]));
    if !(SHORTEST_REQUEST..=LONGEST_REQUEST).contains(&len) {
        return Some(false);
    }
    let unit = begun.get(4..len)?;
    let Ok(Tpdu::Connect(request)) = Tpdu::read(&mut Reader::new(unit)) else { return Some(false) };
    let called = request.parameters.find(ParameterCode::CalledTsap).unwrap_or_default();
    Some(called.starts_with(b"SIMATIC-ROOT-"))
}

/// Octets of the shortest connect request: TPKT, and a head without parameters.
const SHORTEST_REQUEST: usize = 4 + 7;

/// Octets of the longest connect request: LI counts 254 at most, and ISO 8073 allows 32 of data.
const LONGEST_REQUEST: usize = 4 + 1 + 254 + 32;

/// What is shared, until the connection leaves.
struct Leave(Arc<Shared>, u64);

impl Drop for Leave {
    fn drop(&mut self) {
        if let Some(tap) = &self.0.options.tap {
            tap.closed(self.1);
        }
        self.0.registry.leave(self.1);
    }
}

/// One task counts, others only look: no need for an addition that is atomic.
#[inline]
fn add(counter: &core::sync::atomic::AtomicU64, octets: usize) {
    let octets = u64::try_from(octets).unwrap_or(u64::MAX);
    counter.store(counter.load(Relaxed).wrapping_add(octets), Relaxed);
}

fn or_none(written: io::Result<usize>) -> io::Result<usize> {
    match written {
        Err(e) if e.kind() == io::ErrorKind::WouldBlock => Ok(0),
        other => other,
    }
}
