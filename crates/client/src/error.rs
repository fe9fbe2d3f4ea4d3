//! Why something failed: what was attempted, where, and who is at fault.
use crate::plus::{Change, LoginError, SymbolError};
use core::fmt;
use core::time::Duration;
use hepta_proto::classic::Area;
use hepta_proto::classic::op::{Report, Span};
use hepta_proto::classic::szl::SzlId;
use hepta_proto::classic::tags::TagError;
use hepta_proto::iso::{DisconnectReason, TsapError};
use hepta_proto::tls::TlsError;
use std::io;
use std::sync::Arc;

/// A failed attempt. One word wide, and cheap to pass on: when a connection ends, all its callers hear the same.
///
/// ```
/// # use hepta::{Error, ErrorKind};
/// fn again(e: &Error) -> bool {
///     match e.kind() {
///         ErrorKind::Timeout(_) => true,
///         _ => e.is_transient(),
///     }
/// }
/// ```
#[derive(Clone, PartialEq)]
pub struct Error(Box<Inner>);

#[derive(Clone, PartialEq)]
struct Inner {
    attempt: Attempt,
    endpoint: Arc<str>,
    kind: ErrorKind,
    elapsed: Duration,
}

/// What went wrong.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The network.
    #[error("{0}")]
    Io(io::ErrorKind),
    /// The host's name has no address, or nobody can be asked for it.
    #[error("the host name cannot be resolved")]
    Lookup,
    /// The peer closed the connection.
    #[error("the peer closed the connection")]
    Closed,
    /// The peer ended a connection that was up.
    #[error("the peer ended the connection: {0} ({code:02x})", code = .0.0)]
    Ended(DisconnectReason),
    /// The peer was silent for too long.
    #[error("no {0} in time")]
    Timeout(Phase),
    /// The connection was dropped while this call ran: other calls had timed out, and nothing was heard in between.
    #[error("the peer fell silent, and the connection was given up")]
    Silent,
    /// The peer refused, or its octets make no sense.
    #[error(transparent)]
    Protocol(#[from] hepta_proto::Error),
    /// The caller's own. Nothing was sent.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A password was refused, or could not be given.
    #[error(transparent)]
    Login(#[from] LoginError),
    /// The caller's own: a symbol that is none, or that is not there.
    #[error(transparent)]
    Symbol(Box<SymbolError>),
    /// The program of the PLC is another than the one that symbols were looked up in. Browse again.
    #[error("the program of the PLC has changed: {0}")]
    Changed(Box<Change>),
    /// The caller's own: the client was closed. `connect` opens it again.
    #[error("this client was closed")]
    Shut,
}

/// What was waited for in vain.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Phase {
    /// The TCP connection.
    Connect,
    /// The transport connection and the setup.
    Negotiate,
    /// The answer to a request.
    Request,
}

