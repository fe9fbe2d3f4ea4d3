//! One connection: read, answer and write in one turn of its task.
use crate::Options;
use crate::registry::{End, Peer, Phase, Registry};
use core::cell::RefCell;
use core::future::poll_fn;
use core::pin::Pin;
use core::sync::atomic::Ordering::Relaxed;
use core::task::{Context, Poll, ready};
use hepta_plc::Session;
use hepta_proto::classic::server::{Fault, Flow, Server};
use hepta_proto::tap::{Sender, Tap};
use std::io;
use std::sync::Arc;
use tokio::io::{AsyncRead as _, AsyncWrite as _, ReadBuf};
use tokio::net::TcpStream;
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
    session: Session,
    io: TcpStream,
    server: Server,
    peer: Arc<Peer>,
    shared: Leave,
    /// Answers that the socket did not take yet. Nothing is read while there are any.
    unsent: Vec<u8>,
    /// How many of them are gone.
    gone: usize,
    /// Close when they are.
    closing: Option<Why>,
    span: Span,
}

/// What all connections of a server share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) registry: Arc<Registry>,
    pub(crate) options: Options,
}

/// Why a connection ended.
#[derive(Debug, thiserror::Error)]
enum Why {
    #[error("the peer closed it")]
    Peer,
    #[error("the peer disconnected, or was refused")]
    Protocol,
    #[error("{0}")]
    Fault(#[from] Fault),
    #[error("{0}")]
    End(End),
    #[error("{0}")]
    Io(#[from] io::Error),
}

impl Task {
    pub(crate) fn new(io: TcpStream, session: Session, peer: Arc<Peer>, shared: Arc<Shared>) -> Self {
        let id = session.id();
        // 0 is no reference; beyond 65,535 connections they start anew, for nobody looks at more than one.
        let reference = u16::try_from(id % 0xffff).unwrap_or(0) + 1;
        let server = Server::new(session.plc().profile().policy(), reference);
        let span = tracing::debug_span!(target: "hepta::server", "connection", id);
        let shared = Leave(shared, id);
        let task =
            Self { io, server, session, peer, shared, unsent: Vec::new(), gone: 0, closing: None, span };
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
            jobs = self.session.jobs(),
            "closed: {why}"
        );
    }

    /// As much as can be done now.
    fn turn(&mut self, cx: &mut Context<'_>) -> Poll<Why> {
        loop {
            let ending = self.peer.ending();
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
        self.with_tap(|tap| tap.octets(self.session.id(), Sender::Client, input));
        add(&self.peer.received, input.len());

        out.clear();
        match self.server.receive(input, &mut self.session, out) {
            Ok(Flow::Go) => {}
            Ok(Flow::Close) => self.closing = Some(Why::Protocol),
            Err(fault) => self.closing = Some(fault.into()),
        }
        self.count();
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
        Poll::Ready(Ok(()))
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
            self.with_tap(|tap| tap.octets(self.session.id(), Sender::Server, octets));
            add(&self.peer.sent, octets.len());
        }
    }

    /// Shows the session's counters to whoever looks from outside.
    fn count(&self) {
        self.peer.jobs.store(self.session.jobs(), Relaxed);
        self.peer.errors.store(self.session.refusals(), Relaxed);
        if let Some(limits) = self.session.limits() {
            let ([p0, p1], [j0, j1]) = (limits.pdu.to_be_bytes(), limits.jobs.to_be_bytes());
            self.peer.negotiated.store(u32::from_be_bytes([p0, p1, j0, j1]), Relaxed);
        }
    }

    /// Notes what the peer is waited for with.
    fn note(&self, whole: bool) {
        let phase = if !self.unsent.is_empty() {
            Phase::Stalled
        } else if self.server.limits().is_none() {
            Phase::Handshake
        } else if self.server.is_half() {
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
