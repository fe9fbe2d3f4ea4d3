//! What one session is answered.
use super::Shared;
use super::access::{self, penalty};
use hepta_auth::legitimation::{Chain, sha1_open};
use hepta_auth::{Challenge, Device as DeviceText, Method};
use hepta_plc::program::Exploration;
use hepta_plc::{Event, Plc, Who};
use hepta_proto::iso::{self, DisconnectReason};
use hepta_proto::plus::frame::Version;
use hepta_proto::plus::message::{Addresses, Ask, Reply, Request, ask, reply};
use hepta_proto::plus::server::{Answer, Device, Objects};
use hepta_proto::plus::value::{Data, Member, Struct};
use hepta_proto::plus::{ErrorCode, Id, ItemAddress, Object, ReturnValue, Rid, Security, Value};
use hepta_proto::tls::Tls;
use std::borrow::Cow;
use std::sync::Arc;

/// Wrong passwords before the connection ends.
const TRIES: u32 = 3;

/// The CPU, as one connection sees it by `S7CommPlus`.
#[derive(Debug)]
pub(crate) struct Session {
    of: hepta_plc::Session,
    shared: Arc<Shared>,
    /// Relation id of the session, once there is one.
    id: Option<u32>,
    /// What it may do: as attribute 1842 says.
    level: u32,
    /// Drawn when 303 was read, for one answer.
    challenge: Option<Challenge>,
    /// Keys of passwords, bound to this TLS connection.
    chain: Option<Chain>,
    failures: u32,
}

impl Session {
    pub(crate) fn new(of: hepta_plc::Session, shared: Arc<Shared>) -> Self {
        let level = shared.access.level();
        Self { of, shared, id: None, level, challenge: None, chain: None, failures: 0 }
    }
    pub(crate) const fn of(&self) -> &hepta_plc::Session {
        &self.of
    }
    pub(crate) fn into_inner(self) -> hepta_plc::Session {
        self.of
    }
    fn plc(&self) -> &Plc {
        self.of.plc()
    }
    fn who(&self) -> Who {
        Who::Connection(self.of.id())
    }

    /// May variables be read and written? Panels may, up to the level that is made for them.
    const fn may(&self) -> bool {
        self.level <= access::HMI
    }

    fn create(&mut self, request: &Request<'_>, create: &ask::CreateObject) -> Answer {
        let own = self.id == Some(request.head.session);
        if create.parent != Rid::ObjectServerSessionContainer.0
            || create.object.class != Id::ClassServerSession.0
        {
            // Subscriptions and transactions come later.
            let code = if own { ErrorCode::ServiceNotAvailable } else { ErrorCode::ServiceInvalidSession };
            return Answer::done(ReturnValue::of(code));
        }
        if self.id.is_some() {
            return Answer::done(ReturnValue::of(ErrorCode::ServiceTooManySessions));
        }
        let id = session_id(self.of.id());
        self.id = Some(id);
        self.of.note(|| Event::Session(id));
        let role = create.object.attribute(Id::ServerSessionRole.0).and_then(Value::as_u32).unwrap_or(0);
        let object = Object {
            class_flags: 1,
            ..Object::new(Rid::ObjectNullServerSession.0, Id::ClassServerSession.0)
        }
        .with(Id::ObjectVariableTypeName.0, "")
        .with(Id::ServerSessionRole.0, 0x2000_0000 | role)
        .with(Id::ServerSessionClientComment.0, "")
        .with(Id::ServerSessionVersion.0, self.version());
        let reply = reply::CreateObject { ids: vec![id, id + 1], objects: vec![object] };
        // 17 is how CPUs without protection say that nothing more is asked for.
        let open = self.shared.security == Some(Security::Open);
        let outcome = if open { ReturnValue(17) } else { ReturnValue::OK };
        Answer::Reply(outcome, Reply::CreateObject(reply))
    }

    /// Struct 314: versions of the object system, and who the CPU is.
    fn version(&self) -> Value {
        // As an S7-1511 of firmware 1.0 was recorded, in VLQ of two and four octets, which clients look at.
        let (system, project) = (320_u32, 8_405_056_u32);
        let device = self.plc().profile().identity.session_version();
        let members = vec![
            Member::new(Id::LID_SessionVersionSystemOMS.0, system),
            Member::new(Id::LID_SessionVersionProjectOMS.0, system),
            Member::new(Id::LID_SessionVersionSystemPAOM.0, project),
            Member::new(Id::LID_SessionVersionProjectPAOM.0, project),
            Member::new(Id::LID_SessionVersionSystemPAOMString.0, device.as_str()),
            Member::new(Id::LID_SessionVersionProjectPAOMString.0, device.as_str()),
            Member::new(Id::LID_SessionVersionProjectFormat.0, 3_u16),
        ];
        Struct::new(Id::LID_SessionVersionStruct.0, members).into()
    }

