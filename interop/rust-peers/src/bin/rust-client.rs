//! `rust-client rust7|snap7-client|s7-client`: one request object on stdin, the list of results on stdout (see "Drivers" in the README).
use rust_peers::{area_code, from_hex, number, text, to_hex};
use serde_json::{json, Value};

type Outcome = Result<Value, String>;

fn shown(error: impl std::fmt::Display) -> String {
    error.to_string()
}

struct Rust7(rust7::S7Client);

impl Rust7 {
    fn connect(port: u16, slot: u16) -> Result<Self, String> {
        let mut client = rust7::S7Client::new();
        client.set_timeout(3000, 5000, 5000).map_err(shown)?;
        client.set_connection_port(port).map_err(shown)?;
        client.connect_rack_slot("127.0.0.1", 0, slot).map_err(shown)?;
        Ok(Self(client))
    }

    fn run(&mut self, operation: &Value) -> Outcome {
        let (area, db) = (area_code(text(operation, "area")), number(operation, "db") as u16);
        let start = number(operation, "start") as u16;
        // Bits have calls of their own; everything else is bytes to this crate.
        let bit = text(operation, "wl") == "BIT";
        match text(operation, "op") {
            "read" if bit => {
                let value = self.0.read_bit(area, db, start / 8, (start % 8) as u8).map_err(shown)?;
                Ok(json!(to_hex(&[value.into()])))
            }
            "read" => {
                let mut buffer = vec![0; number(operation, "count") as usize];
                self.0.read_area(area, db, start, 2, &mut buffer).map_err(shown)?;
                Ok(json!(to_hex(&buffer)))
            }
            "write" if bit => {
                let value = from_hex(text(operation, "hex"))[0] != 0;
                self.0.write_bit(area, db, start / 8, (start % 8) as u8, value).map_err(shown)?;
                Ok(Value::Null)
            }
            "write" => {
                self.0.write_area(area, db, start, 2, &from_hex(text(operation, "hex"))).map_err(shown)?;
                Ok(Value::Null)
            }
            other => Err(format!("rust7 has no {other}")),
        }
    }
}

struct Snap7Client(snap7_client::S7Client<snap7_client::transport::TcpTransport>);

impl Snap7Client {
    async fn connect(port: u16, pdu: u16) -> Result<Self, String> {
        let parameters = snap7_client::ConnectParams { pdu_size: pdu, ..Default::default() };
        let address = std::net::SocketAddr::from(([127, 0, 0, 1], port));
        snap7_client::S7Client::connect(address, parameters).await.map(Self).map_err(shown)
    }

    fn item(it: &Value) -> snap7_client::MultiReadItem {
        use snap7_client::proto::s7::header::{Area, TransportSize};
        let transport = match text(it, "wl") {
            "COUNTER" => TransportSize::Counter,
            "TIMER" => TransportSize::Timer,
            _ => TransportSize::Byte,
        };
        snap7_client::MultiReadItem {
            area: Area::try_from(area_code(text(it, "area"))).expect("known area"),
            db_number: number(it, "db") as u16,
            start: number(it, "start"),
            length: number(it, "count") as u16,
            transport,
        }
    }

    async fn run(&self, operation: &Value) -> Outcome {
        match text(operation, "op") {
            "read" => {
                let it = Self::item(operation);
                let bytes = self
                    .0
                    .read_area(it.area, it.db_number, it.start, it.length, it.transport)
                    .await
                    .map_err(shown)?;
                Ok(json!(to_hex(&bytes)))
            }
            "write" => {
                let it = Self::item(operation);
                let data = from_hex(text(operation, "hex"));
                self.0.db_write(it.db_number, it.start, &data).await.map_err(shown)?;
                Ok(Value::Null)
            }
            "multi_read" => {
                let items: Vec<_> =
                    operation["items"].as_array().expect("items").iter().map(Self::item).collect();
                let values = self.0.read_multi_vars(&items).await.map_err(shown)?;
                Ok(values.iter().map(|v| json!({"ok": true, "value": to_hex(v)})).collect())
            }
            "pdu" => Ok(json!(self.0.get_pdu_length().await)),
            "order_code" => {
                let info = self.0.get_order_code().await.map_err(shown)?;
                Ok(
                    json!({"code": info.code.trim(), "version": format!("{}.{}.{}", info.v1, info.v2, info.v3)}),
                )
            }
            "status" => {
                Ok(json!(format!("{:?}", self.0.get_plc_status().await.map_err(shown)?).to_uppercase()))
            }
            other => Err(format!("snap7-client has no {other}")),
        }
    }
}

