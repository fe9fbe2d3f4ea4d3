//! `hepta info`: what a CPU says of itself.
use crate::exit::{Exit, Failure, say, told};
use crate::session::Session;
use crate::url::{Client, Link};
use hepta::classic;
use hepta_proto::classic::szl::{Communication, Component, List, Mode, Module, Protection, SzlId};
use hepta_proto::wire::{Reader, Wire};
use serde_json::{Map, Value, json};

/// Show what a CPU says of itself: order number, firmware, names, serial number, mode, protection, limits; by S7CommPlus also how
/// the session is protected, by which certificate, and in which roles. What it does not tell is left out.
#[derive(Debug, clap::Args)]
pub(crate) struct Info {
    #[command(flatten)]
    link: Link,
    /// One JSON object; {"ok":false,"code","error","hint"} if it failed.
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(args: Info) -> Result<Exit, Failure> {
    told(args.json, ask(&args).await)
}

async fn ask(args: &Info) -> Result<Exit, Failure> {
    let client = args.link.client().await?;
    let map = match &client {
        Client::Classic(client) => {
            client.connect().await?;
            Facts::read(client).await?.map
        }
        Client::Plus(client) => Session::read(client).await?.map(),
    };
    client.close().await;
    if args.json {
        say(Value::Object(map))?;
    } else {
        let width = map.keys().map(String::len).max().unwrap_or(0);
        for (name, value) in &map {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            say(format_args!("{:width$}  {text}", name.replace('_', " ")))?;
        }
    }
    Ok(Exit::Good)
}

/// What was read, by name.
pub(crate) struct Facts {
    pub(crate) map: Map<String, Value>,
    /// Which lists the CPU gave, and why it did not give the others.
    pub(crate) lists: Vec<(SzlId, Result<(), hepta::Error>)>,
}

impl Facts {
    /// Asks for the lists that every kind of CPU keeps at least some of. A refusal of one list is no failure, the end of the
    /// connection is.
    pub(crate) async fn read(client: &classic::Client) -> Result<Self, Failure> {
        let mut facts = Self { map: Map::new(), lists: Vec::new() };
        let limits = client.limits().await?;
        facts.put("pdu", json!(limits.pdu));
        facts.put("jobs", json!(limits.jobs));
        facts.list(client, SzlId::ModuleIdentification, 0, Self::modules).await?;
        facts.list(client, SzlId::ComponentIdentification, 0, Self::components).await?;
        facts.list(client, SzlId::ModeCurrent, 0, Self::mode).await?;
        facts.list(client, SzlId::CommunicationStatusOfCpu, 4, Self::protection).await?;
        facts.list(client, SzlId::CommunicationCapabilities, 1, Self::communication).await?;
        Ok(facts)
    }

    async fn list(
        &mut self,
        client: &classic::Client,
        id: SzlId,
        index: u16,
        take: fn(&mut Self, &List<'_>),
    ) -> Result<(), Failure> {
        let octets = match client.szl(id, index).await {
            Ok(octets) => octets,
            Err(error) if error.is_transient() => return Err(error.into()),
            Err(error) => {
                self.lists.push((id, Err(error)));
                return Ok(());
            }
        };
        if let Ok(list) = List::read(&mut Reader::new(&octets)) {
            take(self, &list);
        }
        self.lists.push((id, Ok(())));
        Ok(())
    }

    fn put(&mut self, name: &str, value: Value) {
        self.map.insert(name.to_owned(), value);
    }

    fn modules(&mut self, list: &List<'_>) {
        for module in list.of::<Module>() {
            let [a, b, c] = module.numbers();
            match module.index {
                1 => self.put("order_number", text(module.order())),
                // Record 7 is the firmware: snap7 takes the last record instead, which may be the boot loader's.
                7 => self.put("firmware", json!(format!("V{a}.{b}.{c}"))),
                6 => self.put("hardware", json!(module.version)),
                _ => {}
            }
        }
    }

    fn components(&mut self, list: &List<'_>) {
        for component in list.of::<Component>() {
            let name = match component.index {
                1 => "station",
                2 => "module",
                3 => "plant",
                4 => "copyright",
                5 => "serial_number",
                7 => "cpu_type",
                8 => "memory_card",
                0x0b => "location",
                _ => continue,
            };
            if !component.text().is_empty() {
                self.put(name, text(component.text()));
            }
        }
    }

    fn mode(&mut self, list: &List<'_>) {
        if let Some(mode) = list.of::<Mode>().next() {
            self.put("mode", json!(if mode.is_run() { "RUN" } else { "STOP" }));
        }
    }

    fn protection(&mut self, list: &List<'_>) {
        if let Some(protection) = list.of::<Protection>().next() {
            self.put("protection_level", json!(protection.actual));
            let switch = ["unknown", "RUN", "RUN-P", "STOP", "MRES"].get(usize::from(protection.mode_switch));
            self.put("mode_switch", json!(switch.unwrap_or(&"unknown")));
        }
    }

    fn communication(&mut self, list: &List<'_>) {
        if let Some(communication) = list.of::<Communication>().next() {
            self.put("longest_pdu", json!(communication.pdu));
            self.put("connections", json!(communication.connections));
        }
    }
}

/// Whatever a peer says of itself, it must not steer the terminal it is shown on.
fn text(octets: &[u8]) -> Value {
    let shown = |octet: &u8| Some(char::from(*octet)).filter(|c| !c.is_control()).unwrap_or('.');
    json!(octets.iter().map(shown).collect::<String>())
}
