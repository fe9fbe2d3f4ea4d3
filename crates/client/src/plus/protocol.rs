//! What the drivers have to know of S7CommPlus.
use super::{Facts, Options, Security};
use crate::driver::Protocol;
use crate::error::ErrorKind;
use crate::options::Common;
use core::sync::atomic::{AtomicBool, Ordering};
use hepta_proto::machine::{Progress, Shake};
use hepta_proto::plus::Id;
use hepta_proto::plus::client::{Client, Handshake, Wish};
use hepta_proto::plus::op::Get;
use hepta_proto::tls::Tls;
use std::sync::Arc;
#[cfg(feature = "tls")]
use {
    super::LoginError,
    super::login::{Enter, Login},
    hepta_proto::plus::ReturnValue,
    hepta_tls::{Connector, Profile},
    std::borrow::Cow,
    std::sync::{Mutex, MutexGuard, OnceLock, PoisonError},
};

/// The cheapest question there is: the protection level of the own session.
const BEAT: &[u32] = &[Id::EffectiveProtectionLevel.0];

/// Octets of answers that may be on their way together: more than a read takes at once anyhow.
#[cfg(feature = "blocking")]
const BURST: usize = 64 * 1024;

/// The options, and what all connections of one client have in common.
#[derive(Debug)]
pub(super) struct Plus {
    pub(super) options: Options,
    /// A connection of this client had TLS: the next will, too.
    secured: AtomicBool,
    /// The peer has confirmed the transport connection.
    confirmed: Arc<AtomicBool>,
    /// What reading has taught of it.
    pub(super) learned: super::tags::Learned,
    /// What is known of the program: it outlives connections.
    pub(super) program: super::program::Program,
    /// The CPU's answer to a password that it refused.
    #[cfg(feature = "tls")]
    refused: Mutex<Option<ReturnValue>>,
    #[cfg(feature = "tls")]
    connector: OnceLock<Connector>,
}

impl Plus {
    pub(super) fn new(options: Options) -> Self {
        Self {
            options,
            secured: AtomicBool::new(false),
            confirmed: Arc::default(),
            learned: super::tags::Learned::default(),
            program: super::program::Program::default(),
            #[cfg(feature = "tls")]
            refused: Mutex::default(),
            #[cfg(feature = "tls")]
            connector: OnceLock::new(),
        }
    }
    /// The user says to connect: a password that was refused may be tried once more.
    #[cfg_attr(
        not(feature = "tls"),
        expect(clippy::unused_self, reason = "without TLS no password is ever sent")
    )]
    pub(super) fn forgive(&self) {
        #[cfg(feature = "tls")]
        {
            *self.refused() = None;
        }
    }
    /// Did the transport of the last attempt to connect come to be?
    pub(super) fn confirmed(&self) -> bool {
        self.confirmed.load(Ordering::Acquire)
    }
    /// What is asked for on this connection.
    fn security(&self) -> Security {
        match self.options.security {
            Security::Auto if self.options.insists() || self.secured.load(Ordering::Acquire) => Security::Tls,
            security => security,
        }
    }
    #[cfg(feature = "tls")]
    fn refused(&self) -> MutexGuard<'_, Option<ReturnValue>> {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner)
    }
    /// What TLS will be.
    #[cfg(feature = "tls")]
    fn tls(&self) -> Result<Box<dyn Tls>, ErrorKind> {
        let connector = if let Some(connector) = self.connector.get() {
            connector
        } else {
            let Options { trust, key_log, .. } = &self.options;
            let mut made = Connector::new(Profile::siemens(), trust.clone()).map_err(|e| {
                tracing::debug!(%e, "no TLS here");
                hepta_proto::Error::from(hepta_proto::tls::TlsError::Local(
                    "its library does not take the settings",
                ))
            })?;
            if let Some(log) = key_log {
                made = made.key_log(log.clone());
            }
            self.connector.get_or_init(|| made)
        };
        let endpoint = self.options.common.dial.endpoint();
        let session = connector.start(&endpoint).map_err(hepta_proto::Error::from)?;
        Ok(Box::new(session))
    }
    /// The certificate that was refused last, in DER.
    #[cfg(feature = "tls")]
    pub(super) fn refused_certificate(&self) -> Option<Vec<u8>> {
        self.connector.get()?.refused().map(|refused| refused.der)
    }
    /// A password was refused: it does not go out again by itself.
    #[cfg(feature = "tls")]
    pub(super) fn judge(&self, entered: Result<Login, LoginError>) -> Result<Login, ErrorKind> {
        entered.map_err(|error| {
            if let LoginError::Refused(outcome) = &error {
                *self.refused() = Some(*outcome);
            }
            error.into()
        })
    }
}

