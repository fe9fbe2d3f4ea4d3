//! `S7CommPlus` of the emulated CPU: who may speak it and how protected, and what one session is answered.
mod access;
mod session;

pub use access::Access;
pub(crate) use session::Session;

use core::fmt;
use hepta_plc::Profile;
use hepta_proto::plus::Security;
use hepta_proto::plus::server::Policy;
use hepta_tls::{Acceptor, Error, Identity};

/// How a CPU is spoken to by `S7CommPlus`.
#[derive(Clone, Debug, Default)]
pub struct Plus {
    /// How sessions are protected; what CPUs of that firmware do, if nothing is said.
    pub security: Option<Security>,
    /// The certificate that the CPU shows; one of its own that lives as long as the server, if nothing is said.
    pub identity: Option<Identity>,
    /// Who may do what.
    pub access: Access,
}

/// What all sessions of a server share.
pub(crate) struct Shared {
    /// `None`: nobody speaks `S7CommPlus` with this CPU.
    pub(crate) security: Option<Security>,
    pub(crate) acceptor: Option<Acceptor>,
    pub(crate) access: Access,
    /// The SHA-256 of the certificate.
    pub(crate) print: Option<hepta_proto::tls::Print>,
}

impl Shared {
    /// Makes a certificate, if one is needed and none was given.
    pub(crate) fn new(plus: &Plus, profile: &Profile) -> Result<Self, Error> {
        let security = plus.security.or_else(|| usual(profile));
        let identity = match (&plus.identity, security) {
            (_, None | Some(Security::Open)) => None,
            (Some(identity), _) => Some(identity.clone()),
            (None, _) => Some(Identity::generate(&profile.identity.station, &[])?),
        };
        let acceptor = identity.as_ref().map(Acceptor::new).transpose()?;
        let print = identity.as_ref().map(Identity::print);
        Ok(Self { security, acceptor, access: plus.access.clone(), print })
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { security, acceptor: _, access, print } = self;
        let mut out = f.debug_struct("Shared");
        out.field("security", security).field("access", access).field("print", print).finish_non_exhaustive()
    }
}

/// How the protocol machine treats clients.
pub(crate) fn policy(profile: &Profile) -> Policy {
    // S7-1200 before firmware 4 count no requests.
    let integrity = !(profile.name == "s7-1200" && profile.identity.firmware.0[0] < 4);
    Policy { size: profile.tpdu, integrity, longest: LONGEST }
}

/// Octets of the longest request: far more than one with all the items that CPUs take.
const LONGEST: usize = 64 * 1024;

/// What CPUs of that kind and firmware do. Between open sessions and TLS, firmware wants session keys, which this CPU does not
/// know yet: it is not spoken to by `S7CommPlus` at all.
fn usual(profile: &Profile) -> Option<Security> {
    let [major, minor, _] = profile.identity.firmware.0;
    match profile.name {
        "lab" => Some(Security::Tls),
        "s7-1200" if major < 4 => Some(Security::Open),
        "s7-1200" if (major, minor) >= (4, 5) => Some(Security::Tls),
        "s7-1500" if (major, minor) >= (2, 9) => Some(Security::Tls),
        _ => None,
    }
}