    fn read_many(&self, get: &ask::GetMultiVariables<'_>) -> Answer {
        let most = self.plc().profile().plus.read;
        if usize::try_from(most).is_ok_and(|most| get.addresses.len() > most) {
            return Answer::done(ReturnValue::TOO_MANY_ITEMS);
        }
        let (mut values, mut failures) = (Vec::with_capacity(get.addresses.len()), Vec::new());
        let mut put = |number: u32, result: Result<Value, ReturnValue>| match result {
            Ok(value) => values.push((number, value)),
            Err(failure) => failures.push((number, failure)),
        };
        match &get.addresses {
            Addresses::Items(items) => {
                for (number, address) in (1..).zip(items.iter()) {
                    // What a session may do is no variable, and always there.
                    let result = if self.may() || address.area == Rid::ObjectRoot.0 {
                        self.plc().read_item(address)
                    } else {
                        Err(ReturnValue::of(ErrorCode::ServiceAccessDenied))
                    };
                    self.of.note(|| {
                        Event::ItemRead(address.clone(), result.as_ref().err().copied().unwrap_or_default())
                    });
                    put(number, result);
                }
            }
            Addresses::Ids { object, ids, .. } => {
                for (number, id) in (1..).zip(ids.iter()) {
                    put(number, self.attribute(*object, *id));
                }
            }
        }
        let reply = reply::GetMultiVariables { values: Cow::Owned(values), failures: Cow::Owned(failures) };
        Answer::Reply(ReturnValue::OK, Reply::GetMultiVariables(reply))
    }

    fn write_many(&mut self, set: &ask::SetMultiVariables<'_>) -> Answer {
        let most = self.plc().profile().plus.write;
        if usize::try_from(most).is_ok_and(|most| set.addresses.len() > most) {
            return Answer::done(ReturnValue::TOO_MANY_ITEMS);
        }
        let mut failures = Vec::new();
        let value = |number: u32| set.values.iter().find(|(n, _)| *n == number).map(|(_, value)| value);
        match &set.addresses {
            Addresses::Items(items) => {
                for (number, address) in (1..).zip(items.iter()) {
                    let done = match value(number) {
                        _ if !self.may() => Err(ReturnValue::of(ErrorCode::ServiceAccessDenied)),
                        // An attribute, spelt as an item: RUN and STOP are for who may do everything.
                        _ if self.level > access::FULL && !is_variable(address) => {
                            Err(ReturnValue::of(ErrorCode::ServiceAccessDenied))
                        }
                        None => Err(ReturnValue::of(ErrorCode::ValueMissing)),
                        Some(value) => self.plc().write_item(self.who(), address, value),
                    };
                    let outcome = done.err().unwrap_or_default();
                    self.of.note(|| Event::ItemWritten(address.clone(), outcome));
                    if done.is_err() {
                        failures.push((number, outcome));
                    }
                }
            }
            // The setup says the CPU's own version back to it: any value will do.
            Addresses::Ids { object, .. } if Some(*object) == self.id => {}
            Addresses::Ids { object, ids, .. } => {
                for (number, id) in (1..).zip(ids.iter()) {
                    let done = value(number).ok_or(ReturnValue::of(ErrorCode::ValueMissing));
                    if let Err(failure) = done.and_then(|value| self.set_attribute(*object, *id, value)) {
                        failures.push((number, failure));
                    }
                }
            }
        }
        let reply = reply::SetMultiVariables { failures: Cow::Owned(failures) };
        Answer::Reply(ReturnValue::OK, Reply::SetMultiVariables(reply))
    }

    /// An attribute of an object of the CPU, not of the session.
    fn attribute(&self, object: u32, id: u32) -> Result<Value, ReturnValue> {
        if !self.may() && object != Rid::ObjectRoot.0 {
            return Err(ReturnValue::of(ErrorCode::ServiceAccessDenied));
        }
        self.plc().attribute(object, id)
    }
    fn set_attribute(&self, object: u32, id: u32, value: &Value) -> Result<(), ReturnValue> {
        // RUN and STOP are for who may do everything.
        if self.level > access::FULL {
            return Err(ReturnValue::of(ErrorCode::ServiceAccessDenied));
        }
        self.plc().set_attribute(self.who(), object, id, value)
    }

