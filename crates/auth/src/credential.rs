//! What a user knows: a password, or a name and a password.
use alloc::string::String;
use core::fmt;
use sha1::Sha1;
use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::Error;

/// A password of a protection level, or the name and password of a user. Wiped when dropped; `Debug` shows the name alone.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Credential {
    user: Option<String>,
    password: String,
}

impl Credential {
    /// The password of a protection level, as set in the CPU's properties.
    pub fn password(password: impl Into<String>) -> Self {
        Self { user: None, password: password.into() }
    }
    /// A user of the CPU's user management. An empty name is no user: then it is the password of a protection level.
    pub fn user(name: impl Into<String>, password: impl Into<String>) -> Self {
        let name = name.into();
        Self { user: (!name.is_empty()).then_some(name), password: password.into() }
    }
    /// The user's name, if there is one.
    pub fn name(&self) -> Option<&str> {
        self.user.as_deref()
    }
    /// The hash that methods without users send; [`Error::User`] if there is a name, which they cannot carry.
    pub fn hash(&self) -> Result<PasswordHash, Error> {
        if self.user.is_some() { Err(Error::User) } else { Ok(PasswordHash::of(&self.password)) }
    }
    /// The password, in the clear.
    pub(crate) fn secret(&self) -> &str {
        &self.password
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credential").field("user", &self.user).field("password", &"***").finish()
    }
}

/// SHA-1 of a password in UTF-8: all that a CPU needs to keep of it, and all that older methods send.
///
/// Who has it can log in with it. `==` takes the same time whether it fits or not.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct PasswordHash([u8; 20]);

impl PasswordHash {
    /// The hash of a password.
    pub fn of(password: &str) -> Self {
        Self(Sha1::digest(password.as_bytes()).into())
    }
    /// A hash as it was stored or sent.
    pub const fn from_octets(octets: [u8; 20]) -> Self {
        Self(octets)
    }
    /// The twenty octets.
    pub const fn octets(&self) -> &[u8; 20] {
        &self.0
    }
}

impl PartialEq for PasswordHash {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for PasswordHash {}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(***)")
    }
}

/// Are they the same octets? Their hashes are compared, so that the time does not tell how many are, nor how many there are.
pub(crate) fn same(given: &[u8], known: &[u8]) -> Choice {
    let hash = |octets| Zeroizing::<[u8; 32]>::new(Sha256::digest(octets).into());
    hash(given).ct_eq(&*hash(known))
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    #[test]
    fn nothing_secret_is_shown() {
        let user = Credential::user("operator", "hunter2");
        assert_eq!(format!("{user:?}"), r#"Credential { user: Some("operator"), password: "***" }"#);
        assert_eq!(format!("{:?}", PasswordHash::of("hunter2")), "PasswordHash(***)");
    }

    #[test]
    fn a_user_has_no_hash_and_an_empty_name_is_none() {
        assert_eq!(Credential::user("operator", "a").hash(), Err(Error::User));
        assert_eq!(Credential::user("", "a").hash(), Ok(PasswordHash::of("a")));
        assert_ne!(PasswordHash::of("a"), PasswordHash::of("b"));
    }

    #[test]
    fn same_is_of_length_and_content() {
        for (a, b, is) in [("", "", true), ("ab", "ab", true), ("ab", "ac", false), ("ab", "abc", false)] {
            assert_eq!(bool::from(same(a.as_bytes(), b.as_bytes())), is, "{a} {b}");
        }
    }
}
