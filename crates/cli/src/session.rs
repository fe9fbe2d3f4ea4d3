//! What a session of S7CommPlus tells of the CPU, in words: for `info` and `doctor`.
use core::fmt::Write as _;
use hepta::Error;
use hepta::plus::{Client, CpuState, Facts, ProtectionLevel, Resources};
use hepta_auth::{Device, Method};
use serde_json::{Map, Value, json};

/// All that is asked. What the CPU does not tell is `None`.
pub(crate) struct Session {
    pub(crate) facts: Facts,
    pub(crate) state: Option<CpuState>,
    pub(crate) level: Option<ProtectionLevel>,
    pub(crate) roles: Option<Vec<u32>>,
    pub(crate) resources: Resources,
}

impl Session {
    /// Asks. A refusal is no failure, the end of the connection is.
    pub(crate) async fn read(client: &Client) -> Result<Self, Error> {
        let facts = client.facts().await?;
        Ok(Self {
            state: told(client.cpu_state().await)?,
            level: told(client.protection_level().await)?,
            roles: told(client.session_roles().await)?,
            resources: told(client.resources().await)?.unwrap_or_default(),
            facts,
        })
    }
    /// Order number and firmware, or whatever it says instead.
    pub(crate) fn device(&self) -> String {
        match self.facts.identity() {
            Some(identity) => clean(&identity.to_string()),
            None if self.facts.device.is_empty() => "a device that says nothing of itself".to_owned(),
            None => clean(&self.facts.device),
        }
    }
    /// How this firmware takes a password.
    pub(crate) fn password_form(&self) -> String {
        match Device::parse(&self.facts.device).map(|device| device.method()) {
            Ok(Method::Sha1) => "a password without a user name, inside TLS (the older form)".to_owned(),
            Ok(Method::Aes) => {
                "a password, or a user name and a password, inside TLS (the newer form)".to_owned()
            }
            Ok(Method::Unsupported { least }) => {
                format!("none by TLS: CPUs of its kind take passwords there from firmware {least} on")
            }
            _ => "not known of such a device".to_owned(),
        }
    }
    /// Items of one request, and what is free.
    pub(crate) fn limits(&self) -> String {
        let (limits, has) = (self.facts.limits, self.resources);
        let mut text = format!("{} items a read, {} a write", limits.reads, limits.writes);
        let all = [
            ("subscriptions", has.subscriptions_free, has.subscriptions),
            ("attributes", has.attributes_free, has.attributes),
        ];
        for (what, free, most) in all {
            if let (Some(free), Some(most)) = (free, most) {
                let _ = write!(text, ", {free} of {most} {what} free");
            }
        }
        text
    }
    /// What `info` shows.
    pub(crate) fn map(&self) -> Map<String, Value> {
        let Self { facts, state, level, roles, resources: has } = self;
        let mut map = Map::new();
        let mut put =
            |name: &str, value: Option<Value>| value.map(|value| map.insert(name.to_owned(), value));
        put("protocol", Some(json!("S7CommPlus")));
        put("security", Some(json!(facts.security.to_string())));
        put("certificate", facts.print.map(|print| json!(print.to_string())));
        match facts.identity() {
            Some(identity) => {
                put("order_number", Some(json!(clean(&identity.order_number))));
                put("firmware", Some(json!(clean(&identity.firmware))));
            }
            None => drop(put("device", Some(json!(clean(&facts.device))))),
        }
        put("mode", state.map(|state| json!(state.to_string().to_uppercase())));
        put("protection_level", level.map(|level| json!(level.0)));
        put("protection", level.map(|level| json!(meaning(level))));
        put("password", Some(json!(self.password_form())));
        put("roles", roles.as_ref().map(|roles| json!(roles)));
        put("items_per_read", Some(json!(facts.limits.reads)));
        put("items_per_write", Some(json!(facts.limits.writes)));
        for (name, number) in [
            ("subscriptions", has.subscriptions),
            ("subscriptions_free", has.subscriptions_free),
            ("attributes", has.attributes),
            ("attributes_free", has.attributes_free),
            ("subscription_memory", has.memory),
            ("subscription_memory_free", has.memory_free),
        ] {
            put(name, number.map(|number| json!(number)));
        }
        map
    }
}

/// What a protection level lets through, by the names of TIA Portal.
pub(crate) fn meaning(level: ProtectionLevel) -> String {
    let text = match level {
        ProtectionLevel::Unprotected => "no protection: everything is open",
        ProtectionLevel::Full => "full access: everything is open",
        ProtectionLevel::Read => "read access: the program can be read, changing it takes a password",
        ProtectionLevel::Hmi => "HMI access: variables can be read and written, all else takes a password",
        ProtectionLevel::None => "no access: everything takes a password",
        ProtectionLevel(other) => return format!("level {other}, which nobody has recorded"),
    };
    text.to_owned()
}

/// A refusal is an answer, too.
fn told<T>(answer: Result<T, Error>) -> Result<Option<T>, Error> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(error) if error.is_transient() => Err(error),
        Err(_) => Ok(None),
    }
}

/// Whatever a peer says of itself, it must not steer the terminal it is shown on.
pub(crate) fn clean(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '.' } else { c }).collect()
}
