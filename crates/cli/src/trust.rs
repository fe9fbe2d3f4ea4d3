//! Whom the user trusts, and what proves who the user is.
use crate::exit::{Failure, remark};
use etcetera::{BaseStrategy as _, choose_base_strategy};
use hepta::plc::Options;
use hepta::plus::{self, Authorities, Credential, KeyLog, Print, Store, TlsError, Trust};
use hepta::{Error, ErrorKind};
use std::io::{BufRead as _, IsTerminal as _};
use std::path::{Path, PathBuf};

/// Certificates and passwords, of S7CommPlus. Neither stands in a URL: those end up in logs and shell histories.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "S7CommPlus")]
pub(crate) struct Secrets {
    /// Accept the first certificate that this CPU shows, keep it, and accept no other after it.
    #[arg(long, conflicts_with_all = ["pin", "insecure", "ca"])]
    trust_first: bool,
    /// Accept the certificate with this SHA-256 (hex) and no other. May be given again and again.
    #[arg(long, value_name = "HEX", conflicts_with_all = ["insecure", "ca"])]
    pin: Vec<Print>,
    /// Accept certificates that this authority (PEM) has signed.
    #[arg(long, value_name = "FILE", conflicts_with = "insecure")]
    ca: Option<PathBuf>,
    /// Accept any certificate: whoever is in between can read and change everything.
    #[arg(long)]
    insecure: bool,
    /// Log in as this user. The password comes from --password-file, from the environment (`HEPTA_PASSWORD`) or from a prompt.
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
    /// A file whose first line is the password.
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// Ask for the password of the protection level.
    #[arg(long)]
    ask_password: bool,
    /// Write the keys of TLS to this file, for Wireshark or `hepta decode --keylog`: whoever has it can read everything.
    #[arg(long, value_name = "FILE")]
    key_log: Option<PathBuf>,
}

/// What is there of it goes into options, of whichever protocol.
macro_rules! fill {
    ($options:ident, $trust:expr, $credential:expr, $key_log:expr) => {
        if let Some(trust) = $trust {
            $options = $options.trust(trust);
        }
        if let Some(credential) = $credential {
            $options = $options.credential(credential);
        }
        if let Some(log) = $key_log {
            $options = $options.key_log(log);
        }
    };
}

