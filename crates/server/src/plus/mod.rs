//! `S7CommPlus` of the emulated CPU: who may speak it and how protected, and what one session is answered.
mod access;
mod session;

pub use access::Access;
pub(crate) use session::Session;

use core::fmt;
use core::sync::atomic::{AtomicU64, Ordering::Relaxed};
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
    /// Draw challenges from this number instead of the system's chance, so that conversations can be compared. For tests alone: who
    /// knows the number knows the challenges.
    pub seed: Option<u64>,
}

/// Where challenges come from.
enum Chance {
    System,
    Seeded(AtomicU64),
}

/// What all sessions of a server share.
pub(crate) struct Shared {
    /// `None`: nobody speaks `S7CommPlus` with this CPU.
    pub(crate) security: Option<Security>,
    pub(crate) acceptor: Option<Acceptor>,
    pub(crate) access: Access,
    chance: Chance,
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
        let chance = plus.seed.map_or(Chance::System, |seed| Chance::Seeded(AtomicU64::new(seed)));
        Ok(Self { security, acceptor, access: plus.access.clone(), chance, print })
    }
    /// A challenge; `None` where the system has no chance to give.
    pub(crate) fn challenge(&self) -> Option<hepta_auth::Challenge> {
        let mut challenge = [0; 20];
        match &self.chance {
            Chance::System => getrandom::fill(&mut challenge).ok()?,
            Chance::Seeded(state) => {
                for part in challenge.chunks_mut(8) {
                    // SplitMix64: any seed is as good as another.
                    let mut n =
                        state.fetch_add(0x9e37_79b9_7f4a_7c15, Relaxed).wrapping_add(0x9e37_79b9_7f4a_7c15);
                    n = (n ^ n >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
                    n = (n ^ n >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
                    let octets = (n ^ n >> 31).to_be_bytes();
                    part.iter_mut().zip(octets).for_each(|(place, octet)| *place = octet);
                }
            }
        }
        Some(challenge)
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { security, acceptor: _, access, chance: _, print } = self;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_draws_the_same_challenges_again() {
        let draw = |seed| {
            let plus = Plus { security: Some(Security::Open), seed, ..Plus::default() };
            let shared = Shared::new(&plus, &Profile::lab()).unwrap();
            [shared.challenge().unwrap(), shared.challenge().unwrap()]
        };
        let [first, second] = draw(Some(7));
        assert_ne!(first, second);
        assert_eq!(draw(Some(7)), [first, second]);
        assert_ne!(draw(Some(8)), [first, second]);
        assert_ne!(draw(None), draw(None));
    }

    #[test]
    fn each_firmware_is_protected_as_its_kind() {
        let of = |name: &str| usual(&name.parse().unwrap());
        for (name, security) in [
            ("lab", Some(Security::Tls)),
            ("s7-300", None),
            ("s7-400", None),
            ("s7-1200@3.0", Some(Security::Open)),
            ("s7-1200@4.4", None),
            ("s7-1200@4.5", Some(Security::Tls)),
            ("s7-1200@4.7", Some(Security::Tls)),
            ("s7-1500@2.8", None),
            ("s7-1500@2.9", Some(Security::Tls)),
            ("s7-1500@3.1", Some(Security::Tls)),
        ] {
            assert_eq!(of(name), security, "{name}");
        }
    }
}
