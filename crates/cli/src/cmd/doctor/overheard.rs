//! What a CPU has said until a handshake ended: an error tells what went wrong, not how far it came.
use core::fmt;
use hepta_proto::iso::{Arrival, Link, Tpdu, TpduCode, TpduSize};
use hepta_proto::tap::{Sender, Tap};
use hepta_proto::wire::{Malformed, Reader};
use std::sync::{Arc, Mutex, PoisonError};

/// Listens to one attempt to connect, and lets another hear it, too.
pub(super) struct Overheard {
    beside: Option<Arc<dyn Tap>>,
    said: Mutex<Said>,
}

struct Said {
    link: Link,
    far: Far,
    /// The first octets of TLS that the CPU sent.
    tls: Vec<u8>,
}

/// How far it came.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Far {
    /// The transport was confirmed.
    pub(super) confirmed: bool,
    /// The first request was answered.
    pub(super) answered: bool,
    /// What TLS was agreed on.
    pub(super) hello: Option<ServerHello>,
}

/// Octets that a `ServerHello` needs at most: it has nothing in it that could be longer.
const HELLO: usize = 1024;

impl Overheard {
    pub(super) fn new(beside: Option<Arc<dyn Tap>>) -> Self {
        let link = Link::new(TpduSize::STANDARD, 65_535);
        Self { beside, said: Mutex::new(Said { link, far: Far::default(), tls: Vec::new() }) }
    }
    pub(super) fn far(&self) -> Far {
        let said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        Far { hello: ServerHello::read(&said.tls).ok(), ..said.far }
    }
}

impl Tap for Overheard {
    fn octets(&self, connection: u64, sender: Sender, mut octets: &[u8]) {
        if let Some(tap) = &self.beside {
            tap.octets(connection, sender, octets);
        }
        if sender == Sender::Client {
            return;
        }
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        let Said { link, far, tls } = &mut *said;
        // Whatever makes no sense is told by the client.
        while let Ok(Some(arrival)) = link.next(&mut octets) {
            match arrival {
                Arrival::Control(Tpdu::Connect(confirm)) if confirm.code == TpduCode::ConnectConfirm => {
                    far.confirmed = true;
                }
                Arrival::Message(_) if !far.answered => far.answered = true,
                Arrival::Message(part) => {
                    let room = HELLO.saturating_sub(tls.len());
                    tls.extend(part.iter().take(room));
                }
                Arrival::Control(_) => {}
            }
        }
    }
    fn opened(&self, connection: u64) {
        if let Some(tap) = &self.beside {
            tap.opened(connection);
        }
    }
    fn closed(&self, connection: u64) {
        if let Some(tap) = &self.beside {
            tap.closed(connection);
        }
    }
}

/// What a server of TLS 1.3 chose (RFC 8446, 4.1.3): said in the clear.
///
/// ```text
///  16 0303 llll | 02 llllll | 0303 | 32 of chance | n session id | suite | 00 | llll extensions: type, llll, octets
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct ServerHello {
    suite: u16,
    /// Of the key share, extension 51.
    group: Option<u16>,
}

impl ServerHello {
    fn read(octets: &[u8]) -> Result<Self, Malformed> {
        let mut r = Reader::new(octets);
        r.take(5 + 4 + 2 + 32, "heads and chance")?;
        let session = r.u8("length of the session id")?;
        r.take(session.into(), "session id")?;
        let suite = r.u16("suite")?;
        r.take(1, "compression")?;
        let length = r.u16("length of the extensions")?;
        let mut extensions = r.sub(length.into(), "extensions")?;
        let mut group = None;
        while extensions.left() > 0 {
            let kind = extensions.u16("type of an extension")?;
            let length = extensions.u16("length of an extension")?;
            let mut extension = extensions.sub(length.into(), "extension")?;
            if kind == 51 {
                group = Some(extension.u16("group")?);
            }
        }
        Ok(Self { suite, group })
    }
}

impl fmt::Display for ServerHello {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.suite {
            0x1301 => f.write_str("TLS_AES_128_GCM_SHA256"),
            0x1302 => f.write_str("TLS_AES_256_GCM_SHA384"),
            0x1303 => f.write_str("TLS_CHACHA20_POLY1305_SHA256"),
            other => write!(f, "suite {other:04x}"),
        }?;
        match self.group {
            None => Ok(()),
            Some(0x001d) => f.write_str(", group x25519"),
            Some(0x0017) => f.write_str(", group secp256r1"),
            Some(0x0018) => f.write_str(", group secp384r1"),
            Some(other) => write!(f, ", group {other:04x}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// With a session id of two octets, the supported versions and a key share cut to its first octet.
    fn hello(group: &[u8]) -> Vec<u8> {
        let extensions = [&[0, 43, 0, 2, 3, 4, 0, 51, 0, 5][..], group, &[0, 1, 9]].concat();
        let length = u8::try_from(extensions.len()).unwrap();
        let heads = [0x16, 3, 3, 0, 0, 2, 0, 0, 0, 3, 3];
        [&heads[..], &[7; 32], &[2, 1, 1, 0x13, 0x02, 0, 0, length], &extensions].concat()
    }

    #[test]
    fn what_was_agreed_on_is_read_off_the_servers_hello() {
        let whole = hello(&[0, 0x1d]);
        assert_eq!(ServerHello::read(&whole).unwrap().to_string(), "TLS_AES_256_GCM_SHA384, group x25519");
        assert_eq!(ServerHello::read(&hello(&[1, 2])).unwrap().group, Some(0x0102));
        for cut in 0..whole.len() {
            assert!(ServerHello::read(&whole[..cut]).is_err(), "{cut}");
        }
    }
}
