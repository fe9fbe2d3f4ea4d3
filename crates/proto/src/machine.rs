//! What a driver needs to know of a protocol: a handshake, then a table of who asked what. The asking ends of all protocols are
//! [`Machine`]s, so sockets, time-outs, reconnecting and the sharing of one connection are written once.
//!
//! ```text
//!  Shake ── receive ──> Machine        ask      octets of requests, by owner
//!   (sends its first                   next     whole messages, and whose they are
//!    octets when made)                 deliver  a message to its operation, here or in the owner's task
//! ```
use crate::error::Error;
use crate::op::Want;
use alloc::vec::Vec;
use core::fmt;

/// Who runs an operation: the driver's own number for it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Owner(pub usize);

/// What one round of asking came to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Asked {
    /// Requests appended; as many replies will come.
    pub sent: usize,
    /// What the operation still wants: `Ask` means that there was no room.
    pub want: Want,
}

/// What came, and for whom. Without an owner it is the late reply to a request that was given up, or one nobody asked for:
/// drop it.
#[derive(Clone, Copy, Debug)]
pub struct Arrival<'a, T> {
    /// Whose it is.
    pub owner: Option<Owner>,
    /// What it is; with `message` it makes an event, here or in the owner's task.
    pub tag: T,
    /// The whole message.
    pub message: &'a [u8],
}

/// The asking end of one protocol, connected.
///
/// After each call that is given `out`, send what was appended. After each read, call [`Machine::next`] until it gives `None`.
pub trait Machine: fmt::Debug + Send {
    /// What a message is to its owner: all that [`Runs::deliver`] has to know besides the message, for it may be called later,
    /// without the machine.
    type Tag: Copy + fmt::Debug + Send;

    /// The next arrival in `input`; `None` once all is used up. What the machine has to say of itself (a record of TLS, an
    /// acknowledgement) is appended to `out`, also without an arrival. An error ends the connection; what was appended before it
    /// (an alert) should still go out.
    fn next<'a, 'i: 'a>(
        &'a mut self,
        input: &mut &'i [u8],
        out: &mut Vec<u8>,
    ) -> Result<Option<Arrival<'a, Self::Tag>>, Error>;

    /// Is there room for one more request?
    fn has_room(&self) -> bool;

    /// Gives up all of `owner`. Its requests stay in the table, without an owner, until they are answered.
    fn abandon(&mut self, owner: Owner);

    /// Appends the polite end of the connection.
    fn close(&mut self, out: &mut Vec<u8>);
}

/// A machine that can run operations of the kind `O`. The life of an operation is told at [`Operation`](crate::op::Operation).
pub trait Runs<O>: Machine {
    /// What the caller gets.
    type Output;

    /// What `op` needs now.
    fn want(op: &O) -> Want;

    /// May it change the PLC? Then a driver asks its write gate first, and never sends it twice.
    fn changes(op: &O) -> bool;

    /// Lets `op` append what it wants to send, while there is room. An error is this operation's alone, and what it had begun to
    /// write is not in `out`.
    fn ask(&mut self, owner: Owner, op: &mut O, out: &mut Vec<u8>) -> Result<Asked, Error>;

    /// Hands a message to `op`. Gives how many of its requests are answered by it: 1, or 0 for what it did not ask for.
    fn deliver(tag: Self::Tag, op: &mut O, message: &[u8]) -> Result<usize, Error>;

    /// The result, once `op` wants nothing and all its requests are answered.
    fn finish(op: O) -> Self::Output;
}

/// A handshake, from its first octets to a machine. Nothing can be asked before.
pub trait Shake: Sized + fmt::Debug + Send {
    /// What comes out of it.
    type Machine: Machine;

    /// Takes what came, cut anyhow; appends what to send, also when it fails: an alert should still go out.
    fn receive(self, input: &[u8], out: &mut Vec<u8>) -> Result<Progress<Self>, Error>;
}

/// How far a handshake is.
#[derive(Debug)]
pub enum Progress<S: Shake> {
    /// Send what was appended, and receive more.
    More(S),
    /// Done. Send what was appended, if anything was.
    Ready(S::Machine),
}
