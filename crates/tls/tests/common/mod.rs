//! Two ends and the way between them.
#![allow(dead_code, reason = "each test uses its part")]
use hepta_tls::{Acceptor, Connector, Identity, Profile, Session, Tls, TlsError, Trust};
use std::path::{Path, PathBuf};

pub(crate) const PLC: &str = "192.168.0.1:102";

/// Octets under way, and what both ends have heard.
#[derive(Default)]
pub(crate) struct Way {
    pub(crate) up: Vec<u8>,
    pub(crate) down: Vec<u8>,
    /// All that ever was sent.
    pub(crate) said: Vec<(bool, Vec<u8>)>,
    pub(crate) client: Vec<u8>,
    pub(crate) plc: Vec<u8>,
}

/// What became of each end.
pub(crate) type Ends = (Result<(), TlsError>, Result<(), TlsError>);

impl Way {
    /// Carries octets, `step` at a time, until nothing is under way.
    pub(crate) fn carry(&mut self, client: &mut dyn Tls, plc: &mut dyn Tls, step: usize) -> Ends {
        let mut ends = (Ok(()), Ok(()));
        while !(self.up.is_empty() && self.down.is_empty()) {
            let up = core::mem::take(&mut self.up);
            for part in up.chunks(step) {
                if ends.1.is_ok() {
                    ends.1 = plc.receive(part, &mut self.plc, &mut self.down);
                }
            }
            self.said.push((true, up));
            let down = core::mem::take(&mut self.down);
            for part in down.chunks(step) {
                if ends.0.is_ok() {
                    ends.0 = client.receive(part, &mut self.client, &mut self.up);
                }
            }
            self.said.push((false, down));
        }
        ends
    }
    /// The handshake.
    pub(crate) fn shake(&mut self, client: &mut dyn Tls, plc: &mut dyn Tls, step: usize) -> Ends {
        client.receive(&[], &mut self.client, &mut self.up).unwrap();
        self.carry(client, plc, step)
    }
}

pub(crate) fn identity() -> Identity {
    Identity::generate("PLC_1", &[]).unwrap()
}

/// Two ends that trust each other, after their handshake.
pub(crate) fn pair(step: usize) -> (Session, Session, Way) {
    let identity = identity();
    let acceptor = Acceptor::new(&identity).unwrap();
    let connector = Connector::new(Profile::siemens(), Trust::Pin(vec![identity.print()])).unwrap();
    let (mut client, mut plc, mut way) =
        (connector.start(PLC).unwrap(), acceptor.start().unwrap(), Way::default());
    assert_eq!(way.shake(&mut client, &mut plc, step), (Ok(()), Ok(())));
    assert!(client.ready() && plc.ready());
    (client, plc, way)
}

/// Lengths of the records, headers counted.
pub(crate) fn records(mut octets: &[u8]) -> Vec<usize> {
    let mut lengths = vec![];
    while let [_, _, _, high, low, ..] = *octets {
        let length = 5 + usize::from(u16::from_be_bytes([high, low]));
        lengths.push(length);
        octets = &octets[length..];
    }
    assert!(octets.is_empty(), "half a record");
    lengths
}

/// A folder that is gone when it is dropped.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("hepta-tls-{}-{name}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// May others read it? On Unix alone is that asked.
pub(crate) fn assert_private(path: &Path) {
    assert!(path.exists(), "{}", path.display());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{}", path.display());
    }
}
