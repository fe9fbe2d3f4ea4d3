//! rustls 0.23 in the shape of [`Tls`].
use crate::client::Check;
use crate::hello::Hello;
use crate::{certificate, profile, trust};
use core::fmt;
use hepta_proto::tls::{Print, Tls, TlsError};
use rustls::{AlertDescription, Connection, PeerIncompatible};
use std::io::{BufRead as _, Write as _};
use std::sync::Arc;

/// One end of a TLS connection. Made by a [`Connector`](crate::Connector) or an [`Acceptor`](crate::Acceptor).
pub struct Session {
    connection: Connection,
    /// What came before the hello was whole: a server that judges it.
    hello: Option<Hello>,
    /// What a client has to say of the certificate.
    check: Option<Arc<Check>>,
    /// The most plain octets that rustls puts in one record.
    most: usize,
    /// Why this is over.
    over: Option<TlsError>,
}

impl Session {
    pub(crate) fn client(connection: Connection, check: Arc<Check>, room: usize) -> Self {
        Self { connection, hello: None, check: Some(check), most: profile::fits(room), over: None }
    }
    pub(crate) fn server(connection: Connection, hello: Option<Hello>, room: usize) -> Self {
        Self { connection, hello, check: None, most: profile::fits(room), over: None }
    }
    /// The certificate that the peer has shown, in DER, also one that was refused.
    pub fn peer_certificate(&self) -> Option<Vec<u8>> {
        self.check.as_ref().and_then(|check| check.shown())
    }
    /// Changes the keys of what is sent from here; the peer follows.
    pub fn refresh_keys(&mut self, out: &mut Vec<u8>) -> Result<(), TlsError> {
        self.usable()?;
        self.connection
            .refresh_traffic_keys()
            .map_err(|_| TlsError::Local("the keys cannot be changed before the handshake is over"))?;
        self.drain(out)
    }

    fn usable(&self) -> Result<(), TlsError> {
        self.over.clone().map_or(Ok(()), Err)
    }
    /// What rustls has to send.
    fn drain(&mut self, out: &mut Vec<u8>) -> Result<(), TlsError> {
        while self.connection.wants_write() {
            match self.connection.write_tls(out) {
                Ok(1..) => {}
                _ => return Err(TlsError::Local("TLS has something to send and does not send it")),
            }
        }
        Ok(())
    }
    fn take(&mut self, mut records: &[u8], plain: &mut Vec<u8>, out: &mut Vec<u8>) -> Result<(), TlsError> {
        self.drain(out)?;
        while !records.is_empty() {
            // Nothing is taken once the peer has closed, which is an end, too.
            let taken = self.connection.read_tls(&mut records);
            let state = self.connection.process_new_packets();
            // An alert goes out even when what came in was wrong.
            self.drain(out)?;
            let state = state.map_err(|error| self.why(&error))?;
            let mut left = state.plaintext_bytes_to_read();
            while left > 0 {
                let mut reader = self.connection.reader();
                // What one record held, from where it was opened.
                let chunk = reader.fill_buf().unwrap_or_default();
                if chunk.is_empty() {
                    return Err(TlsError::Local("TLS has plain octets and does not give them"));
                }
                plain.extend_from_slice(chunk);
                let n = chunk.len();
                reader.consume(n);
                left = left.saturating_sub(n);
            }
            if state.peer_has_closed() {
                return Err(TlsError::Closed);
            }
            match taken {
                Ok(1..) => {}
                _ => return Err(TlsError::Peer("a message longer than there is room for")),
            }
        }
        Ok(())
    }
    /// Whose fault it is, in the words of the seam.
    fn why(&self, error: &rustls::Error) -> TlsError {
        use rustls::Error as E;
        if let Some(verdict) = self.check.as_ref().and_then(|check| check.verdict()) {
            return verdict;
        }
        match error {
            E::AlertReceived(AlertDescription::CloseNotify) => TlsError::Closed,
            E::AlertReceived(alert) => TlsError::Alert(u8::from(*alert)),
            E::InvalidCertificate(_) | E::NoCertificatesPresented => trust::why(error),
            E::PeerIncompatible(what) => TlsError::Offer(match what {
                PeerIncompatible::NoKxGroupsInCommon | PeerIncompatible::NamedGroupsExtensionRequired => {
                    "no group in common"
                }
                PeerIncompatible::NoCipherSuitesInCommon => "no suite in common",
                PeerIncompatible::NoSignatureSchemesInCommon
                | PeerIncompatible::SignatureAlgorithmsExtensionRequired => "no signature scheme in common",
                PeerIncompatible::ServerDoesNotSupportTls12Or13
                | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig
                | PeerIncompatible::SupportedVersionsExtensionRequired
                | PeerIncompatible::Tls12NotOfferedOrEnabled
                | PeerIncompatible::Tls12NotOffered => "no TLS 1.3",
                _ => "what it needs is not there",
            }),
            E::DecryptError => TlsError::Peer("a record that the keys do not open"),
            E::PeerSentOversizedRecord => TlsError::Peer("a record longer than the standard allows"),
            E::InvalidMessage(_) => TlsError::Peer("octets that are no message of TLS"),
            E::InappropriateMessage { .. } | E::InappropriateHandshakeMessage { .. } => {
                TlsError::Peer("a message out of turn")
            }
            E::PeerMisbehaved(_) => TlsError::Peer("a message that contradicts what was said before"),
            E::FailedToGetRandomBytes => TlsError::Local("the system gives no random octets"),
            E::FailedToGetCurrentTime => TlsError::Local("the system gives no time"),
            E::EncryptError => TlsError::Local("the keys are used up"),
            _ => TlsError::Local("the TLS library failed"),
        }
    }
}

