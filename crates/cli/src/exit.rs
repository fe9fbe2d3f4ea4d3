//! How the program ends: what scripts look at.
use core::fmt;
use hepta::plus::ReturnValue;
use std::io::Write;
use std::process::ExitCode;

/// One line on standard output. `println!` would panic where nobody reads any more (`| head`).
pub(crate) fn say(line: impl fmt::Display) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()
}

/// One line on standard error; that nobody reads it is nobody's loss.
pub(crate) fn remark(line: impl fmt::Display) {
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}

/// Exit status, the same for every command.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Ord, PartialOrd)]
pub(crate) enum Exit {
    /// All went well.
    Good = 0,
    /// Some item failed, or something was not understood.
    Partly = 1,
    /// The command line, an address, a value or a file makes no sense.
    Usage = 2,
    /// Nobody could be reached.
    Unreachable = 3,
    /// The CPU refused.
    Refused = 4,
    /// Authentication or certificate.
    Authentication = 5,
    /// Time ran out.
    Timeout = 6,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Why a command ended early: its exit status, and the one line that says what and where.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) exit: Exit,
    pub(crate) message: String,
    pub(crate) hint: Option<String>,
    /// The number the CPU gave its refusal.
    code: Option<u64>,
}

/// What a command with `--json` came to: that of a failure is told as one object, too, so that scripts find it where they look.
pub(crate) fn told(json: bool, done: Result<Exit, Failure>) -> Result<Exit, Failure> {
    if let (Err(Failure { message, hint, code, .. }), true) = (&done, json)
        && !message.is_empty()
    {
        say(serde_json::json!({"ok": false, "code": code, "error": message, "hint": hint}))?;
    }
    done
}

impl Failure {
    pub(crate) fn new(exit: Exit, message: impl fmt::Display) -> Self {
        Self { exit, message: message.to_string(), hint: None, code: None }
    }
    /// The command line's fault.
    pub(crate) fn usage(message: impl fmt::Display) -> Self {
        Self::new(Exit::Usage, message)
    }
    pub(crate) fn hint(self, hint: impl fmt::Display) -> Self {
        Self { hint: Some(hint.to_string()), ..self }
    }
    /// What the CPU refused by S7CommPlus.
    pub(crate) fn refused(what: impl fmt::Display, outcome: ReturnValue) -> Self {
        let failure =
            Self { code: Some(outcome.0), ..Self::new(Exit::Refused, format_args!("{what}: {outcome}")) };
        match outcome.hint() {
            Some(hint) => failure.hint(hint),
            None => failure,
        }
    }
    /// A file that cannot be used.
    pub(crate) fn file(path: &std::path::Path, error: impl fmt::Display) -> Self {
        Self::usage(format_args!("{}: {error}", path.display()))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match &self.hint {
            Some(hint) => write!(f, "\n  hint: {hint}"),
            None => Ok(()),
        }
    }
}

impl From<std::io::Error> for Failure {
    /// Standard output that went away (`| head`) ends a command quietly; anything else is told.
    fn from(error: std::io::Error) -> Self {
        if error.kind() == std::io::ErrorKind::BrokenPipe {
            Self::new(Exit::Good, "")
        } else {
            Self::new(Exit::Partly, error)
        }
    }
}

impl From<hepta::Error> for Failure {
    fn from(error: hepta::Error) -> Self {
        use hepta::proto::Error as Peer;
        let exit = match error.kind() {
            _ if error.is_authentication() => Exit::Authentication,
            hepta::ErrorKind::Timeout(_) => Exit::Timeout,
            // What the caller asked for cannot be.
            hepta::ErrorKind::Config(_)
            | hepta::ErrorKind::Protocol(Peer::Tsap(_) | Peer::TooLong { .. } | Peer::Address { .. }) => {
                Exit::Usage
            }
            hepta::ErrorKind::Protocol(_) => Exit::Refused,
            _ => Exit::Unreachable,
        };
        let failure = Self { code: error.code(), ..Self::new(exit, &error) };
        // The options of this program have names that the library does not know.
        let ours = match error.kind() {
            hepta::ErrorKind::Protocol(Peer::Tls(tls)) => crate::trust::hint(tls),
            _ => None,
        };
        match ours.or_else(|| error.hint().map(str::to_owned)) {
            Some(hint) => failure.hint(hint),
            None => failure,
        }
    }
}
