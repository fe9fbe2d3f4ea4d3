//! The same seam over OpenSSL, for devices that rustls cannot serve: TLS 1.2, RSA key exchange, suites of CBC, RSA keys below
//! 2048 bits, certificates of X.509 version 1. The client's end only, and only with the feature `openssl`.
//!
//! OpenSSL checks by itself that the peer holds its certificate's key. Whether it is the CPU is decided when the handshake is
//! over, before anything is said: the peer hears no alert of a refusal, only that the connection ends.
use crate::{Error, KeyLog, Profile, Trust, certificate, profile};
use ::openssl::error::ErrorStack;
use ::openssl::ssl::{
    ErrorCode, Ssl, SslCipherRef, SslContext, SslContextBuilder, SslMethod, SslOptions, SslSessionCacheMode,
    SslStream, SslVerifyMode, SslVersion,
};
use core::fmt;
use hepta_proto::tls::{Print, Tls, TlsError};
use std::io::{self, Read, Write};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

/// Starts TLS 1.2 or 1.3 at the client's end. Made once, for many connections.
#[derive(Clone)]
pub struct Connector {
    context: SslContext,
    trust: Arc<Trust>,
    room: usize,
}

impl Connector {
    /// One that makes this offer, with all of TLS 1.2 beside it, and trusts those.
    pub fn new(profile: &Profile, trust: Trust) -> Result<Self, Error> {
        Self::build(profile, trust, None)
    }
    /// The same, and the keys of all connections go to `log`: whoever reads it reads them.
    pub fn with_key_log(profile: &Profile, trust: Trust, log: KeyLog) -> Result<Self, Error> {
        Self::build(profile, trust, Some(log))
    }
    fn build(profile: &Profile, trust: Trust, log: Option<KeyLog>) -> Result<Self, Error> {
        let mut builder = context(profile).map_err(|e| Error::library(&e))?;
        if let Some(log) = log {
            builder.set_keylog_callback(move |_, line| log.write(line));
        }
        Ok(Self { context: builder.build(), trust: Arc::new(trust), room: profile.room })
    }
    /// A connection to `endpoint`, which is `HOST:PORT` and the name of the CPU in the store of known certificates.
    pub fn start(&self, endpoint: &str) -> Result<Session, TlsError> {
        self.start_within(endpoint, self.room)
    }
    /// The same, but no record of what is sent is longer than `room` octets, of which there must be 128.
    pub fn start_within(&self, endpoint: &str, room: usize) -> Result<Session, TlsError> {
        if room < LEAST {
            return Err(TlsError::Local("a transport unit that has no room for a record of TLS"));
        }
        let stream = Ssl::new(&self.context).and_then(|ssl| SslStream::new(ssl, Pipe::default()));
        let stream = stream.map_err(|_| TlsError::Local("OpenSSL makes no connection"))?;
        let (trust, endpoint) = (Arc::clone(&self.trust), endpoint.to_owned());
        Ok(Session { stream, trust, endpoint, room, shown: None, ready: false, over: None })
    }
}

fn context(profile: &Profile) -> Result<SslContextBuilder, ErrorStack> {
    let mut builder = SslContext::builder(SslMethod::tls_client())?;
    builder.set_security_level(0);
    builder.set_min_proto_version(Some(SslVersion::TLS1_2))?;
    builder.set_cipher_list("ECDHE+AESGCM:kRSA+AESGCM:ECDHE+AES:kRSA+AES:@SECLEVEL=0")?;
    let names: Vec<_> = profile.suites.iter().map(|suite| suite.name()).collect();
    builder.set_ciphersuites(&names.join(":"))?;
    let names: Vec<_> = profile.groups.iter().map(|group| group.name()).collect();
    builder.set_groups_list(&names.join(":"))?;
    let rsa = "RSA-PSS+SHA256:RSA-PSS+SHA384:RSA-PSS+SHA512:RSA+SHA256:RSA+SHA384:RSA+SHA512";
    let ecdsa = "ECDSA+SHA256:ECDSA+SHA384";
    builder.set_sigalgs_list(&if profile.rsa { format!("{ecdsa}:{rsa}") } else { ecdsa.to_owned() })?;
    builder.set_verify(SslVerifyMode::NONE);
    builder.set_session_cache_mode(SslSessionCacheMode::OFF);
    builder.set_options(SslOptions::NO_TICKET | SslOptions::NO_RENEGOTIATION);
    Ok(builder)
}

impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connector")
            .field("trust", &self.trust)
            .field("room", &self.room)
            .finish_non_exhaustive()
    }
}

/// The client's end of a TLS connection.
pub struct Session {
    stream: SslStream<Pipe>,
    trust: Arc<Trust>,
    endpoint: String,
    room: usize,
    /// The peer's certificate in DER.
    shown: Option<Vec<u8>>,
    ready: bool,
    over: Option<TlsError>,
}

