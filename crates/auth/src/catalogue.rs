//! Public keys that CPUs are known to have, and those that the caller adds: section 5.4 of the specification.
//!
//! A CPU names its key in attribute 233; who knows the key for that name can open a session.
use crate::Error;
use crate::key::{Family, Fingerprint, KeyId, PublicKey};
use alloc::borrow::Cow;
use alloc::vec::Vec;
use hex_literal::hex;

/// The published keys, and keys of the caller's own: of an emulated CPU, or read out of a device.
#[derive(Clone, Debug, Default)]
pub struct Catalogue {
    own: Vec<PublicKey>,
}

impl Catalogue {
    /// The published keys alone.
    pub const fn new() -> Self {
        Self { own: Vec::new() }
    }
    /// Adds a key. It is found before a published one.
    pub fn add(&mut self, key: PublicKey) {
        self.own.push(key);
    }
    /// All keys: the caller's, then the published ones; also those that no session can be opened with.
    pub fn iter(&self) -> impl Iterator<Item = PublicKey> {
        let known = KEYS.iter().map(|(family, octets)| PublicKey::known(*family, Cow::Borrowed(*octets)));
        self.own.iter().cloned().chain(known)
    }
    /// The keys to try, in that order, each on a connection of its own: a failed try spoils the session. At least one.
    ///
    /// [`Error::UnknownKey`] if nobody knows the key, [`Error::Twist`] or [`Error::Family`] if no session can be opened with it.
    pub fn find(&self, fingerprint: Fingerprint) -> Result<Vec<PublicKey>, Error> {
        let (family, id) = match fingerprint {
            Fingerprint::Empty => (EMPTY.0, Some(EMPTY.1)),
            Fingerprint::Family(family) => (family, None),
            Fingerprint::Key { family, id } => (family, Some(id)),
        };
        let fits = |key: &PublicKey| key.family() == family && id.is_none_or(|id| id == key.id());
        let (mut found, mut error) = (Vec::new(), Error::UnknownKey(fingerprint));
        for key in self.iter().filter(fits) {
            match key.usable() {
                Ok(()) => found.push(key),
                Err(unusable) => error = unusable,
            }
        }
        if found.is_empty() { Err(error) } else { Ok(found) }
    }
}

/// What the vendor's client takes when attribute 233 is empty: seen on an S7-1500 with firmware 1.0.
const EMPTY: (Family, KeyId) = (Family::S71500, KeyId(0x181b_7b08_47d1_1694));

