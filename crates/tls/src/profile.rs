//! What is offered, and how records are cut.
use crate::Error;
use hepta_proto::tls::TlsError;
use rustls::crypto::{CryptoProvider, SupportedKxGroup, ring};
use rustls::{SignatureScheme, SupportedCipherSuite};

/// A group for the key exchange.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash)]
pub enum Group {
    /// X25519: what engineering stations offer, and every CPU with TLS takes.
    X25519,
    /// NIST P-256. Alone it is reset by CPUs; beside X25519 it is taken.
    P256,
    /// NIST P-384, likewise.
    P384,
}

/// A suite of TLS 1.3. Only those whose growth of a record is fixed, and known to CPUs.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash)]
pub enum Suite {
    /// `TLS_AES_256_GCM_SHA384`.
    Aes256,
    /// `TLS_AES_128_GCM_SHA256`.
    Aes128,
}

/// What a client says in its hello, and how long its records are.
///
/// Fixed for all profiles: TLS 1.3 alone, no server name, no resumption, no client certificate. rustls asks for a stapled OCSP
/// answer (extension 5) and mixes the order of the extensions, and neither can be turned off: if a device resets this hello and
/// takes that of OpenSSL, look there first.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Profile {
    /// Groups, the preferred one first: it has the key share.
    pub groups: Vec<Group>,
    /// Suites, the preferred one first.
    pub suites: Vec<Suite>,
    /// May the CPU have an RSA certificate? TLS 1.3 signs with RSA-PSS then.
    pub rsa: bool,
    /// The longest record, its header counted, if a connection says nothing else: a TPDU without its 3 octets of COTP.
    pub room: usize,
}

impl Profile {
    /// What CPUs of Siemens take: X25519, AES-GCM, ECDSA and RSA, records of a TPDU of 1024 octets.
    pub fn siemens() -> Self {
        Self {
            groups: vec![Group::X25519],
            suites: vec![Suite::Aes256, Suite::Aes128],
            rsa: true,
            room: 1024 - 3,
        }
    }
    /// Schemes of the certificate's signatures. No Ed25519: it was named as a cause of resets.
    pub(crate) fn schemes(&self) -> Vec<SignatureScheme> {
        use SignatureScheme as S;
        let mut all = vec![S::ECDSA_NISTP256_SHA256, S::ECDSA_NISTP384_SHA384];
        if self.rsa {
            all.extend([
                S::RSA_PSS_SHA256,
                S::RSA_PSS_SHA384,
                S::RSA_PSS_SHA512,
                S::RSA_PKCS1_SHA256,
                S::RSA_PKCS1_SHA384,
                S::RSA_PKCS1_SHA512,
            ]);
        }
        all
    }
    pub(crate) fn provider(&self) -> Result<CryptoProvider, Error> {
        if self.groups.is_empty() {
            return Err(Error::Profile("no group"));
        }
        if self.suites.is_empty() {
            return Err(Error::Profile("no suite"));
        }
        Ok(CryptoProvider {
            kx_groups: self.groups.iter().map(|group| group.rustls()).collect(),
            cipher_suites: self.suites.iter().map(|suite| suite.rustls()).collect(),
            ..ring::default_provider()
        })
    }
}

impl Default for Profile {
    fn default() -> Self {
        Self::siemens()
    }
}

impl Group {
    #[cfg(feature = "openssl")]
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::X25519 => "X25519",
            Self::P256 => "P-256",
            Self::P384 => "P-384",
        }
    }
    fn rustls(self) -> &'static dyn SupportedKxGroup {
        match self {
            Self::X25519 => ring::kx_group::X25519,
            Self::P256 => ring::kx_group::SECP256R1,
            Self::P384 => ring::kx_group::SECP384R1,
        }
    }
}

impl Suite {
    #[cfg(feature = "openssl")]
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Aes256 => "TLS_AES_256_GCM_SHA384",
            Self::Aes128 => "TLS_AES_128_GCM_SHA256",
        }
    }
    fn rustls(self) -> SupportedCipherSuite {
        match self {
            Self::Aes256 => ring::cipher_suite::TLS13_AES_256_GCM_SHA384,
            Self::Aes128 => ring::cipher_suite::TLS13_AES_128_GCM_SHA256,
        }
    }
}

/// The most plain octets whose record of TLS 1.3 has room: less a header, the type within and the tag.
pub(crate) const fn fits(room: usize) -> usize {
    let most = room.saturating_sub(HEADER + GROWTH);
    if most < MAX_PLAIN { most } else { MAX_PLAIN }
}

/// What rustls calls the length of a fragment: header and plain octets, for a record that has `room`.
pub(crate) fn fragment(room: usize) -> Result<usize, TlsError> {
    match fits(room) + HEADER {
        // rustls takes no less.
        ..32 => Err(TlsError::Local("a transport unit that has no room for a record of TLS")),
        fragment => Ok(fragment),
    }
}

/// Type, version and length.
const HEADER: usize = 5;
/// The type within, and the tag of GCM.
const GROWTH: usize = 1 + 16;
/// One driver in the field reads a record into 4096 octets and takes each read for one whole frame.
const MAX_PLAIN: usize = 4096;