struct S7Client(s7_client::S7Client);

impl S7Client {
    async fn connect(port: u16, slot: u16) -> Result<Self, String> {
        use s7_client::{ConnectMode, ConnectionType, Options};
        let mode = ConnectMode::RackSlot { conn_type: ConnectionType::PG, rack: 0, slot };
        let mut options = Options::new([127, 0, 0, 1].into(), port, mode);
        options.read_timeout = std::time::Duration::from_secs(5);
        s7_client::S7Client::connect(options).await.map(Self).map_err(shown)
    }

    fn area(it: &Value) -> s7_client::Area {
        use s7_client::{Area, DataSizeType};
        let (start, len) = (number(it, "start") as u16, number(it, "count") as u16);
        // Whatever the type, its lengths are bytes.
        let size = match text(it, "wl") {
            "WORD" => DataSizeType::Word { addr: start, len: len * 2 },
            "DWORD" => DataSizeType::DWord { addr: start, len: len * 4 },
            "REAL" => DataSizeType::Real { addr: start, len: len * 4 },
            _ => DataSizeType::Byte { addr: start, len },
        };
        match text(it, "area") {
            "PE" => Area::ProcessInput(size),
            "PA" => Area::ProcessOutput(size),
            _ => Area::DataBausteine(number(it, "db") as u16, size),
        }
    }

    async fn run(&mut self, operation: &Value) -> Outcome {
        match text(operation, "op") {
            "read" => {
                let answer = self.0.read(vec![Self::area(operation)]).await.map_err(|e| format!("{e:?}"))?;
                Self::value(&answer[0])
            }
            "multi_read" => {
                let areas = operation["items"].as_array().expect("items").iter().map(Self::area).collect();
                let answer = self.0.read(areas).await.map_err(|e| format!("{e:?}"))?;
                Ok(answer
                    .iter()
                    .map(|item| match Self::value(item) {
                        Ok(value) => json!({"ok": true, "value": value}),
                        Err(error) => json!({"ok": false, "error": error}),
                    })
                    .collect())
            }
            "write" => {
                let (db, start) = (number(operation, "db") as u16, number(operation, "start") as u16);
                let data = from_hex(text(operation, "hex"));
                let answer = self.0.write_db_bytes(db, start, &data).await.map_err(|e| format!("{e:?}"))?;
                let outcome = format!("{answer:?}");
                if outcome.contains("Success") {
                    Ok(Value::Null)
                } else {
                    Err(outcome)
                }
            }
            other => Err(format!("s7-client has no {other}")),
        }
    }

    fn value(item: &s7_client::s7_comm::DataItemVal) -> Outcome {
        if item.return_code == s7_client::s7_comm::ReturnCode::Success {
            Ok(json!(to_hex(&item.data)))
        } else {
            Err(format!("{:?}", item.return_code))
        }
    }
}

enum Client {
    Rust7(Rust7),
    Snap7Client(Snap7Client),
    S7Client(S7Client),
}

impl Client {
    async fn run(&mut self, operation: &Value) -> Outcome {
        match self {
            Self::Rust7(client) => client.run(operation),
            Self::Snap7Client(client) => client.run(operation).await,
            Self::S7Client(client) => client.run(operation).await,
        }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), String> {
    let request: Value = serde_json::from_reader(std::io::stdin()).map_err(shown)?;
    let (port, slot) = (number(&request, "port") as u16, number(&request, "slot") as u16);
    let mut client = match std::env::args().nth(1).as_deref() {
        Some("rust7") => Client::Rust7(Rust7::connect(port, slot)?),
        Some("snap7-client") => Client::Snap7Client(Snap7Client::connect(port, 480).await?),
        Some("s7-client") => Client::S7Client(S7Client::connect(port, slot).await?),
        _ => return Err("usage: rust-client rust7|snap7-client|s7-client".into()),
    };
    let mut results = Vec::new();
    for operation in request["ops"].as_array().expect("ops") {
        results.push(match client.run(operation).await {
            Ok(value) => json!({"ok": true, "value": value}),
            Err(error) => json!({"ok": false, "error": error}),
        });
    }
    println!("{}", Value::from(results));
    Ok(())
}
