//! The CPU's end.
use crate::hello::Hello;
use crate::profile::{self, Group, Profile};
use crate::{Error, Identity, KeyLog, Session};
use core::fmt;
use hepta_proto::tls::TlsError;
use rustls::server::NoServerSessionStorage;
use rustls::{ServerConfig, ServerConnection};
use std::sync::Arc;

/// Starts TLS at the CPU's end: TLS 1.3 alone, both suites of AES-GCM, X25519, P-256 and P-384, no tickets, and no client
/// certificates. Made once, for many connections.
#[derive(Clone)]
pub struct Acceptor {
    config: Arc<ServerConfig>,
    room: usize,
    judges: bool,
}

impl Acceptor {
    /// One that shows this certificate, and resets what a CPU resets: [`TlsError::Offer`], and nothing to send.
    pub fn new(identity: &Identity) -> Result<Self, Error> {
        let profile = Profile { groups: vec![Group::X25519, Group::P256, Group::P384], ..Profile::siemens() };
        let mut config = ServerConfig::builder_with_provider(Arc::new(profile.provider()?))
            .with_protocol_versions(&[&rustls::version::TLS13])
            .map_err(|e| Error::library(&e))?
            .with_no_client_auth()
            .with_single_cert(identity.chain(), identity.key()?)
            .map_err(|e| Error::library(&e))?;
        config.send_tls13_tickets = 0;
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.max_fragment_size = Some(profile::fragment(profile.room).map_err(|e| Error::library(&e))?);
        Ok(Self { config: Arc::new(config), room: profile.room, judges: true })
    }
    /// Takes any hello that can be agreed to, and answers the others with an alert: for a CPU that does not exist.
    #[must_use]
    pub fn any_hello(self) -> Self {
        Self { judges: false, ..self }
    }
    /// Writes the keys of all connections to `log`: whoever reads it reads them.
    #[must_use]
    pub fn key_log(mut self, log: KeyLog) -> Self {
        Arc::make_mut(&mut self.config).key_log = Arc::new(log);
        self
    }
    /// One connection, with records for a TPDU of 1024 octets.
    pub fn start(&self) -> Result<Session, TlsError> {
        self.start_within(self.room)
    }
    /// The same, but no record is longer than `room` octets, of which there must be 49.
    pub fn start_within(&self, room: usize) -> Result<Session, TlsError> {
        let mut config = Arc::clone(&self.config);
        if room != self.room {
            Arc::make_mut(&mut config).max_fragment_size = Some(profile::fragment(room)?);
        }
        let connection = ServerConnection::new(config)
            .map_err(|_| TlsError::Local("the TLS library refuses these settings"))?;
        Ok(Session::server(connection.into(), self.judges.then(Hello::default), room))
    }
}

impl fmt::Debug for Acceptor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Acceptor")
            .field("room", &self.room)
            .field("judges", &self.judges)
            .finish_non_exhaustive()
    }
}
