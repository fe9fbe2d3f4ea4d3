//! Why a server does not run.
use core::net::SocketAddr;
use std::io;

/// Why a server does not run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The address cannot be listened on.
    #[error("cannot listen on {addr}: {source}{}", hint(*addr, source))]
    Bind {
        /// The address.
        addr: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// The runtime or its thread could not be made.
    #[error("cannot start the server's runtime: {0}")]
    Runtime(#[source] io::Error),
    /// The socket cannot be used by the runtime.
    #[error("cannot use the listening socket: {0}")]
    Socket(#[source] io::Error),
    /// The certificate that the CPU shows cannot be made or read.
    #[error(transparent)]
    Tls(#[from] hepta_tls::Error),
    /// A data block of a fixture cannot be.
    #[error(transparent)]
    Block(#[from] hepta_plc::Error),
}

/// What to do about it, where there is something.
fn hint(addr: SocketAddr, source: &io::Error) -> String {
    let port = addr.port();
    let other = "or listen on another port, as with `--listen :1102`";
    match source.kind() {
        io::ErrorKind::PermissionDenied if cfg!(windows) => {
            format!(". Port {port} is reserved: see `netsh int ipv4 show excludedportrange tcp`, {other}")
        }
        io::ErrorKind::PermissionDenied if port < 1024 => format!(
            ". Ports below 1024 need rights: `sudo setcap cap_net_bind_service=+ep PROGRAM`, \
             or `sudo sysctl net.ipv4.ip_unprivileged_port_start={port}`, {other}"
        ),
        io::ErrorKind::AddrInUse if cfg!(windows) && port == crate::PORT => format!(
            ". STEP 7, TIA Portal and WinCC hold port {port} with their service S7DOS: \
             stop \"SIMATIC S7DOS Help Service\" (`net stop s7oiehsx`), {other}"
        ),
        io::ErrorKind::AddrInUse => format!(". Another program has port {port}: end it, {other}"),
        io::ErrorKind::AddrNotAvailable => ". This machine does not have that address".into(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_what_to_do() {
        let say = |addr: &str, kind: io::ErrorKind| {
            Error::Bind { addr: addr.parse().unwrap(), source: kind.into() }.to_string()
        };
        let rights = say("0.0.0.0:102", io::ErrorKind::PermissionDenied);
        assert!(rights.starts_with("cannot listen on 0.0.0.0:102: permission denied. "), "{rights}");
        assert!(rights.contains("1102"), "{rights}");
        assert!(
            cfg!(windows) || rights.contains("setcap") && rights.contains("ip_unprivileged_port_start=102")
        );
        assert!(say("0.0.0.0:102", io::ErrorKind::AddrInUse).contains("--listen :1102"));
        assert!(!say("0.0.0.0:102", io::ErrorKind::InvalidInput).contains("1102"));
    }
}
