//! Whom a client takes for the CPU.
use crate::{Error, Store, certificate};
use core::fmt;
use hepta_proto::tls::{Print, TlsError};
use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, RootCertStore};
use std::path::PathBuf;
use std::sync::Arc;

/// Which certificates a client accepts. Each choice but the default has to be made by somebody.
///
/// All but [`Trust::Insecure`] ask for a proof that the peer holds the certificate's key before they say anything about it. A
/// pin, and what was accepted before, asks nothing else: names, dates and who signed do not matter, as certificates of CPUs
/// are mostly signed by themselves, and expire.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Trust {
    /// What is in the store, if there is one; nothing else.
    Known(Option<Store>),
    /// What is in the store; of an endpoint that is not, the first certificate is accepted and kept there.
    FirstUse(Store),
    /// Any of these, at any endpoint.
    Pin(Vec<Print>),
    /// What one of these authorities has signed.
    Ca(Authorities),
    /// Anything: the connection is secret to all but whoever is in between.
    Insecure,
}

impl Trust {
    /// [`Trust::FirstUse`] with the store at `path`.
    pub fn first_use(path: impl Into<PathBuf>) -> Result<Self, Error> {
        Store::open(path).map(Self::FirstUse)
    }
    /// Decides on a `chain` in DER, the peer's own certificate first, which the peer has proven to be its own: is this the
    /// CPU at `endpoint` (`HOST:PORT`)? `now` is in seconds since 1970; only authorities ask for it.
    pub fn judge(&self, chain: &[&[u8]], endpoint: &str, now: u64) -> Result<(), TlsError> {
        let (own, others) = chain.split_first().ok_or(TlsError::Certificate("it shows none"))?;
        let shown = certificate::print(own);
        match self {
            Self::Known(None) => Err(TlsError::Unknown(shown)),
            Self::Known(Some(store)) => store.judge(endpoint, shown),
            Self::FirstUse(store) => store.first(endpoint, shown),
            Self::Pin(prints) => match prints.first() {
                _ if prints.contains(&shown) => Ok(()),
                Some(&known) => Err(TlsError::Changed { known, shown }),
                None => Err(TlsError::Unknown(shown)),
            },
            Self::Ca(authorities) => authorities.judge(own, others, endpoint, now),
            Self::Insecure => Ok(()),
        }
    }
}

impl Default for Trust {
    /// Nobody.
    fn default() -> Self {
        Self::Known(None)
    }
}

/// Authorities whose signature is enough: those of a TIA project, say.
#[derive(Clone)]
pub struct Authorities {
    roots: Arc<RootCertStore>,
    names: bool,
}

impl Authorities {
    /// Those with these certificates in DER.
    pub fn der<'a>(certificates: impl IntoIterator<Item = &'a [u8]>) -> Result<Self, Error> {
        let mut roots = RootCertStore::empty();
        for der in certificates {
            roots
                .add(der.into())
                .map_err(|_| Error::Certificate("one of the authorities has none that can be read"))?;
        }
        if roots.is_empty() {
            return Err(Error::Certificate("there is no authority"));
        }
        Ok(Self { roots: roots.into(), names: true })
    }
    /// Those with the certificates in this text.
    pub fn pem(text: &[u8]) -> Result<Self, Error> {
        let all: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(text).collect();
        let all = all.map_err(|_| Error::Certificate("this is no PEM of certificates"))?;
        Self::der(all.iter().map(AsRef::as_ref))
    }
    /// Lets the certificate be that of another host: for CPUs that are reached by an address they do not know. Whoever
    /// holds the key of one device of the project can then be any of them.
    #[must_use]
    pub fn any_name(self) -> Self {
        Self { names: false, ..self }
    }

    fn judge(&self, own: &[u8], others: &[&[u8]], endpoint: &str, now: u64) -> Result<(), TlsError> {
        let own = CertificateDer::from(own);
        let others: Vec<CertificateDer<'_>> = others.iter().map(|der| CertificateDer::from(*der)).collect();
        let now = UnixTime::since_unix_epoch(core::time::Duration::from_secs(now));
        let all = ring::default_provider().signature_verification_algorithms.all;
        let parsed = ParsedCertificate::try_from(&own).map_err(|e| why(&e))?;
        verify_server_cert_signed_by_trust_anchor(&parsed, &self.roots, &others, now, all).map_err(|e| {
            match e {
                rustls::Error::InvalidCertificate(CertificateError::BadSignature) => {
                    TlsError::Certificate("an authority of that name, but with another key, has signed it")
                }
                e => why(&e),
            }
        })?;
        if self.names {
            let name = name(endpoint).ok_or(TlsError::Certificate("this host can have no name in it"))?;
            verify_server_name(&parsed, &name).map_err(|e| why(&e))?;
        }
        Ok(())
    }
}

impl fmt::Debug for Authorities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authorities").field("count", &self.roots.len()).field("names", &self.names).finish()
    }
}

/// The host of `HOST:PORT`, as certificates name it.
pub(crate) fn name(endpoint: &str) -> Option<ServerName<'static>> {
    let whole: Result<core::net::IpAddr, _> = endpoint.parse();
    let host = match endpoint.rsplit_once(':') {
        Some((host, _)) if whole.is_err() => host,
        _ => endpoint,
    };
    let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    ServerName::try_from(host.to_owned()).ok()
}

/// What is wrong with a certificate, in words.
pub(crate) fn why(error: &rustls::Error) -> TlsError {
    use CertificateError as E;
    TlsError::Certificate(match error {
        rustls::Error::InvalidCertificate(error) => match error {
            E::BadEncoding => "it cannot be read",
            E::Expired | E::ExpiredContext { .. } => "it has expired",
            E::NotValidYet | E::NotValidYetContext { .. } => "it is not valid yet; is the clock here right?",
            E::UnknownIssuer => "none of the authorities has signed it",
            E::BadSignature => "the peer does not prove that it holds its key",
            E::NotValidForName | E::NotValidForNameContext { .. } => "it is that of another host",
            E::InvalidPurpose | E::InvalidPurposeContext { .. } => "it is not meant for servers",
            E::UnhandledCriticalExtension => "it has a critical extension that is not understood",
            _ => "it breaks a rule of X.509 that TLS asks for",
        },
        rustls::Error::NoCertificatesPresented => "it shows none",
        _ => "its key cannot be used with TLS 1.3",
    })
}