#[rustfmt::skip]
static KEYS: [(Family, &[u8]); 34] = [
    (Family::S71500, &hex!("9808369442d4f3b63f9aa40856ddf798579966bc2a9c382c3fbf13a4d00aaa98ffefc9ab38da5537")),
    (Family::S71500, &hex!("8456a26996122216c921c571ff11e0befafdb1d70b5d4bc8390f5b0cc273ec142a03f2a04e6f1593")),
    (Family::S71500, &hex!("d1c451071e18c526a423a9cd21349f01b6ccd9f2dda9e4dc2ff11356c9116b6dba611dc02995c097")),
    (Family::S71500, &hex!("7de32536eac89a3558b82ee98f963bda6e7c179fddb3eeed2e30e446686eced971bb5478d112a3da")),
    (Family::S71500, &hex!("6ca1bbad4697ed515424db6b897e9d0c33e2ead0bce5566f257c1bd1dc714bad41f14ed9536cfda2")),
    (Family::S71500, &hex!("a21639ced1531ae99d8229a2d5b44c3c5243d73ea4a07099db98ef82c0fd7f5a21ffdce5adc77a3b")),
    (Family::S71500, &hex!("c249c5135787859bc1e0f475798f134dec36a3df81cdc47d07d1f03060ab0311547f4ba090d7a487")),
    (Family::S71500, &hex!("576516d41c3254e9bb392215cad08f23b3ffb6bc1c588edbb424c44397b068af316f34ad26bf13fc")),
    (Family::S71500, &hex!("3078a83781ca537d29476e26dccd3ab8fb707348c5af98054b4432c89f3601e4be66be574c875967")),
    (Family::S71500, &hex!("4c7546b7f80fa1938f22db3e90df57a3cad9369afdbd7f51464b95cf62b8e7ce0aeb0cef1681110f")),
    (Family::S71500, &hex!("67afc52ad2b7e8d81fd5d56b603ff64cb7973904775f5b0f1a8baa6e3b632274809e51a35e67aba0")),
    (Family::S71500, &hex!("cea2b01f2ec599f21bd602edfd168291df355e1b127c4b1313c2d601ab0c0f4f0e65119996643084")),
    (Family::S71500, &hex!("f0ee32aa65f7169c09df3f75cea9bcdb8e1b0f0c90fac0ab19c3dfc1c08bb85ec60773cdef8f524e")),
    (Family::S71200, &hex!("dead01d78404e753f0804d1038ebd16cef9788ccc3c78a972c978ce7efd3baf5002cb03e4fce1128")),
    (Family::S71200, &hex!("6c71ed8fcc1ae94172040a14b8b1af7501b81e4cb99937491691075109300866557136c8ae848cad")),
    (Family::S71200, &hex!("e0e1f04a5ca3f90148178689bd0c930ab9db867b4f0ab109623959aa32316b7880ed1b4f9a9b189f")),
    (Family::WinAc, &hex!("5fe206b702dc28fbb7404ac55888d4e387f380b046486d8e671509b1e475220473541c4fc08a1427365e5f371021fe12")),
    (Family::WinAc, &hex!("363bec84b16865c173c1be61040e719aea1f1fda07775763fde3162cafed595ba892d731cd89a4cd8b615252a5b7769b")),
    (Family::WinAc, &hex!("1223037f672ef43683549c3974df1052a6dfaf7cc5341e0af947edac037dfdd7383216d1e108ba0fb4ec9893f82cf552")),
    (Family::Plcsim, &hex!("2b5d9a1aec74c6cefa5fab75edd0ea202d5bff1341de87c1b6f066d291ba08714d6689ab229e147556eeac59a8a157f7b1e7c1d5c12e4eb03cb11a810757f644")),
    (Family::Plcsim, &hex!("5ede4c30e9bd71c9c416bc43aeda7ad4e8e64a19a061847e7f6f74524fe9aaf917a8c4476085dc0af4ac2f291cd83ce422f1409ee8c23a95524e3ec344caf0b6")),
    (Family::Plcsim, &hex!("eca6d799ddf03eaadd16b5d7245331e426c9e6ba8997877a7394f3286532a6b053e4229818085223432483fba4d5c43bd6c354c10febc903908ed271697f39e9")),
    (Family::Plcsim, &hex!("50f39e36c958ea5ec4982a62337c7f7319eb5c0ef501ac18a28416de86882e21640faf05304dc3b99016f2bc98fa732c2e48e7d3be380d11bf292cdf1691bc93")),
    (Family::Plcsim, &hex!("ab7f65871080201263d7925c34a8224136ee01164efd5b79f3ca8e12b1a881c17e3264728c49c11b82a62e03b9f309f6ba054048fe9d5d33e2201b59dbefcc5a")),
    (Family::Plcsim, &hex!("4700db8fa25d791c2a77eec9795d66e3b5f2ba9a59508add510ca9fe8762aa081dff80ea8f730ad4caa0bca7ba92892c691984338eec2047681d958dc5c5086a")),
    (Family::Plcsim, &hex!("d2a736be8e86ad4d22a43a43fbc531cb1f30f8e35dbe4d934c8cbaeb66db96db2f1a52c59b81ff2845228e1487f02687da14229c0840b1d611cbce698eb5ece3")),
    (Family::Plcsim, &hex!("166f0ae5b303d53bbadbb2a6268ecb1a4fcdec74f9a05f6596a6add71256b10867aee0214f05ea714f73c06ec0b71445b3eb39c8306f233756cf53653a12e924")),
    (Family::Plcsim, &hex!("0fb15661f5953df692f3ce717f3a5b6cb70ff7da11ecdd8a27ff38958601292738f24a30c7381cf392ef2492863ee0b383ca816bd46b18e0e82a30b47a414d19")),
    (Family::Sinumerik, &hex!("81c06bb44241aadfbb274a6c78aa7d06fed424113f4fb5e5f0f8588d4dc122b16877f083065d6702")),
    (Family::Sinumerik, &hex!("8d55a694ca7e38ec1e948a76c26fedc8f1cc478944512ff2b26c87edf88d65e775bfceb9d2e9daed")),
    (Family::Sinumerik, &hex!("abed05e7628805be1d64bb1cc15d310944f5d7c35208f5c88f318ed6fe0a46a52df08329f01947f9")),
    (Family::S71500Mp, &hex!("5695e3b6d3a426e5f841c8b41dd92f114b9f895efc5d6f8028aa6b8791b4f911a9d6d7f0bcfa337deb0b414826052ec6b4e0927eb64d097bfa0160c60a48adad")),
    (Family::S71500Mp, &hex!("603c93ee295f4633f620edfa5eaaa9963095cfc440ca5fd7f7aa85a197e6206b64a2d6aeb199ef31a9f84a5b181bcdee42325bcfd6be5d41ee93288a9cb4967e")),
    (Family::S71500Mp, &hex!("4aaa6e1f5781a8a42bcbddca6428751e61f4848fd13f73665d2c907173215c9451c43ca07bb6435dd48dc176c0f86665cd6d6cadc51dead4a95353f605ece879")),
];