    fn get(&mut self, get: &ask::GetVarSubStreamed) -> Answer {
        let path = get.path.as_u32s().unwrap_or_default();
        let value = match path {
            [] => Err(ReturnValue::of(ErrorCode::InvalidArgumentValue)),
            [id] if Some(get.object) == self.id => self.session_attribute(*id),
            [id, inner @ ..] => self.attribute(get.object, *id).and_then(|value| {
                inner.iter().try_fold(value, |value, member| {
                    let found = value.as_struct().and_then(|of| of.member(*member));
                    found.cloned().ok_or(ReturnValue::of(ErrorCode::InvalidLID))
                })
            }),
        };
        let (outcome, value) = match value {
            Ok(value) => (ReturnValue::OK, value),
            Err(failure) => (failure, Value::new(Data::Null)),
        };
        Answer::Reply(outcome, Reply::GetVarSubStreamed(reply::GetVarSubStreamed { unknown: 0, value }))
    }

    fn session_attribute(&mut self, id: u32) -> Result<Value, ReturnValue> {
        match Id(id) {
            Id::EffectiveProtectionLevel | Id::ActiveProtectionLevel => Ok(Value::from(self.level)),
            Id::ServerSessionChallenge => {
                let none = ReturnValue::of(ErrorCode::InfoNotAvailable);
                let challenge = self.shared.challenge().ok_or(none)?;
                self.challenge = Some(challenge);
                Ok(Value::octets(challenge.to_vec()))
            }
            Id::ServerSessionVersion => Ok(self.version()),
            Id::ServerSessionRoles => Ok(Value::with_flags(
                Data::Array(hepta_proto::plus::value::Array::UInt(vec![2])),
                Value::ADDRESS_ARRAY,
            )),
            _ => Err(ReturnValue::of(ErrorCode::InvalidAID)),
        }
    }

    fn set(&mut self, object: u32, ids: &[u32], value: &Value) -> Answer {
        let ([id], own) = (ids, Some(object) == self.id) else {
            return Answer::done(ReturnValue::of(ErrorCode::ServiceWrongNrOfArguments));
        };
        match (own, Id(*id)) {
            (true, Id::ServerSessionResponse | Id::Legitimate) => self.legitimate(Id(*id), value),
            // How some clients say that they are ready.
            (true, Id::SessionActivation | Id::ServerSessionVersion) => Answer::done(ReturnValue::OK),
            (true, _) => Answer::done(ReturnValue::of(ErrorCode::InvalidAID)),
            (false, _) => Answer::done(self.set_attribute(object, *id, value).err().unwrap_or_default()),
        }
    }

    /// The answer to a challenge: a password, in the one form that this firmware takes.
    fn legitimate(&mut self, id: Id, value: &Value) -> Answer {
        // Each challenge is for one answer, whatever becomes of it.
        let challenge = self.challenge.take();
        let device = DeviceText::parse(&self.plc().profile().identity.session_version());
        let method = device.map_or(Method::Unknown, |device| device.method());
        let (Some(challenge), Some(chain)) = (challenge, &mut self.chain) else {
            // Unasked for, or on a session without TLS, where this CPU takes no password.
            return Answer::done(ReturnValue::of(ErrorCode::ServiceNotAllowed));
        };
        let octets = value.as_bytes().unwrap_or_default();
        let opened = match (id, method) {
            (Id::ServerSessionResponse, Method::Sha1) => {
                let response = <&[u8; 20]>::try_from(octets).ok();
                response.map(|response| self.shared.access.by_hash(&sha1_open(response, &challenge)))
            }
            // A CPU that nobody has recorded does as the newest do.
            (Id::Legitimate, Method::Aes | Method::Unknown) => {
                let payload = chain.open(octets, &challenge).ok();
                payload.map(|payload| self.shared.access.by_payload(&payload))
            }
            _ => None,
        };
        match opened {
            // What makes no sense ends the connection behind its answer: nobody gets to try what opens.
            None => {
                self.of.note(|| Event::PasswordRefused);
                self.failures = TRIES;
                Answer::done(ReturnValue::INVALID_TYPE)
            }
            Some(None) => {
                self.of.note(|| Event::PasswordRefused);
                self.failures += 1;
                self.level = self.shared.access.level();
                Answer::Late(penalty(self.failures), ReturnValue::PASSWORD_REFUSED, Reply::Done)
            }
            Some(Some(level)) => {
                self.failures = 0;
                self.level = level.min(self.shared.access.level());
                let level = self.level;
                self.of.note(|| Event::Legitimated(level));
                Answer::done(ReturnValue::OK)
            }
        }
    }

