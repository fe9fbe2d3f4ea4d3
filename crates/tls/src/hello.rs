//! What a CPU does before TLS does anything: it looks at the `ClientHello`, and resets the connection if it does not like it.
//!
//! Seen on real devices: a hello without TLS 1.3, without X25519, or with a group they do not know (X25519MLKEM768, x448,
//! secp521r1) ends with a TCP reset and no alert. Nothing else of the hello is judged here. Groups that a client makes up
//! (GREASE, RFC 8701) are groups that are not known, so they are reset, too.
//!
//! The library behind the seam hides groups it does not know, so this reads the records itself: cut anyhow, bounded.
use hepta_proto::tls::TlsError;
use hepta_proto::wire::{Malformed, Reader};

/// Octets of a connection, until its hello is whole.
#[derive(Debug, Default)]
pub struct Hello {
    /// All that came.
    held: Vec<u8>,
    /// How much of it are whole records.
    at: usize,
    /// What those records carry.
    message: Vec<u8>,
}

impl Hello {
    /// Takes what came. Gives back all octets, which are for TLS, once they hold a whole hello that a CPU takes.
    ///
    /// [`TlsError::Offer`] is the reset; [`TlsError::Peer`] is no hello at all, which is reset as well.
    pub fn receive(&mut self, octets: &[u8]) -> Result<Option<Vec<u8>>, TlsError> {
        self.held.extend_from_slice(octets);
        loop {
            let mut r = Reader::new(self.held.get(self.at..).unwrap_or_default());
            if r.left() > 0 && r.peek().first() != Some(&HANDSHAKE) {
                return Err(TlsError::Peer("no record of a handshake where the hello is due"));
            }
            if r.peek().get(1).is_some_and(|&major| major != 3) {
                return Err(TlsError::Peer("no version of TLS in the first record"));
            }
            let Ok(head) = r.array::<HEADER>("header") else { break };
            let [_, _, _, high, low] = head;
            let length = usize::from(u16::from_be_bytes([high, low]));
            if !(1..=MAX).contains(&length) {
                return Err(TlsError::Peer("a record of the hello has an impossible length"));
            }
            let Ok(part) = r.take(length, "record") else { break };
            self.message.extend_from_slice(part);
            self.at += HEADER + length;
            if let Some(whole) = whole(&self.message)? {
                judge(whole)?;
                return Ok(Some(core::mem::take(&mut self.held)));
            }
            // In records of one octet a hello takes six times its length; nobody sends that.
            if self.at > 2 * MAX {
                return Err(TlsError::Peer("the hello comes in too small pieces"));
            }
        }
        Ok(None)
    }
}

/// The body of the hello at the start of `message`, once it is there.
fn whole(message: &[u8]) -> Result<Option<&[u8]>, TlsError> {
    let mut r = Reader::new(message);
    let Ok(kind) = r.u8("type") else { return Ok(None) };
    if kind != CLIENT_HELLO {
        return Err(TlsError::Peer("the first message of the handshake is no hello"));
    }
    let Ok(length) = r.u24("length") else { return Ok(None) };
    match usize::try_from(length) {
        Ok(length) if length <= MAX => Ok(r.take(length, "body").ok()),
        _ => Err(TlsError::Peer("a hello of more than 16 KiB")),
    }
}

/// Would a CPU answer to this body of a `ClientHello`?
pub fn judge(body: &[u8]) -> Result<(), TlsError> {
    let offer = Offer::read(body).map_err(|bad| TlsError::Peer(bad.what))?;
    if !offer.tls13 {
        return Err(TlsError::Offer("the hello does not offer TLS 1.3"));
    }
    if !offer.x25519 {
        return Err(TlsError::Offer("the hello does not offer the group X25519"));
    }
    if offer.other {
        return Err(TlsError::Offer("the hello offers a group other than X25519, P-256 and P-384"));
    }
    Ok(())
}

/// What is judged.
#[derive(Debug, Default)]
struct Offer {
    tls13: bool,
    x25519: bool,
    /// A group that CPUs do not know.
    other: bool,
}

impl Offer {
    /// RFC 8446, 4.1.2: version, random, session id, suites, compression methods, extensions.
    fn read(body: &[u8]) -> Result<Self, Malformed> {
        let mut r = Reader::new(body);
        r.take(2 + 32, "random of the hello is cut")?;
        let n = r.u8("session id of the hello is cut")?;
        r.take(n.into(), "session id of the hello is cut")?;
        let n = r.u16("suites of the hello are cut")?;
        r.take(n.into(), "suites of the hello are cut")?;
        let n = r.u8("compression methods of the hello are cut")?;
        r.take(n.into(), "compression methods of the hello are cut")?;
        let mut offer = Self::default();
        // Before TLS 1.2 there was not even a length.
        if r.left() == 0 {
            return Ok(offer);
        }
        let n = r.u16("extensions of the hello are cut")?;
        let mut all = r.sub(n.into(), "extensions of the hello are cut")?;
        r.end("octets behind the extensions of the hello")?;
        let (mut groups, mut versions) = (false, false);
        while all.left() > 0 {
            let kind = all.u16("an extension of the hello is cut")?;
            let n = all.u16("an extension of the hello is cut")?;
            let mut extension = all.sub(n.into(), "an extension of the hello is cut")?;
            match kind {
                SUPPORTED_GROUPS => {
                    let n = extension.u16("groups of the hello are cut")?;
                    let mut list = extension.sub(n.into(), "groups of the hello are cut")?;
                    extension.end("octets behind the groups of the hello")?;
                    while list.left() > 0 {
                        match list.u16("half a group in the hello")? {
                            X25519 => offer.x25519 = true,
                            P256 | P384 => {}
                            _ => offer.other = true,
                        }
                    }
                    if core::mem::replace(&mut groups, true) {
                        return Err(all.bad("groups twice in the hello"));
                    }
                }
                SUPPORTED_VERSIONS => {
                    let n = extension.u8("versions of the hello are cut")?;
                    let mut list = extension.sub(n.into(), "versions of the hello are cut")?;
                    extension.end("octets behind the versions of the hello")?;
                    while list.left() > 0 {
                        offer.tls13 |= list.u16("half a version in the hello")? == TLS13;
                    }
                    if core::mem::replace(&mut versions, true) {
                        return Err(all.bad("versions twice in the hello"));
                    }
                }
                _ => {}
            }
        }
        Ok(offer)
    }
}

/// Type of a record.
const HANDSHAKE: u8 = 22;
/// Type of a message.
const CLIENT_HELLO: u8 = 1;
/// Type, version and length of a record.
const HEADER: usize = 5;
/// The longest record, and more than any hello needs.
const MAX: usize = 1 << 14;
const SUPPORTED_GROUPS: u16 = 10;
const SUPPORTED_VERSIONS: u16 = 43;
const TLS13: u16 = 0x0304;
const X25519: u16 = 0x001d;
const P256: u16 = 0x0017;
const P384: u16 = 0x0018;
