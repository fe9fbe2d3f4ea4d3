//! Certificates, as they are shown to who has to decide on one.
use core::fmt;
use core::net::IpAddr;
use hepta_proto::tls::Print;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer as _, X509Certificate};
use x509_parser::public_key::PublicKey;
use x509_parser::time::ASN1Time;
use x509_parser::x509::SubjectPublicKeyInfo;

/// What a certificate says of itself: nothing of it is proven. Texts hold no control characters.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Certificate {
    /// Its SHA-256.
    pub print: Print,
    /// Whose it is.
    pub subject: String,
    /// Who signed it.
    pub issuer: String,
    /// Does it say that it signed itself?
    pub self_issued: bool,
    /// Serial number, hex digits with colons.
    pub serial: String,
    /// First second it is valid, in seconds since 1970.
    pub not_before: i64,
    /// Last second it is valid, likewise.
    pub not_after: i64,
    /// The same two, as they are shown.
    pub validity: [String; 2],
    /// Names and addresses it is valid for.
    pub names: Vec<String>,
    /// Kind and size of its key.
    pub key: String,
}

/// The SHA-256 of a certificate in DER.
pub fn print(der: &[u8]) -> Print {
    let digest = ring::digest::digest(&ring::digest::SHA256, der);
    let mut print = [0; 32];
    print.iter_mut().zip(digest.as_ref()).for_each(|(to, from)| *to = *from);
    Print(print)
}

/// Reads a certificate in DER, to show it. `None` if it is none.
pub fn describe(der: &[u8]) -> Option<Certificate> {
    let (rest, certificate) = X509Certificate::from_der(der).ok()?;
    if !rest.is_empty() {
        return None;
    }
    let validity = certificate.validity();
    let names = certificate.subject_alternative_name().ok().flatten();
    Some(Certificate {
        print: print(der),
        subject: clean(&certificate.subject().to_string()),
        issuer: clean(&certificate.issuer().to_string()),
        self_issued: certificate.subject().as_raw() == certificate.issuer().as_raw(),
        serial: certificate.raw_serial_as_string(),
        not_before: validity.not_before.timestamp(),
        not_after: validity.not_after.timestamp(),
        validity: [validity.not_before, validity.not_after].map(moment),
        names: names.map(|names| names.value.general_names.iter().map(name).collect()).unwrap_or_default(),
        key: key(certificate.public_key()),
    })
}

fn name(name: &GeneralName<'_>) -> String {
    match name {
        GeneralName::DNSName(text) | GeneralName::URI(text) | GeneralName::RFC822Name(text) => clean(text),
        GeneralName::IPAddress(octets) => match (<[u8; 4]>::try_from(*octets), <[u8; 16]>::try_from(*octets))
        {
            (Ok(octets), _) => IpAddr::from(octets).to_string(),
            (_, Ok(octets)) => IpAddr::from(octets).to_string(),
            _ => format!("address of {} octets", octets.len()),
        },
        GeneralName::DirectoryName(name) => clean(&name.to_string()),
        _ => "name of another kind".to_owned(),
    }
}

fn key(key: &SubjectPublicKeyInfo<'_>) -> String {
    match key.parsed() {
        Ok(PublicKey::RSA(rsa)) => format!("RSA {}", rsa.key_size()),
        Ok(PublicKey::EC(_)) => {
            let curve = key.algorithm.parameters.as_ref().and_then(|any| any.as_oid().ok());
            match curve.map(|oid| oid.to_id_string()).as_deref() {
                Some("1.2.840.10045.3.1.7") => "ECDSA P-256".to_owned(),
                Some("1.3.132.0.34") => "ECDSA P-384".to_owned(),
                Some("1.3.132.0.35") => "ECDSA P-521".to_owned(),
                Some(oid) => format!("EC, curve {oid}"),
                None => "EC".to_owned(),
            }
        }
        _ => format!("algorithm {}", key.algorithm.algorithm.to_id_string()),
    }
}

fn moment(time: ASN1Time) -> String {
    clean(&time.to_string())
}

/// A name must not move the cursor of who reads it.
fn clean(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

impl fmt::Display for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [from, to] = &self.validity;
        writeln!(f, "subject: {}", self.subject)?;
        let by = if self.self_issued { "itself" } else { self.issuer.as_str() };
        writeln!(f, "issued by: {by}")?;
        writeln!(f, "serial number: {}", self.serial)?;
        writeln!(f, "valid: {from} to {to}")?;
        if !self.names.is_empty() {
            writeln!(f, "for: {}", self.names.join(", "))?;
        }
        writeln!(f, "key: {}", self.key)?;
        write!(f, "SHA-256: {}", self.print)
    }
}