    fn explore(&self, explore: &ask::Explore<'_>) -> Answer {
        if !self.may() {
            return Answer::done(ReturnValue::of(ErrorCode::ServiceAccessDenied));
        }
        match self.plc().explore(explore) {
            Ok(found) => Answer::Objects(found.start(), Box::new(Found(found))),
            Err(refused) => {
                let reply = Reply::Explore(reply::Explore { object: 0, objects: Vec::new() });
                Answer::Reply(refused, reply)
            }
        }
    }

    fn delete(&mut self, delete: &ask::DeleteObject) -> Answer {
        let id = self.id.unwrap_or(0);
        // 0 is how python-s7commplus means its own session.
        if delete.object != id && delete.object != 0 {
            let reply = Reply::DeleteObject(reply::DeleteObject { object: delete.object });
            return Answer::Reply(ReturnValue::OBJECT_NOT_FOUND, reply);
        }
        self.id = None;
        self.level = self.shared.access.level();
        Answer::Reply(ReturnValue::OK, Reply::DeleteObject(reply::DeleteObject { object: id }))
    }
}

/// A relation id for the session of that connection; the next one is its container of subscriptions.
///
/// python-s7commplus looks for objects by the octets A1 and A3, wherever they stand, so ids have none of them.
fn session_id(connection: u64) -> u32 {
    let mut id = 0x7000_0000 | u32::try_from(connection % 0x7f_0000).unwrap_or(0) << 4;
    let plain = |id: u32| {
        (0..5).all(|group| {
            let octet = 0x80 | (id >> (7 * group) & 0x7f);
            octet != 0xa1 && octet != 0xa3
        })
    };
    while !(plain(id) && plain(id + 1)) {
        id += 2;
    }
    id
}

/// Is it in a data block (8A0E and its number) or in I, Q, M, C, T (80 to 84), and no object of the CPU?
fn is_variable(address: &ItemAddress) -> bool {
    address.area >> 16 == 0x8a0e || (80..=84).contains(&address.area)
}

/// What an exploration has found, for the wire.
#[derive(Debug)]
struct Found(Exploration);

impl Objects for Found {
    fn more(&mut self, out: &mut Vec<u8>) -> bool {
        self.0.write(out)
    }
}

impl Device for Session {
    fn connect(&mut self, request: &iso::Connect<'_>) -> Result<(), DisconnectReason> {
        let known = self.shared.security.is_some();
        self.of.connect_plus(request, known)
    }

    fn tls(&mut self) -> Result<Box<dyn Tls>, ReturnValue> {
        let none = ReturnValue::of(ErrorCode::NoSupportForTls);
        let acceptor = self.shared.acceptor.as_ref().ok_or(none)?;
        let session = acceptor.start().map_err(|_| ReturnValue::of(ErrorCode::StartTlsFailed))?;
        Ok(Box::new(session))
    }

    fn secured(&mut self, tls: &dyn Tls) {
        let mut secret = [0; 32];
        if tls.export(hepta_auth::EXPORTER_LABEL, None, &mut secret).is_ok() {
            self.chain = Some(Chain::new(secret));
        }
    }

    fn answer(&mut self, request: &Request<'_>, _: Version) -> Answer {
        self.of.count();
        let inside = self.chain.is_some();
        // A CPU that has TLS speaks of nothing else without.
        if self.shared.security == Some(Security::Tls) && !inside {
            return Answer::Close;
        }
        if self.failures >= TRIES {
            return Answer::Close;
        }
        if let Ask::CreateObject(create) = &request.ask {
            return self.create(request, create);
        }
        if self.id.is_none_or(|id| id != request.head.session) {
            return Answer::done(ReturnValue::of(ErrorCode::ServiceInvalidSession));
        }
        let answer = match &request.ask {
            Ask::GetMultiVariables(get) => self.read_many(get),
            Ask::SetMultiVariables(set) => self.write_many(set),
            Ask::GetVarSubStreamed(get) => self.get(get),
            Ask::SetVariable(set) => self.set(set.object, &set.ids, &set.value),
            Ask::SetVarSubStreamed(set) => {
                let path = set.path.as_u32s().unwrap_or_default().to_vec();
                self.set(set.object, &path, &set.value)
            }
            Ask::Explore(explore) => self.explore(explore),
            Ask::DeleteObject(delete) => self.delete(delete),
            _ => Answer::done(ReturnValue::of(ErrorCode::ServiceUnknownRequest)),
        };
        if request.head.flags.wants_answer() { answer } else { Answer::Silence }
    }
}
