//! What a doctor asks by `S7CommPlus`: first what the CPU shows to who says nothing of himself, then what it lets this user do.
use super::overheard::{Far, Overheard};
use super::{Checks, Outcome};
use crate::exit::{Exit, Failure};
use crate::session::{Session, clean, meaning};
use crate::trust::{self, Secrets};
use crate::url::{Both, Way};
use hepta::plus::{Client, Facts, Options, ReturnValue, Security, TlsError, Trust, describe};
use hepta::proto::Error as Peer;
use hepta::proto::plus::{Function, Refused};
use hepta::{Error, ErrorKind, Reconnect};
use hepta_proto::iso::Tsap;
use std::sync::Arc;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// Whom every panel calls.
const HMI: &str = "SIMATIC-ROOT-HMI";

/// The checks up to TLS, and those that need a session.
pub(super) const STEPS: [&str; 4] = ["CR SIMATIC-ROOT-HMI", "InitSSL", "TLS", "certificate"];
pub(super) const SESSION: [&str; 4] = ["session", "protection", "limits", "password"];

/// What a CPU shows to who says nothing of himself.
struct Shown {
    far: Far,
    error: Option<Error>,
    /// Its certificate, in DER.
    certificate: Option<Vec<u8>>,
}

impl Shown {
    /// Connects by TLS, accepts no certificate, and so never comes to a session.
    async fn of(both: &Both) -> Result<Self, Failure> {
        let (host, port) = both.plus.endpoint();
        let overheard = Arc::new(Overheard::new(both.tap.clone()));
        let called = Tsap::new(HMI.as_bytes()).map_err(Failure::usage)?;
        let options = Options::new(host).port(port).called(called).reconnect(Reconnect::OFF);
        let options = options.trust(Trust::Known(None)).tap(Arc::clone(&overheard) as _);
        let client = Client::new(options);
        let error = client.connect().await.err();
        let certificate = client.refused_certificate();
        client.close().await;
        Ok(Self { far: overheard.far(), error, certificate })
    }
    fn kind(&self) -> Option<&ErrorKind> {
        self.error.as_ref().map(Error::kind)
    }
    fn no_tls(&self) -> Option<ReturnValue> {
        self.error.as_ref().and_then(no_tls)
    }
    /// The answer to `InitSSL` was any other refusal.
    fn refused(&self) -> Option<ReturnValue> {
        match self.kind() {
            Some(ErrorKind::Protocol(Peer::Returned { function: Function::InitSSL, outcome })) => {
                Some(*outcome)
            }
            _ => None,
        }
    }
    fn why(&self) -> String {
        self.kind().map_or_else(|| "nothing is wrong".to_owned(), ToString::to_string)
    }
    fn hint(&self) -> Option<&'static str> {
        self.error.as_ref().and_then(Error::hint)
    }
    /// TLS came as far as a certificate.
    fn tls(&self) -> bool {
        self.certificate.is_some()
    }
}

/// The CPU says itself that it has no TLS.
fn no_tls(error: &Error) -> Option<ReturnValue> {
    match error.kind() {
        ErrorKind::Protocol(Peer::NoSession(Refused::NoTls(outcome))) => Some(*outcome),
        _ => None,
    }
}

/// A session, all that it tells, and its end.
async fn session(options: Options) -> Result<Session, Error> {
    let client = Client::new(options);
    let session = match client.connect().await {
        Ok(()) => Session::read(&client).await,
        Err(error) => Err(error),
    };
    client.close().await;
    session
}

impl Checks {
    /// Of a CPU that is asked by classic S7: does it speak the other protocol, too?
    pub(super) async fn offers_plus(&mut self, both: &Both) -> Result<(), Failure> {
        let shown = Shown::of(both).await?;
        let (outcome, evidence) = if shown.tls() {
            (Outcome::Ok, "offered, by TLS: s7plus://".to_owned())
        } else if shown.no_tls().is_some() {
            (Outcome::Ok, "offered, without TLS: s7plus://...?security=open".to_owned())
        } else {
            (Outcome::Skipped, format!("not offered: {}", shown.why()))
        };
        self.add("S7CommPlus", outcome, evidence, None);
        Ok(())
    }

    /// All that can be found out, without a word that is secret unless the user gave one. Says whether there was a session.
    pub(super) async fn examine_plus(&mut self, both: &Both, secrets: &Secrets) -> Result<bool, Failure> {
        let options = secrets.apply_unasked(both.plus.clone())?;
        let shown = Shown::of(both).await?;
        if !shown.far.confirmed {
            let advice = "the CPU lets no panel in: it has no S7CommPlus (S7-300, S7-400, LOGO!), or all connection resources are taken";
            let refused = matches!(shown.kind(), Some(ErrorKind::Protocol(_)));
            let outcome = if both.way == Way::Any { Outcome::Skipped } else { Outcome::Failed };
            self.add(STEPS[0], outcome, shown.why(), if refused { Some(advice) } else { shown.hint() });
            if let (Some(error), Outcome::Failed) = (shown.error, outcome) {
                self.ended(&error);
            }
            self.skip(&STEPS[1..]);
            self.skip(&SESSION);
            return Ok(false);
        }
        self.add(STEPS[0], Outcome::Ok, "accepted", None);
        let began = Instant::now();
        let mut session = session(options.clone()).await;
        let wanted = session.as_ref().err().and_then(no_tls).is_some();
        if wanted {
            // The CPU itself says that it has no TLS, so it is asked without: nothing secret is said there. Where a certificate was
            // chosen or a password given, the client insists on TLS all the same, and says so.
            session = self::session(options.security(Security::Auto)).await;
        }
        let took = began.elapsed();
        self.tls(&shown, wanted && both.way == Way::Plus);
        self.certificate(&shown, session.as_ref(), secrets);
        match session {
            Ok(session) => {
                let how = match session.facts.security {
                    Security::Open => "without TLS: whoever is in between can read and change everything",
                    _ => "inside TLS",
                };
                let advice =
                    wanted.then_some("ask for it by s7plus://HOST?security=open, if the network allows that");
                self.add(
                    "session",
                    Outcome::Ok,
                    format!("{}, {how}, in {took:.1?}", session.device()),
                    advice,
                );
                self.allowed(&session);
                Ok(true)
            }
            Err(error) => {
                match error.kind() {
                    ErrorKind::Protocol(Peer::Tls(TlsError::Unknown(_))) => {
                        let reason = "nobody has accepted the certificate";
                        let advice = "--pin HEX or --trust-first to go on with this CPU alone, --insecure with whoever is there";
                        self.add("session", Outcome::Skipped, reason, Some(advice));
                    }
                    kind => {
                        self.add("session", Outcome::Failed, kind.to_string(), error.hint());
                        self.ended(&error);
                    }
                }
                self.skip(&SESSION[1..]);
                Ok(false)
            }
        }
    }

