//! What is done right after the handshake: how much is open, and the password if there is one.
use super::{Credential, LoginError};
use hepta_auth::legitimation::{Chain, Payload, ProtectionLevel, sha1_response};
use hepta_auth::{Challenge, Device, Method};
use hepta_proto::Error;
use hepta_proto::plus::address::Qualifier;
use hepta_proto::plus::client::{Draft, Peer};
use hepta_proto::plus::message::ask::{GetVarSubStreamed, SetVariable};
use hepta_proto::plus::message::{Ask, Reply, Response};
use hepta_proto::plus::op::{Operation, Ticket, Want};
use hepta_proto::plus::value::{Array, Blob, Data};
use hepta_proto::plus::{ErrorCode, Id, Value};
use std::borrow::Cow;
use zeroize::Zeroize as _;

/// Attributes of the session object.
const LEVEL: u32 = Id::EffectiveProtectionLevel.0;
const CHALLENGE: u32 = Id::ServerSessionChallenge.0;
const RESPONSE: u32 = Id::ServerSessionResponse.0;
const LEGITIMATE: u32 = Id::Legitimate.0;

/// What a login came to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Login {
    /// How much of the CPU is open to the session now, if the CPU says so.
    pub level: Option<ProtectionLevel>,
    /// Was the credential sent? It is not where all is open already.
    pub sent: bool,
}

/// Reads the protection level and, if there is a credential and it is needed, gives it.
///
/// It changes the session and not the PLC, so it is no question of the write gate; a driver runs it once and never again.
#[derive(Debug)]
pub(crate) struct Enter<'a> {
    credential: Option<Cow<'a, Credential>>,
    step: Step,
    waiting: bool,
    level: Option<ProtectionLevel>,
    challenge: Challenge,
    sent: bool,
    error: Option<LoginError>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Step {
    Level,
    Challenge,
    Answer,
    LevelAgain,
    Done,
}

impl<'a> Enter<'a> {
    pub(crate) fn new(credential: Option<Cow<'a, Credential>>) -> Self {
        Self {
            credential,
            step: Step::Level,
            waiting: false,
            level: None,
            challenge: [0; 20],
            sent: false,
            error: None,
        }
    }
    fn get(peer: &Peer, id: u32, draft: &mut Draft<'_>) {
        draft.ask(&Ask::GetVarSubStreamed(GetVarSubStreamed {
            object: peer.session,
            path: Value::addresses(vec![id]),
            qualifier: Qualifier::default(),
            unknown: 1,
            extra: false,
        }));
    }
    /// What goes out for the challenge, and to which attribute.
    fn answer(&self, peer: &Peer, draft: &mut Draft<'_>) -> Result<(u32, Value), LoginError> {
        // The exporter's secret is there with TLS alone.
        let (Some(credential), Some(secret)) = (&self.credential, peer.secret()) else {
            return Err(LoginError::Weak(peer.security));
        };
        let device = Device::parse(&peer.device).map_err(|_| LoginError::Device(excerpt(&peer.device)))?;
        match device.method() {
            Method::Sha1 => {
                let mut response =
                    sha1_response(credential, &self.challenge).map_err(|_| LoginError::User)?;
                draft.attempt();
                let value = Value::octets(response.to_vec());
                response.zeroize();
                Ok((RESPONSE, value))
            }
            Method::Aes => {
                let mut chain = Chain::new(*secret);
                for _ in 1..draft.attempt() {
                    chain.advance();
                }
                Ok((LEGITIMATE, Value::blob(chain.seal(&Payload::of(credential), &self.challenge))))
            }
            Method::Unsupported { least } => {
                Err(LoginError::Firmware { device: excerpt(&peer.device), least: (least.major, least.minor) })
            }
            _ => Err(LoginError::Device(excerpt(&peer.device))),
        }
    }
    fn give_up(&mut self, error: LoginError) {
        (self.step, self.error) = (Step::Done, Some(error));
    }
    /// The level is known, or the CPU does not tell it: is there more to do?
    fn decide(&mut self, peer_says: Option<ProtectionLevel>) {
        self.level = peer_says;
        let open = peer_says.is_some_and(|level| level.0 <= ProtectionLevel::Full.0);
        self.step = if self.credential.is_none() || open { Step::Done } else { Step::Challenge };
    }
}

impl Operation for Enter<'_> {
    type Output = Result<Login, LoginError>;

    fn want(&self) -> Want {
        if self.waiting || self.step == Step::Done { Want::Nothing } else { Want::Ask }
    }

    fn write(&mut self, peer: &Peer, draft: &mut Draft<'_>) -> Result<Ticket, Error> {
        self.waiting = true;
        match self.step {
            Step::Challenge if peer.secret().is_none() => {
                // Nothing secret has been said, and nothing is.
                self.waiting = false;
                self.give_up(LoginError::Weak(peer.security));
            }
            Step::Level | Step::LevelAgain => Self::get(peer, LEVEL, draft),
            Step::Challenge => Self::get(peer, CHALLENGE, draft),
            Step::Answer => match self.answer(peer, draft) {
                Ok((id, value)) => {
                    let set = SetVariable {
                        object: peer.session,
                        ids: Cow::Owned(vec![id]),
                        value,
                        qualifier: Qualifier::default(),
                    };
                    let ask = Ask::SetVariable(set);
                    draft.ask(&ask);
                    self.sent = true;
                    if let Ask::SetVariable(set) = ask {
                        wipe(set.value);
                    }
                }
                Err(error) => {
                    self.waiting = false;
                    self.give_up(error);
                }
            },
            Step::Done => self.waiting = false,
        }
        Ok(Ticket(0))
    }

    fn take(&mut self, _: Ticket, response: Response<'_>) -> Result<(), Error> {
        self.waiting = false;
        let outcome = response.outcome;
        let value = match response.reply {
            Reply::GetVarSubStreamed(reply) if !outcome.failed() => Some(reply.value),
            _ => None,
        };
        let level = value.as_ref().and_then(Value::as_u32).map(ProtectionLevel);
        match self.step {
            // A CPU that does not tell may still have what is asked for.
            Step::Level => self.decide(level),
            Step::Challenge => match value.as_ref().and_then(Value::as_bytes).map(TryInto::try_into) {
                Some(Ok(challenge)) => (self.challenge, self.step) = (challenge, Step::Answer),
                _ if outcome.failed() => self.give_up(LoginError::Refused(outcome)),
                _ => self.give_up(LoginError::Challenge),
            },
            Step::Answer => {
                let disabled = outcome.code() == ErrorCode::MessageLegitimLevelCurrentlyDisabled;
                if outcome.refuses_password() || disabled {
                    self.give_up(LoginError::Refused(outcome));
                } else {
                    self.step = Step::LevelAgain;
                }
            }
            Step::LevelAgain => (self.level, self.step) = (level, Step::Done),
            Step::Done => {}
        }
        Ok(())
    }

    fn finish(mut self) -> Self::Output {
        match self.error.take() {
            Some(error) => Err(error),
            None => Ok(Login { level: self.level, sent: self.sent }),
        }
    }

    fn changes(&self) -> bool {
        false
    }
}

impl Drop for Enter<'_> {
    fn drop(&mut self) {
        self.challenge.zeroize();
    }
}

/// As much of what the CPU says of itself as goes into an error.
fn excerpt(device: &str) -> String {
    device.chars().take(80).collect()
}

/// Overwrites what was made of a password.
fn wipe(value: Value) {
    match value.into_data() {
        Data::Blob(Blob::Octets(mut octets)) | Data::Array(Array::USInt(mut octets)) => octets.zeroize(),
        _ => {}
    }
}