/// What a caller asked for that cannot be.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// An address or a value that cannot be asked for.
    #[error(transparent)]
    Tag(#[from] TagError),
    /// The same by S7CommPlus.
    #[error(transparent)]
    PlusTag(#[from] hepta_proto::plus::tags::TagError),
    /// The write gate is closed.
    #[error("this client may not change the PLC: `allow_writes(true)` or `?write=1` opens the gate")]
    WriteGate,
    /// A password for a session without TLS.
    #[error("a password is sent by TLS alone, and security=open was asked for")]
    OpenPassword,
    /// A TSAP, rack or slot that cannot be.
    #[error(transparent)]
    Tsap(#[from] TsapError),
    /// A host name of no letters.
    #[error("no host is given")]
    NoHost,
    /// A PDU that no CPU agrees to.
    #[error("a PDU of {0} octets cannot be asked for: 112 to 8000 can")]
    Pdu(u16),
    /// Names, of a PLC that is spoken to by classic S7.
    #[error("classic S7 knows no names, and this PLC is spoken to by that: give addresses (DB1.DBD4:REAL)")]
    NoNames,
    /// Nothing could ever be asked.
    #[error("{0} jobs at a time cannot be asked for: 1 to 1000 can")]
    Jobs(u16),
    /// A time-out that is over at once.
    #[error("a {0} time-out of zero lets nothing through")]
    NoTime(&'static str),
    /// A heartbeat that would never rest.
    #[error("a heartbeat without a pause cannot be: give it an interval, or turn it off")]
    NoPause,
    /// Data that does not fill what it is written to.
    #[error("item {item} has {span} octets, and {data} were given to write into it")]
    Length {
        /// Which item, from 0.
        item: usize,
        /// Octets of the item.
        span: u32,
        /// Octets given.
        data: usize,
    },
    /// More than one message may hold.
    #[error("a message of {0} octets is too long: {most} is the most", most = crate::iso::LONGEST)]
    Message(usize),
}

/// What was attempted.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Attempt {
    /// To connect and agree on limits.
    Connect,
    /// To connect to a PLC of which nothing but the host was given, and to find out what it speaks.
    Choose,
    /// To take in a peer that connects.
    Accept,
    /// To read one item.
    Read(Span),
    /// To read that many items.
    ReadMany(usize),
    /// To write one item.
    Write(Span),
    /// To write that many items.
    WriteMany(usize),
    /// To read a system state list.
    Szl(SzlId, u16),
    /// To read the object with that relation id.
    Object(u32),
    /// To change an attribute of the object with that relation id.
    SetObject(u32),
    /// To browse the program, or a part of it.
    Browse,
    /// To learn what the CPU is doing, or has.
    State,
    /// To let the CPU's program run.
    Start,
    /// To stop the CPU's program.
    Stop,
    /// To give a password.
    Login,
    /// Any other operation.
    Run,
    /// To learn whether the peer is still there.
    Heartbeat,
    /// To send a message of that many octets.
    Send(usize),
    /// To receive a message.
    Receive,
    /// To close the connection.
    Close,
}

/// A write that failed, with what became of each piece: nothing is lost.
///
/// After a broken connection the pieces that had left are [`Outcome::Unknown`](hepta_proto::classic::op::Outcome::Unknown): the
/// PLC may have written them or not, and the client never tries them again by itself.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{error}")]
pub struct WriteError {
    /// What became of each piece; empty if the items themselves could not be.
    pub report: Report,
    /// Why.
    #[source]
    pub error: Error,
}

impl Error {
    pub(crate) fn new(
        attempt: Attempt,
        endpoint: &Arc<str>,
        kind: impl Into<ErrorKind>,
        elapsed: Duration,
    ) -> Self {
        Self(Box::new(Inner { attempt, endpoint: Arc::clone(endpoint), kind: kind.into(), elapsed }))
    }
    /// What was attempted.
    pub fn attempt(&self) -> Attempt {
        self.0.attempt
    }
    /// With whom: `host:port`.
    pub fn endpoint(&self) -> &str {
        &self.0.endpoint
    }
    /// What went wrong.
    pub fn kind(&self) -> &ErrorKind {
        &self.0.kind
    }
    /// How long it was tried.
    pub fn elapsed(&self) -> Duration {
        self.0.elapsed
    }
    /// The number the peer gave its refusal.
    pub fn code(&self) -> Option<u64> {
        match self.kind() {
            ErrorKind::Protocol(e) => e.code(),
            ErrorKind::Ended(reason) => Some(reason.0.into()),
            ErrorKind::Login(LoginError::Refused(outcome) | LoginError::Before(outcome)) => Some(outcome.0),
            _ => None,
        }
    }
    /// What the user should do, where there is something.
    pub fn hint(&self) -> Option<&'static str> {
        let there = !matches!(
            self.kind(),
            ErrorKind::Lookup
                | ErrorKind::Timeout(Phase::Connect)
                | ErrorKind::Io(io::ErrorKind::ConnectionRefused)
        );
        if self.0.attempt == Attempt::Choose && there && !self.is_authentication() {
            return Some(
                "the PLC did not say itself that it has no TLS or no S7CommPlus, so nothing weaker was tried: ask for s7:// if it is \
                 to be classic S7, or for s7plus:// with the security that is wanted",
            );
        }
        self.0.kind.hint()
    }
    /// The same of a PLC of which nothing but the host was given.
    pub(crate) fn choosing(mut self) -> Self {
        self.0.attempt = Attempt::Choose;
        self
    }
    /// Is it about who may: a certificate that is not accepted, or a password that was refused or could not be given?
    pub fn is_authentication(&self) -> bool {
        self.0.kind.is_authentication()
    }
    /// May the same go well next time? True of the network (connect, send, receive, reset, time-out), never of a refusal, of
    /// configuration or of the write gate.
    pub fn is_transient(&self) -> bool {
        self.0.kind.is_transient()
    }
}

impl From<SymbolError> for ErrorKind {
    fn from(error: SymbolError) -> Self {
        Self::Symbol(Box::new(error))
    }
}

impl From<Change> for ErrorKind {
    fn from(change: Change) -> Self {
        Self::Changed(Box::new(change))
    }
}

impl ErrorKind {
    /// What the user should do, where there is something.
    pub fn hint(&self) -> Option<&'static str> {
        Some(match self {
            Self::Io(io::ErrorKind::ConnectionRefused) => {
                "nobody listens there: check address and port (102), and that the CPU's S7 server is not switched off"
            }
            Self::Timeout(Phase::Connect) | Self::Io(io::ErrorKind::HostUnreachable) => {
                "nobody answers at that address: check cable, address, subnet mask and firewall (TCP port 102)"
            }
            Self::Timeout(Phase::Negotiate) => {
                "somebody listens there but does not speak S7: check the port, and whether all connections are taken"
            }
            Self::Timeout(Phase::Request) => {
                "the CPU is busy or unplugged; a longer request time-out may help"
            }
            Self::Lookup => "check the spelling, or give the address itself",
            Self::Closed => {
                "closed at once after connecting, this means that no connection resource is free, or the wrong rack and slot"
            }
            Self::Protocol(hepta_proto::Error::Tls(e)) => return tls_hint(e),
            Self::Protocol(e) => return e.hint(),
            Self::Login(e) => return e.hint(),
            Self::Config(ConfigError::OpenPassword) => "ask for security=tls, or leave the password away",
            Self::Changed(_) => "browse again, and look symbols up once more",
            Self::Config(ConfigError::WriteGate) => "open the gate only where writing is meant",
            _ => return None,
        })
    }
    /// Is it about who may: a certificate that is not accepted, or a password that was refused or could not be given?
    pub const fn is_authentication(&self) -> bool {
        matches!(
            self,
            Self::Login(_)
                | Self::Config(ConfigError::OpenPassword)
                | Self::Protocol(hepta_proto::Error::Tls(
                    TlsError::Unknown(_) | TlsError::Changed { .. } | TlsError::Certificate(_)
                ))
        )
    }
    /// May the same go well next time?
    pub const fn is_transient(&self) -> bool {
        match self {
            Self::Io(_) | Self::Lookup | Self::Closed | Self::Ended(_) | Self::Timeout(_) | Self::Silent => {
                true
            }
            Self::Protocol(_)
            | Self::Config(_)
            | Self::Login(_)
            | Self::Symbol(_)
            | Self::Changed(_)
            | Self::Shut => false,
        }
    }
    /// Of a request that is part of connecting.
    pub(crate) fn negotiating(self) -> Self {
        match self {
            Self::Timeout(_) | Self::Silent => Self::Timeout(Phase::Negotiate),
            Self::Ended(reason) => hepta_proto::Error::Disconnected(reason).into(),
            kind => kind,
        }
    }
    /// Of a connection that was up: a DR is its end then, and no refusal, and so is the end of TLS.
    pub(crate) fn fault(e: hepta_proto::Error) -> Self {
        match e {
            hepta_proto::Error::Disconnected(reason) => Self::Ended(reason),
            hepta_proto::Error::Tls(TlsError::Closed) => Self::Closed,
            e => Self::Protocol(e),
        }
    }
}

