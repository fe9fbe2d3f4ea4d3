//! The certificate and the key of an emulated CPU.
//!
//! The chance in a new key is drawn by the library, from the system: this crate is a driver of TLS, not the core.
use crate::{Error, certificate, file};
use core::fmt;
use core::net::IpAddr;
use hepta_proto::tls::Print;
use rcgen::{CertificateParams, DnType, KeyPair, KeyUsagePurpose, SanType, date_time_ymd};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::fs;
use std::path::Path;
use zeroize::Zeroizing;

/// A certificate with its key.
#[derive(Clone)]
pub struct Identity {
    chain: Vec<CertificateDer<'static>>,
    print: Print,
    /// Certificates and key as PEM.
    text: Zeroizing<String>,
}

impl Identity {
    /// A new one, as engineering stations make them for a device: signed by itself, ECDSA with P-256, the CPU's `name` (1 to
    /// 64 characters) as its common name. `addresses` are what authorities are asked for; devices often have none.
    pub fn generate(name: &str, addresses: &[IpAddr]) -> Result<Self, Error> {
        if !(1..=64).contains(&name.chars().count()) || name.chars().any(char::is_control) {
            return Err(Error::Certificate("the name of a CPU has 1 to 64 characters, none for control"));
        }
        let mut params = CertificateParams::default();
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, name);
        params.subject_alt_names = addresses.iter().copied().map(SanType::IpAddress).collect();
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        // No clock here: wide enough for any.
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(2049, 12, 31);
        let key = KeyPair::generate().map_err(|e| Error::library(&e))?;
        let certificate = params.self_signed(&key).map_err(|e| Error::library(&e))?;
        let secret = Zeroizing::new(key.serialize_pem());
        let mut text = Zeroizing::new(String::with_capacity(4096));
        text.push_str(&certificate.pem());
        text.push_str(&secret);
        Self::pem(&text)
    }
    /// One from a text with the certificates, the device's own first, and the key.
    pub fn pem(text: &str) -> Result<Self, Error> {
        let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(text.as_bytes()).collect();
        let chain = chain.map_err(|_| Error::Certificate("this is no PEM of certificates"))?;
        let own = chain.first().ok_or(Error::Certificate("there is no certificate in the PEM"))?;
        let new = Self { print: certificate::print(own), chain, text: Zeroizing::new(text.to_owned()) };
        new.key()?;
        Ok(new)
    }
    /// The one kept in `folder`, or a new one that is kept there from now on.
    ///
    /// `device.pem` holds certificate and key, for its owner alone; `device.crt` is a copy of the certificate to give away.
    pub fn kept(folder: &Path, name: &str, addresses: &[IpAddr]) -> Result<Self, Error> {
        let path = folder.join(FILE);
        file::folder(&path)?;
        // Two that start at a time have one certificate.
        let _only = file::lock(&path)?;
        match fs::read_to_string(&path).map(Zeroizing::new) {
            Ok(text) => Self::pem(&text),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
                let new = Self::generate(name, addresses)?;
                new.write(folder)?;
                Ok(new)
            }
            Err(e) => Err(Error::file("read", &path)(e)),
        }
    }
    /// Keeps it in `folder`, in place of what is there.
    pub fn save(&self, folder: &Path) -> Result<(), Error> {
        let path = folder.join(FILE);
        file::folder(&path)?;
        let _only = file::lock(&path)?;
        self.write(folder)
    }
    fn write(&self, folder: &Path) -> Result<(), Error> {
        file::replace(&folder.join(FILE), self.text.as_bytes())?;
        file::replace(&folder.join(COPY), self.certificate_pem().as_bytes())
    }
    /// The SHA-256 of its certificate.
    pub const fn print(&self) -> Print {
        self.print
    }
    /// Its certificate in DER.
    pub fn certificate(&self) -> &[u8] {
        self.chain.first().map(AsRef::as_ref).unwrap_or_default()
    }
    /// Its certificates as PEM, without the key.
    pub fn certificate_pem(&self) -> String {
        let (mut public, mut within) = (String::new(), false);
        for line in self.text.lines() {
            within |= line.trim_end() == BEGIN;
            if within {
                public.push_str(line.trim_end());
                public.push('\n');
            }
            within &= line.trim_end() != END;
        }
        public
    }
    pub(crate) fn chain(&self) -> Vec<CertificateDer<'static>> {
        self.chain.clone()
    }
    pub(crate) fn key(&self) -> Result<PrivateKeyDer<'static>, Error> {
        PrivateKeyDer::from_pem_slice(self.text.as_bytes())
            .map_err(|_| Error::Certificate("there is no private key in the PEM"))
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity").field("print", &self.print).finish_non_exhaustive()
    }
}

/// Certificate and key in one file, so that they always belong together.
const FILE: &str = "device.pem";
const COPY: &str = "device.crt";
const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
const END: &str = "-----END CERTIFICATE-----";