impl Session {
    /// The certificate that the peer has shown, in DER, also one that was refused.
    pub fn peer_certificate(&self) -> Option<Vec<u8>> {
        self.shown.clone()
    }
    /// The suite that was agreed on.
    pub fn suite(&self) -> Option<&'static str> {
        self.stream.ssl().current_cipher().map(SslCipherRef::name)
    }

    fn take(&mut self, plain: &mut Vec<u8>) -> Result<(), TlsError> {
        if !self.ready {
            match self.stream.connect() {
                Ok(()) => self.decide()?,
                Err(error) => return self.after(&error),
            }
        }
        let mut room = [0; 4096];
        loop {
            match self.stream.ssl_read(&mut room) {
                Ok(n) => plain.extend_from_slice(room.get(..n).unwrap_or_default()),
                Err(error) => return self.after(&error),
            }
        }
    }
    /// What an error means: that more is needed is none.
    fn after(&self, error: &::openssl::ssl::Error) -> Result<(), TlsError> {
        match error.code() {
            ErrorCode::WANT_READ | ErrorCode::WANT_WRITE => return Ok(()),
            ErrorCode::ZERO_RETURN => return Err(TlsError::Closed),
            _ => {}
        }
        let reasons = error.ssl_error().map(ErrorStack::errors).unwrap_or_default();
        // OpenSSL numbers the reasons that are alerts of the peer from 1000.
        let alert = reasons.iter().find_map(|error| u8::try_from(error.reason_code() - 1000).ok());
        Err(match alert {
            Some(alert) => TlsError::Alert(alert),
            None if self.ready => TlsError::Peer("octets that OpenSSL does not take"),
            None => TlsError::Peer("a handshake that OpenSSL does not take"),
        })
    }
    /// The handshake is over: is this the CPU?
    fn decide(&mut self) -> Result<(), TlsError> {
        let ssl = self.stream.ssl();
        let own = ssl.peer_certificate().and_then(|own| own.to_der().ok());
        let own = own.ok_or(TlsError::Certificate("it shows none"))?;
        let all = ssl.peer_cert_chain().into_iter().flatten();
        let others: Vec<Vec<u8>> = all.skip(1).filter_map(|other| other.to_der().ok()).collect();
        let chain: Vec<&[u8]> =
            core::iter::once(own.as_slice()).chain(others.iter().map(Vec::as_slice)).collect();
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let now = now.map_err(|_| TlsError::Local("the system gives no time"))?.as_secs();
        let verdict = self.trust.judge(&chain, &self.endpoint, now);
        self.shown = Some(own);
        verdict?;
        self.ready = true;
        Ok(())
    }
}

impl Tls for Session {
    fn receive(&mut self, records: &[u8], plain: &mut Vec<u8>, out: &mut Vec<u8>) -> Result<(), TlsError> {
        if let Some(error) = &self.over {
            return Err(error.clone());
        }
        self.stream.get_mut().arrived.extend_from_slice(records);
        let taken = self.take(plain);
        out.append(&mut self.stream.get_mut().leaving);
        if let Err(error) = &taken {
            self.over = Some(error.clone());
        }
        taken
    }
    fn send(&mut self, plain: &[u8], out: &mut Vec<u8>) -> Result<(), TlsError> {
        if let Some(error) = &self.over {
            return Err(error.clone());
        }
        if !self.ready {
            return Err(TlsError::Local("nothing can be sent before the handshake is over"));
        }
        // Each write is a record.
        let sent = plain.chunks(self.fits(self.room).max(1)).try_for_each(|part| {
            match self.stream.ssl_write(part) {
                Ok(n) if n == part.len() => Ok(()),
                _ => Err(TlsError::Local("OpenSSL takes nothing more")),
            }
        });
        out.append(&mut self.stream.get_mut().leaving);
        sent
    }
    fn export(&self, label: &[u8], context: Option<&[u8]>, secret: &mut [u8]) -> Result<(), TlsError> {
        if !self.ready {
            return Err(TlsError::Local("there are no keys before the handshake is over"));
        }
        let label = core::str::from_utf8(label).map_err(|_| TlsError::Local("a label that is no text"))?;
        self.stream
            .ssl()
            .export_keying_material(secret, label, context)
            .map_err(|_| TlsError::Local("keying material of this length cannot be had"))
    }
    fn ready(&self) -> bool {
        self.ready
    }
    fn fits(&self, room: usize) -> usize {
        let room = room.min(self.room);
        let ssl = self.stream.ssl();
        let gcm = || ssl.current_cipher().is_some_and(|cipher| cipher.name().contains("GCM"));
        match ssl.version2() {
            Some(SslVersion::TLS1_3) => profile::fits(room),
            _ if gcm() => room.saturating_sub(5 + 8 + 16),
            // Of CBC: a header, a vector, the longest digest, and padding to the next block.
            _ => room.saturating_sub(5 + 16 + 48 + 16),
        }
    }
    fn print(&self) -> Option<Print> {
        self.shown.as_deref().map(certificate::print)
    }
    fn close(&mut self, out: &mut Vec<u8>) {
        if self.over.is_none() {
            let _ = self.stream.shutdown();
            out.append(&mut self.stream.get_mut().leaving);
            self.over = Some(TlsError::Closed);
        }
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("endpoint", &self.endpoint)
            .field("ready", &self.ready)
            .field("over", &self.over)
            .finish_non_exhaustive()
    }
}

/// What OpenSSL takes for a socket that does not wait.
#[derive(Default)]
struct Pipe {
    arrived: Vec<u8>,
    /// How much of it was read.
    at: usize,
    leaving: Vec<u8>,
}

impl Read for Pipe {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let mut rest = self.arrived.get(self.at..).unwrap_or_default();
        if rest.is_empty() {
            self.arrived.clear();
            self.at = 0;
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let n = rest.read(room)?;
        self.at += n;
        Ok(n)
    }
}

impl Write for Pipe {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.leaving.extend_from_slice(octets);
        Ok(octets.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// So that the growth of CBC leaves something.
const LEAST: usize = 128;