impl Tls for Session {
    fn receive(&mut self, records: &[u8], plain: &mut Vec<u8>, out: &mut Vec<u8>) -> Result<(), TlsError> {
        self.usable()?;
        let taken = match &mut self.hello {
            None => self.take(records, plain, out),
            Some(hello) => match hello.receive(records) {
                Ok(None) => Ok(()),
                Ok(Some(held)) => {
                    self.hello = None;
                    self.take(&held, plain, out)
                }
                Err(error) => Err(error),
            },
        };
        if let Err(error) = &taken {
            self.over = Some(error.clone());
        }
        taken
    }
    fn send(&mut self, mut plain: &[u8], out: &mut Vec<u8>) -> Result<(), TlsError> {
        self.usable()?;
        if !self.ready() {
            return Err(TlsError::Local("nothing can be sent before the handshake is over"));
        }
        while !plain.is_empty() {
            // Up to what rustls holds at most; it says how much that was.
            let n = self.connection.writer().write(plain).unwrap_or(0);
            self.drain(out)?;
            if n == 0 {
                return Err(TlsError::Local("TLS takes nothing more"));
            }
            plain = plain.get(n..).unwrap_or_default();
        }
        Ok(())
    }
    fn export(&self, label: &[u8], context: Option<&[u8]>, secret: &mut [u8]) -> Result<(), TlsError> {
        match self.connection.export_keying_material(secret, label, context) {
            Ok(_) => Ok(()),
            Err(rustls::Error::HandshakeNotComplete) => {
                Err(TlsError::Local("there are no keys before the handshake is over"))
            }
            Err(_) => Err(TlsError::Local("keying material of this length cannot be had")),
        }
    }
    fn ready(&self) -> bool {
        !self.connection.is_handshaking()
    }
    fn fits(&self, room: usize) -> usize {
        profile::fits(room).min(self.most)
    }
    fn print(&self) -> Option<Print> {
        self.peer_certificate().map(|der| certificate::print(&der))
    }
    fn close(&mut self, out: &mut Vec<u8>) {
        if self.over.is_none() {
            // A peer whose hello is not there yet is told nothing.
            if self.hello.is_none() {
                self.connection.send_close_notify();
                let _ = self.drain(out);
            }
            self.over = Some(TlsError::Closed);
        }
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("client", &self.check.is_some())
            .field("ready", &self.ready())
            .field("over", &self.over)
            .finish_non_exhaustive()
    }
}
