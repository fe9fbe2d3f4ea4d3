//! The client's end.
use crate::{Error, KeyLog, Profile, Session, Trust, profile, trust};
use core::fmt;
use hepta_proto::tls::TlsError;
use rustls::client::Resumption;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{WebPkiSupportedAlgorithms, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, ClientConnection, DigitallySignedStruct, SignatureScheme};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Starts TLS at the client's end. Made once, for many connections: what a connection adds is one key share.
#[derive(Clone)]
pub struct Connector {
    config: ClientConfig,
    shared: Arc<Shared>,
}

/// What all connections of a connector have in common.
#[derive(Debug)]
struct Shared {
    profile: Profile,
    trust: Trust,
    schemes: Vec<SignatureScheme>,
    algorithms: WebPkiSupportedAlgorithms,
    refused: Mutex<Option<Refused>>,
}

/// A certificate that was not accepted.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Refused {
    /// Who showed it.
    pub endpoint: String,
    /// The certificate in DER: see [`describe`](crate::describe).
    pub der: Vec<u8>,
}

impl Connector {
    /// One that makes this offer and trusts those.
    pub fn new(profile: Profile, trust: Trust) -> Result<Self, Error> {
        let provider = profile.provider()?;
        let shared = Arc::new(Shared {
            schemes: profile.schemes(),
            algorithms: provider.signature_verification_algorithms,
            refused: Mutex::default(),
            profile,
            trust,
        });
        let mut config = ClientConfig::builder_with_provider(Arc::new(provider))
            .with_protocol_versions(&[&rustls::version::TLS13])
            .map_err(|e| Error::library(&e))?
            .dangerous()
            .with_custom_certificate_verifier(Check::new(String::new(), &shared))
            .with_no_client_auth();
        config.enable_sni = false;
        config.resumption = Resumption::disabled();
        Ok(Self { config, shared })
    }
    /// Writes the keys of all connections to `log`: whoever reads it reads them.
    #[must_use]
    pub fn key_log(mut self, log: KeyLog) -> Self {
        self.config.key_log = Arc::new(log);
        self
    }
    /// A connection to `endpoint`, which is `HOST:PORT` and the name of the CPU in the store of known certificates. No record
    /// of it is longer than the profile's room.
    pub fn start(&self, endpoint: &str) -> Result<Session, TlsError> {
        self.start_within(endpoint, self.shared.profile.room)
    }
    /// The same, but no record is longer than `room` octets, of which there must be 49.
    pub fn start_within(&self, endpoint: &str, room: usize) -> Result<Session, TlsError> {
        let check = Check::new(endpoint.to_owned(), &self.shared);
        let mut config = self.config.clone();
        config.max_fragment_size = Some(profile::fragment(room)?);
        let verifier: Arc<dyn ServerCertVerifier> = Arc::<Check>::clone(&check);
        config.dangerous().set_certificate_verifier(verifier);
        // It is not sent, and the check looks at the endpoint itself.
        let name = trust::name(endpoint).unwrap_or_else(|| ServerName::IpAddress(NOWHERE.into()));
        let connection = ClientConnection::new(Arc::new(config), name)
            .map_err(|_| TlsError::Local("the TLS library refuses these settings"))?;
        Ok(Session::client(connection.into(), check, room))
    }
    /// Whom it trusts.
    pub fn trust(&self) -> &Trust {
        &self.shared.trust
    }
    /// The certificate that was refused last, to show it to who may accept it.
    pub fn refused(&self) -> Option<Refused> {
        lock(&self.shared.refused).clone()
    }
}

impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connector")
            .field("profile", &self.shared.profile)
            .field("trust", &self.shared.trust)
            .finish_non_exhaustive()
    }
}

/// Looks at the certificate of one connection, and keeps what it found: rustls has no words for it.
#[derive(Debug)]
pub(crate) struct Check {
    endpoint: String,
    shared: Arc<Shared>,
    seen: Mutex<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    /// What the peer shows, its own certificate first.
    chain: Vec<CertificateDer<'static>>,
    /// Seconds since 1970.
    now: u64,
    /// Why not.
    verdict: Option<TlsError>,
}

impl Check {
    fn new(endpoint: String, shared: &Arc<Shared>) -> Arc<Self> {
        Arc::new(Self { endpoint, shared: Arc::clone(shared), seen: Mutex::default() })
    }
    pub(crate) fn shown(&self) -> Option<Vec<u8>> {
        lock(&self.seen).chain.first().map(|der| der.to_vec())
    }
    pub(crate) fn verdict(&self) -> Option<TlsError> {
        lock(&self.seen).verdict.clone()
    }
    /// The peer holds the key: does that make it the CPU?
    fn decide(&self) -> Result<(), rustls::Error> {
        let mut seen = lock(&self.seen);
        let chain: Vec<&[u8]> = seen.chain.iter().map(AsRef::as_ref).collect();
        let Err(verdict) = self.shared.trust.judge(&chain, &self.endpoint, seen.now) else {
            return Ok(());
        };
        if let Some(der) = chain.first() {
            let refused = Refused { endpoint: self.endpoint.clone(), der: der.to_vec() };
            *lock(&self.shared.refused) = Some(refused);
        }
        // This is what the alert says to the peer.
        let error = match verdict {
            TlsError::Unknown(_) => CertificateError::UnknownIssuer,
            _ => CertificateError::ApplicationVerificationFailure,
        };
        seen.verdict = Some(verdict);
        Err(error.into())
    }
}

impl ServerCertVerifier for Check {
    /// Only keeps what is shown. Who shows a certificate need not be its owner, so nothing is decided here, and least of all
    /// put into a store: TLS 1.3 asks for the signature next.
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let all = core::iter::once(end_entity).chain(intermediates);
        let mut seen = lock(&self.seen);
        seen.chain = all.map(|der| der.clone().into_owned()).collect();
        seen.now = now.as_secs();
        Ok(ServerCertVerified::assertion())
    }
    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _cert: &CertificateDer<'_>,
        _dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Err(rustls::PeerIncompatible::Tls12NotOfferedOrEnabled.into())
    }
    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        if matches!(self.shared.trust, Trust::Insecure) {
            return Ok(HandshakeSignatureValid::assertion());
        }
        let valid = verify_tls13_signature(message, cert, dss, &self.shared.algorithms)?;
        self.decide().map(|()| valid)
    }
    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.shared.schemes.clone()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// An address of documentation (RFC 5737), for endpoints whose host is no name.
const NOWHERE: core::net::IpAddr = core::net::IpAddr::V4(core::net::Ipv4Addr::new(192, 0, 2, 1));