    /// `InitSSL`, and TLS itself. That there is none is a failure where it is `wanted`.
    fn tls(&mut self, shown: &Shown, wanted: bool) {
        let (none, refused) = (shown.no_tls(), shown.refused());
        if let Some(outcome) = none.or(refused) {
            let evidence = match none {
                Some(_) => format!("refused, there is no TLS: {outcome} ({})", outcome.code().0),
                None => format!("refused: {outcome} ({})", outcome.code().0),
            };
            let failed = wanted || none.is_none();
            self.add(
                "InitSSL",
                if failed { Outcome::Failed } else { Outcome::Skipped },
                evidence,
                outcome.hint(),
            );
            self.skip(&["TLS"]);
        } else if shown.far.answered {
            self.add("InitSSL", Outcome::Ok, "the CPU takes TLS", None);
            if shown.tls() {
                let agreed = shown.far.hello.map(|hello| format!(", {hello}")).unwrap_or_default();
                self.add("TLS", Outcome::Ok, format!("TLS 1.3{agreed}"), None);
            } else {
                let advice = "a CPU that resets here takes none of what is offered (x25519, AES-GCM), or somebody in between does not let it pass";
                self.add("TLS", Outcome::Failed, shown.why(), shown.hint().or(Some(advice)));
            }
        } else {
            let advice = "somebody accepts the connection and does not speak S7CommPlus: a gateway, or a CPU without a free connection";
            self.add("InitSSL", Outcome::Failed, format!("no answer: {}", shown.why()), Some(advice));
            self.skip(&["TLS"]);
        }
    }

    /// The certificate, and what the user has said of it.
    fn certificate(&mut self, shown: &Shown, session: Result<&Session, &Error>, secrets: &Secrets) {
        let Some(der) = &shown.certificate else { return self.skip(&["certificate"]) };
        let evidence = match describe(der) {
            Some(known) => {
                let [from, to] = &known.validity;
                let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
                let now = i64::try_from(now).unwrap_or(i64::MAX);
                let dates = if now < known.not_before {
                    ", not valid yet by the clock here"
                } else if now > known.not_after {
                    ", expired by the clock here"
                } else {
                    ""
                };
                format!(
                    "SHA-256 {}, subject {}, valid {from} to {to}{dates}",
                    known.print,
                    clean(&known.subject)
                )
            }
            None => "it cannot be read".to_owned(),
        };
        match session.map_err(Error::kind) {
            Err(ErrorKind::Protocol(Peer::Tls(tls @ TlsError::Unknown(_)))) => {
                let (advice, evidence) = (trust::hint(tls), format!("not accepted yet: {evidence}"));
                self.add("certificate", Outcome::Skipped, evidence, advice.as_deref());
            }
            Err(ErrorKind::Protocol(Peer::Tls(
                tls @ (TlsError::Changed { .. } | TlsError::Certificate(_)),
            ))) => {
                let advice = trust::hint(tls).or_else(|| tls.hint().map(str::to_owned));
                self.add("certificate", Outcome::Failed, format!("{tls}: {evidence}"), advice.as_deref());
            }
            // A password that is refused is refused inside TLS.
            Ok(Session { facts: Facts { security: Security::Tls, .. }, .. }) | Err(ErrorKind::Login(_)) => {
                let by = secrets.accepts_by();
                self.add("certificate", Outcome::Ok, format!("accepted by {by}: {evidence}"), None);
            }
            Ok(_) | Err(_) => {
                self.add("certificate", Outcome::Skipped, format!("nobody looked at it: {evidence}"), None);
            }
        }
    }

    /// What the session may do.
    fn allowed(&mut self, session: &Session) {
        match session.level {
            Some(level) => {
                let evidence = format!("level {}: {}", level.0, meaning(level));
                let advice = "give the password of the protection level: --password-file FILE, with --user NAME where the CPU has users";
                let closed = level.0 > 1;
                self.add("protection", Outcome::Ok, evidence, closed.then_some(advice));
            }
            None => self.add("protection", Outcome::Skipped, "the CPU does not tell it", None),
        }
        self.add("limits", Outcome::Ok, session.limits(), None);
        self.add("password", Outcome::Ok, session.password_form(), None);
    }

    /// The first end decides on the exit status.
    fn ended(&mut self, error: &Error) {
        let exit: Exit = Failure::from(error.clone()).exit;
        self.exit.get_or_insert(exit);
    }
}
