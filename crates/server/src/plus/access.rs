//! Protection levels, passwords and users.
use core::time::Duration;
use hepta_auth::legitimation::{Payload, ProtectionLevel};
use hepta_auth::{Credential, PasswordHash};

/// Who may do what.
///
/// ```
/// use hepta_server::Access;
/// let access = Access::default().protect(4).password("Grünkohl 7", 1);
/// assert!(!format!("{access:?}").contains("Grün"));
/// ```
#[derive(Clone, Debug)]
pub struct Access {
    /// What who gives no password may do: 1 all, 2 read the program, 3 variables (as panels do), 4 nothing.
    level: u32,
    known: Vec<Known>,
}

#[derive(Clone, Debug)]
struct Known {
    credential: Credential,
    /// What it opens.
    level: u32,
}

impl Default for Access {
    /// Everybody may do everything.
    fn default() -> Self {
        Self { level: 1, known: Vec::new() }
    }
}

impl Access {
    /// Levels, by the name that TIA Portal gives them: `full`, `read`, `hmi`, `none`.
    pub fn level_of(name: &str) -> Option<u32> {
        ["full", "read", "hmi", "none"]
            .into_iter()
            .zip(1..)
            .find(|(known, _)| *known == name)
            .map(|(_, level)| level)
    }
    /// Lets who gives no password do no more than that level allows, 1 to 4.
    #[must_use]
    pub fn protect(self, level: u32) -> Self {
        Self { level: level.clamp(1, 4), ..self }
    }
    /// A password of a protection level.
    #[must_use]
    pub fn password(self, password: &str, level: u32) -> Self {
        self.known(Credential::password(password), level)
    }
    /// A user with a password.
    #[must_use]
    pub fn user(self, name: &str, password: &str, level: u32) -> Self {
        self.known(Credential::user(name, password), level)
    }
    fn known(mut self, credential: Credential, level: u32) -> Self {
        self.known.push(Known { credential, level: level.clamp(1, 4) });
        self
    }

    /// The level without a password.
    pub(super) const fn level(&self) -> u32 {
        self.level
    }
    /// What a password's hash opens. All known ones are compared, whichever fits.
    pub(super) fn by_hash(&self, hash: &PasswordHash) -> Option<u32> {
        let fits = |known: &Known| {
            known.credential.name().is_none() && known.credential.hash().is_ok_and(|own| own == *hash)
        };
        self.best(fits)
    }
    /// What a sealed payload opens.
    pub(super) fn by_payload(&self, payload: &Payload) -> Option<u32> {
        self.best(|known| payload.is(&known.credential))
    }
    fn best(&self, fits: impl Fn(&Known) -> bool) -> Option<u32> {
        let levels = self.known.iter().map(|known| (fits(known), known.level));
        levels.fold(
            None,
            |best, (fits, level)| {
                if fits { Some(best.map_or(level, |best: u32| best.min(level))) } else { best }
            },
        )
    }
}

/// How long the answer to that many wrong passwords in a row waits: who guesses gets slower. No source says what CPUs do; half a
/// second that doubles, up to sixteen.
pub(super) fn penalty(failures: u32) -> Duration {
    Duration::from_millis(250) * 2_u32.pow(failures.min(6))
}

/// Levels as attribute 1842 has them.
pub(super) const HMI: u32 = ProtectionLevel::Hmi.0;
/// All may be done.
pub(super) const FULL: u32 = ProtectionLevel::Full.0;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_wrong_password_waits_longer_than_the_one_before() {
        let waits: Vec<_> = (1..=6).map(penalty).collect();
        assert!(waits.windows(2).all(|two| two[0] < two[1]), "{waits:?}");
        assert_eq!((waits[0], penalty(1000)), (Duration::from_millis(500), Duration::from_secs(16)));
    }
}