/// What to do where TLS did not come to be.
const fn tls_hint(e: &TlsError) -> Option<&'static str> {
    Some(match e {
        TlsError::Unknown(_) => {
            "compare the fingerprint with the CPU's (TIA Portal: Certificate manager), then accept it by `trust`: Trust::first_use, \
             a pin or an authority; hepta: --trust-first, --pin HEX, or --insecure where nothing is at stake"
        }
        TlsError::Changed { .. } => {
            "somebody may be in between; if the CPU was given another certificate on purpose, take the old one out of the store of \
             known certificates, or pin the new one (`trust`; hepta: --pin HEX)"
        }
        TlsError::Certificate(_) => {
            "give the CPU a valid certificate, or accept this one by its fingerprint (`trust`; hepta: --trust-first, --pin HEX)"
        }
        TlsError::Alert(_) | TlsError::Offer(_) => {
            "S7-1200 from firmware 4.5 and S7-1500 from 2.9 take TLS 1.3 with the profile that is offered; is that an S7 CPU?"
        }
        _ => return None,
    })
}

impl From<io::Error> for ErrorKind {
    fn from(e: io::Error) -> Self {
        match e.kind() {
            io::ErrorKind::UnexpectedEof => Self::Closed,
            kind => Self::Io(kind),
        }
    }
}

impl From<WriteError> for Error {
    fn from(e: WriteError) -> Self {
        e.error
    }
}

