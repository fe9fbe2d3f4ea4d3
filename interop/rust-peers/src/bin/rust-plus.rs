//! Driver of crate s7commplus: one connection, the operations of stdin, a list of outcomes on stdout.
//!
//! `{"port", "mode": "tls"|"open", "ops": [{"op": "read", "items": ["8A0E0001.B", …]}, {"op": "write", "items": […], "values": ["0007fb2e", …]},
//! {"op": "browse"}, {"op": "level"}, {"op": "legitimate", "user", "password"}, {"op": "bench", "items", "seconds"}]}`; values are serialised by the crate itself, in hex.
//! `read` and `write` take a `"chunk"`: how many items go into one request; without it all do.
use rust_peers::{from_hex, text, to_hex};
use s7commplus::proto::ItemAddress;
use s7commplus::value::PValue;
use s7commplus::{Connection, VarInfo};
use serde_json::{json, Value};
use std::time::{Duration, Instant};

fn address(text: &str) -> ItemAddress {
    let mut parts = text.split('.').map(|part| u32::from_str_radix(part, 16).expect("hex"));
    let access_area = parts.next().expect("an area");
    let access_sub_area = if access_area >= 0x8a0e_0000 { 2550 } else { 3736 };
    ItemAddress { symbol_crc: 0, access_area, access_sub_area, lid: parts.collect() }
}

fn addresses(op: &Value) -> Vec<ItemAddress> {
    op["items"].as_array().expect("items").iter().map(|item| address(item.as_str().expect("a text"))).collect()
}

fn hex(value: &PValue) -> String {
    let mut octets = Vec::new();
    value.serialize(&mut octets).expect("memory");
    to_hex(&octets)
}

/// Items a request may have.
fn chunk(op: &Value) -> usize {
    op["chunk"].as_u64().and_then(|many| usize::try_from(many).ok()).unwrap_or(usize::MAX)
}

fn read(plc: &mut Connection, op: &Value) -> Result<Value, String> {
    let mut found = Vec::new();
    for addresses in addresses(op).chunks(chunk(op)) {
        let response = plc.read_variables(addresses).map_err(|e| e.to_string())?;
        found.extend((1..=addresses.len() as u32).map(|number| match response.value(number) {
            Some(value) => json!({"ok": true, "value": hex(value)}),
            None => {
                let code = response.errors.iter().find(|(of, _)| *of == number).map(|(_, code)| format!("{code:016x}"));
                json!({"ok": false, "error": code})
            }
        }));
    }
    Ok(Value::Array(found))
}

/// The number of each item that was refused, from 1, and the code.
fn write(plc: &mut Connection, op: &Value) -> Result<Value, String> {
    let values = op["values"].as_array().expect("values").iter().map(|value| {
        let octets = from_hex(value.as_str().expect("hex"));
        PValue::deserialize(&mut &octets[..]).expect("a value")
    });
    let (values, addresses, many) = (values.collect::<Vec<_>>(), addresses(op), chunk(op));
    let mut errors = Vec::new();
    for (at, (addresses, values)) in addresses.chunks(many).zip(values.chunks(many)).enumerate() {
        let response = plc.write_variables(addresses, values).map_err(|e| e.to_string())?;
        let before = if at == 0 { 0 } else { at * many };
        errors.extend(response.errors.iter().map(|(item, code)| json!([before + *item as usize, format!("{code:016x}")])));
    }
    Ok(Value::Array(errors))
}

/// Name, address, soft data type of each leaf.
fn browse(plc: &mut Connection) -> Result<Value, String> {
    let found = plc.browse_vars().map_err(|e| e.to_string())?;
    let leaf = |leaf: &VarInfo| {
        let address: Vec<_> = [leaf.access_area].iter().chain(&leaf.lids).map(|part| format!("{part:X}")).collect();
        json!([leaf.name, address.join("."), leaf.softdatatype])
    };
    Ok(found.iter().map(leaf).collect())
}

fn bench(plc: &mut Connection, op: &Value) -> Result<Value, String> {
    let (addresses, seconds) = (addresses(op), op["seconds"].as_f64().unwrap_or(1.0));
    let (start, mut times) = (Instant::now(), Vec::new());
    while start.elapsed().as_secs_f64() < seconds {
        let one = Instant::now();
        plc.read_variables(&addresses).map_err(|e| e.to_string())?;
        times.push(one.elapsed().as_secs_f64() * 1e6);
    }
    let total = start.elapsed().as_secs_f64();
    times.sort_by(f64::total_cmp);
    Ok(json!({"ops_s": times.len() as f64 / total, "p50_us": times[times.len() / 2], "p99_us": times[times.len() * 99 / 100]}))
}

fn main() {
    let job: Value = serde_json::from_reader(std::io::stdin()).expect("JSON on stdin");
    let port = u16::try_from(job["port"].as_u64().expect("a port")).expect("a port");
    let (host, patience) = ("127.0.0.1", Duration::from_secs(10));
    let connect = || match text(&job, "mode") {
        "open" => Connection::connect_legacy((host, port), patience),
        _ => Connection::connect((host, port), patience),
    };
    let mut plc = match connect() {
        Ok(plc) => plc,
        Err(e) => return println!("{}", json!({"connect": e.to_string()})),
    };
    let run = |op: &Value| -> Value {
        let done = match text(op, "op") {
            "read" => read(&mut plc, op),
            "write" => write(&mut plc, op),
            "browse" => browse(&mut plc),
            "level" => plc.effective_protection_level().map(|level| json!(level)).map_err(|e| e.to_string()),
            "legitimate" => {
                plc.legitimate(text(op, "user"), text(op, "password")).map(|()| json!(null)).map_err(|e| e.to_string())
            }
            "bench" => bench(&mut plc, op),
            other => panic!("no operation {other}"),
        };
        match done {
            Ok(value) => json!({"ok": true, "value": value}),
            Err(error) => json!({"ok": false, "error": error}),
        }
    };
    let outcomes: Vec<Value> = job["ops"].as_array().expect("ops").iter().map(run).collect();
    println!("{}", Value::Array(outcomes));
}