impl Secrets {
    /// Options that know whom to trust, and who the user is.
    pub(crate) fn apply(&self, mut options: Options) -> Result<Options, Failure> {
        fill!(options, self.trust()?, self.credential()?, self.key_log()?);
        Ok(options)
    }
    /// The same for S7CommPlus alone, and nobody is asked for anything: the password comes from a file or the environment.
    pub(crate) fn apply_unasked(&self, mut options: plus::Options) -> Result<plus::Options, Failure> {
        let credential = match self.kept_password()? {
            None if self.asks() => {
                return Err(Failure::usage(
                    "this command asks for no password: give it by --password-file or HEPTA_PASSWORD",
                ));
            }
            password => password.map(|password| self.whose(password)),
        };
        fill!(options, self.trust()?, credential, self.key_log()?);
        Ok(options)
    }
    /// By which option a certificate was accepted, where it was.
    pub(crate) fn accepts_by(&self) -> &'static str {
        if self.insecure {
            "--insecure, which accepts any"
        } else if self.ca.is_some() {
            "--ca"
        } else if !self.pin.is_empty() {
            "--pin"
        } else if self.trust_first {
            "--trust-first"
        } else {
            "what is known: it was accepted before"
        }
    }

    fn key_log(&self) -> Result<Option<KeyLog>, Failure> {
        let Some(path) = &self.key_log else { return Ok(None) };
        KeyLog::append(path).map(Some).map_err(|e| Failure::file(path, e))
    }

    fn trust(&self) -> Result<Option<Trust>, Failure> {
        Ok(Some(if self.insecure {
            Trust::Insecure
        } else if let Some(path) = &self.ca {
            let text = std::fs::read(path).map_err(|e| Failure::file(path, e))?;
            Trust::Ca(Authorities::pem(&text).map_err(|e| Failure::file(path, e))?)
        } else if !self.pin.is_empty() {
            Trust::Pin(self.pin.clone())
        } else {
            match known() {
                Some(path) if self.trust_first => Trust::FirstUse(open(&path)?),
                Some(path) if path.exists() => Trust::Known(Some(open(&path)?)),
                None if self.trust_first => {
                    return Err(Failure::usage(
                        "--trust-first: there is no folder to keep certificates in; name one by HEPTA_STATE",
                    ));
                }
                _ => return Ok(None),
            }
        }))
    }

    fn credential(&self) -> Result<Option<Credential>, Failure> {
        let password = match self.kept_password()? {
            None if self.asks() => {
                let whose = self.user.as_deref().unwrap_or("the protection level");
                let prompt = format!("Password of {whose}: ");
                let password = rpassword::prompt_password(prompt);
                Some(password.map_err(|e| Failure::usage(format_args!("no password: {e}")))?)
            }
            password => password,
        };
        Ok(password.map(|password| self.whose(password)))
    }
    /// The password of the file or the environment.
    fn kept_password(&self) -> Result<Option<String>, Failure> {
        let Some(path) = &self.password_file else { return Ok(std::env::var("HEPTA_PASSWORD").ok()) };
        let file = std::fs::File::open(path).map_err(|e| Failure::file(path, e))?;
        let mut line = String::new();
        std::io::BufReader::new(file).read_line(&mut line).map_err(|e| Failure::file(path, e))?;
        Ok(Some(line.trim_end_matches(['\r', '\n']).to_owned()))
    }
    /// Is the user asked for a password that stands nowhere?
    const fn asks(&self) -> bool {
        self.ask_password || self.user.is_some()
    }
    fn whose(&self, password: String) -> Credential {
        match &self.user {
            Some(name) => Credential::user(name.as_str(), password),
            None => Credential::password(password),
        }
    }

    /// Where nobody has accepted the certificate yet: asks the user, if there is one. Says whether it is worth another try.
    pub(crate) fn accepted(&self, error: &Error) -> Result<bool, Failure> {
        let ErrorKind::Protocol(hepta::proto::Error::Tls(TlsError::Unknown(print))) = error.kind() else {
            return Ok(false);
        };
        let chosen = self.insecure || self.trust_first || self.ca.is_some() || !self.pin.is_empty();
        let Some(path) = known().filter(|_| !chosen) else { return Ok(false) };
        if !(std::io::stdin().is_terminal() && std::io::stderr().is_terminal()) {
            return Ok(false);
        }
        remark(format_args!(
            "{} shows a certificate that nobody has accepted yet. Its SHA-256 is\n  {print}",
            error.endpoint()
        ));
        remark("Compare it with TIA Portal or the CPU's display. Accept it from now on? [y/N]");
        let mut answer = String::new();
        std::io::stdin().lock().read_line(&mut answer)?;
        if !matches!(answer.trim(), "y" | "Y" | "yes" | "j" | "ja") {
            return Ok(false);
        }
        open(&path)?.accept(error.endpoint(), *print).map_err(|e| Failure::file(&path, e))?;
        Ok(true)
    }
}

/// What to do about a certificate that is not accepted, by the names of the options here.
pub(crate) fn hint(error: &TlsError) -> Option<String> {
    match error {
        TlsError::Unknown(print) => Some(format!(
            "compare it with TIA Portal or the CPU's display, then accept it: --pin {print}, or --trust-first to keep it; --insecure \
             accepts anything"
        )),
        TlsError::Changed { shown, .. } => Some(format!(
            "a new device, a new project, or somebody in between: find out which. Then --pin {shown}, or remove its line from {}",
            known()
                .map_or_else(|| "the file of known certificates".into(), |path| path.display().to_string())
        )),
        _ => None,
    }
}

fn open(path: &Path) -> Result<Store, Failure> {
    Store::open(path).map_err(|e| Failure::file(path, e))
}

/// Where known certificates are kept: a file for this user alone.
fn known() -> Option<PathBuf> {
    let folder = if let Some(folder) = std::env::var_os("HEPTA_STATE").filter(|folder| !folder.is_empty()) {
        PathBuf::from(folder)
    } else {
        let places = choose_base_strategy().ok()?;
        places.state_dir().unwrap_or_else(|| places.data_dir()).join("hepta")
    };
    Some(folder.join("known_plcs"))
}