impl core::error::Error for Error {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match &self.0.kind {
            ErrorKind::Protocol(e) => Some(e),
            ErrorKind::Config(e) => Some(e),
            ErrorKind::Login(e) => Some(e),
            _ => None,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { attempt, endpoint, kind, .. } = &*self.0;
        let by = if *attempt == Attempt::Accept { "from" } else { "at" };
        write!(f, "{attempt} {by} {endpoint}: {kind}")
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { attempt, endpoint, kind, elapsed } = &*self.0;
        let mut out = f.debug_struct("Error");
        out.field("attempt", attempt).field("endpoint", endpoint);
        out.field("kind", kind).field("elapsed", elapsed).finish()
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Connect => "connection",
            Self::Negotiate => "agreement on the connection",
            Self::Request => "answer",
        })
    }
}

impl fmt::Display for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connect => f.write_str("connecting"),
            Self::Choose => f.write_str("connecting by whatever the PLC speaks"),
            Self::Accept => f.write_str("taking in a connection"),
            Self::Read(span) => place(f, "reading", span),
            Self::ReadMany(1) => f.write_str("reading 1 item"),
            Self::ReadMany(n) => write!(f, "reading {n} items"),
            Self::Write(span) => place(f, "writing", span),
            Self::WriteMany(1) => f.write_str("writing 1 item"),
            Self::WriteMany(n) => write!(f, "writing {n} items"),
            Self::Szl(id, index) => write!(f, "reading list {:04x} index {index:04x}", id.0),
            Self::Object(rid) => write!(f, "reading object {rid}"),
            Self::SetObject(rid) => write!(f, "changing object {rid}"),
            Self::Browse => f.write_str("browsing the program"),
            Self::State => f.write_str("asking for the CPU's state"),
            Self::Start => f.write_str("starting the CPU"),
            Self::Stop => f.write_str("stopping the CPU"),
            Self::Login => f.write_str("giving the password"),
            Self::Run => f.write_str("an operation"),
            Self::Heartbeat => f.write_str("the heartbeat"),
            Self::Send(n) => write!(f, "sending {n} octets"),
            Self::Receive => f.write_str("receiving"),
            Self::Close => f.write_str("closing"),
        }
    }
}

/// `reading DB9 from 0 (4 octets)`, `writing Flags bit 3.5`.
fn place(f: &mut fmt::Formatter<'_>, verb: &str, span: &Span) -> fmt::Result {
    let Span { area, db, start, len, bit, .. } = span;
    match *area {
        Area::Db => write!(f, "{verb} DB{db}")?,
        Area::InstanceDb => write!(f, "{verb} DI{db}")?,
        area => write!(f, "{verb} {area}")?,
    }
    match (bit, *area) {
        (Some(bit), _) => write!(f, " bit {start}.{bit}"),
        (None, Area::Timers | Area::Counters) => write!(f, " from {start} (count {})", len / 2),
        (None, _) => write!(f, " from {start} ({len} octet{})", if *len == 1 { "" } else { "s" }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hepta_proto::classic::ReturnCode;

    #[test]
    fn an_end_is_a_refusal_only_while_connecting() {
        let refused = hepta_proto::Error::Disconnected(DisconnectReason::AddressUnknown);
        let ended = ErrorKind::fault(refused.clone());
        assert_eq!(ended, ErrorKind::Ended(DisconnectReason::AddressUnknown));
        assert_eq!(ended.negotiating(), ErrorKind::Protocol(refused));
        assert!(ErrorKind::fault(TlsError::Closed.into()).is_transient());
    }

    #[test]
    fn it_says_what_was_attempted() {
        let at: Arc<str> = "192.0.2.1:102".into();
        let refused = hepta_proto::Error::Item(ReturnCode::NoObject);
        let e = Error::new(Attempt::Read(Span::db(9, 0, 4)), &at, refused, Duration::ZERO);
        assert_eq!(
            e.to_string(),
            "reading DB9 from 0 (4 octets) at 192.0.2.1:102: the CPU refused: object does not exist (0a)"
        );
        assert_eq!((e.code(), e.is_transient()), (Some(0x0a), false));
        assert!(e.hint().is_some() && core::error::Error::source(&e).is_some());
        assert_eq!(size_of::<Error>(), size_of::<usize>());
        let bit = Attempt::Write(Span::bit(Area::Flags, 0, 3, 5)).to_string();
        assert_eq!(bit, "writing Flags bit 3.5");
    }
}