/// The handshake, and whether it has come beyond the transport.
#[derive(Debug)]
pub(super) struct Watched {
    shake: Handshake,
    confirmed: Arc<AtomicBool>,
}

impl Shake for Watched {
    type Machine = Client;
    fn receive(self, input: &[u8], out: &mut Vec<u8>) -> Result<Progress<Self>, hepta_proto::Error> {
        let (before, confirmed) = (out.len(), self.confirmed);
        let progress = self.shake.receive(input, out);
        // What it says next, it says to who has confirmed.
        if out.len() > before {
            confirmed.store(true, Ordering::Release);
        }
        Ok(match progress? {
            Progress::More(shake) => Progress::More(Self { shake, confirmed }),
            Progress::Ready(machine) => Progress::Ready(machine),
        })
    }
}

impl Protocol for Plus {
    type Machine = Client;
    type Shake = Watched;
    #[cfg(feature = "tls")]
    type Login = Enter<'static>;
    #[cfg(not(feature = "tls"))]
    type Login = super::NoLogin;
    type Beat = Get<'static>;
    type Facts = Facts;

    fn common(&self) -> &Common {
        &self.options.common
    }

    fn start(&self, _: u64, out: &mut Vec<u8>) -> Result<Watched, ErrorKind> {
        let (request, security) = (self.options.check()?, self.security());
        #[cfg(feature = "tls")]
        let tls = {
            if let Some(outcome) = *self.refused() {
                return Err(LoginError::Before(outcome).into());
            }
            if security == Security::Open { None } else { Some(self.tls()?) }
        };
        #[cfg(not(feature = "tls"))]
        let tls: Option<Box<dyn Tls>> = None;
        let (role, longest) = (self.options.role.number(), self.options.longest);
        let wish = Wish { role, longest, ..Wish::new(request, security) };
        self.confirmed.store(false, Ordering::Release);
        Ok(Watched { shake: Handshake::new(wish, tls, out)?, confirmed: Arc::clone(&self.confirmed) })
    }

    #[cfg(feature = "tls")]
    fn login(&self, _: &Client) -> Result<Option<Enter<'static>>, ErrorKind> {
        Ok(Some(Enter::new(self.options.credential.clone().map(Cow::Owned))))
    }
    #[cfg(not(feature = "tls"))]
    fn login(&self, _: &Client) -> Result<Option<super::NoLogin>, ErrorKind> {
        Ok(None)
    }

    #[cfg(feature = "tls")]
    fn facts(&self, machine: &Client, login: Option<Result<Login, LoginError>>) -> Result<Facts, ErrorKind> {
        let login = login.map(|entered| self.judge(entered)).transpose()?;
        Ok(Facts { level: login.and_then(|login| login.level), ..self.known(machine) })
    }
    #[cfg(not(feature = "tls"))]
    fn facts(&self, machine: &Client, _: Option<()>) -> Result<Facts, ErrorKind> {
        Ok(self.known(machine))
    }

    #[cfg(feature = "blocking")]
    fn burst(_: &Facts) -> usize {
        BURST
    }

    fn beat(&self) -> Get<'static> {
        Get::of_session(BEAT)
    }
}

impl Plus {
    /// What the handshake tells.
    fn known(&self, machine: &Client) -> Facts {
        let peer = machine.peer();
        if peer.security == Security::Tls {
            self.secured.store(true, Ordering::Release);
        }
        tracing::debug!(security = %peer.security, device = peer.device, limits = ?peer.limits, "connected");
        Facts {
            limits: peer.limits,
            granted: machine.granted().clone(),
            security: peer.security,
            device: peer.device.clone(),
            print: machine.tls().and_then(Tls::print),
            session: peer.session,
            subscriptions: peer.subscriptions,
            #[cfg(feature = "tls")]
            level: None,
        }
    }
}
