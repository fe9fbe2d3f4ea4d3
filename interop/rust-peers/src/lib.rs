//! What the drivers share: hex, area names and the request read from stdin.
use serde_json::Value;

pub fn area_code(name: &str) -> u8 {
    match name {
        "PE" => 0x81,
        "PA" => 0x82,
        "MK" => 0x83,
        "DB" => 0x84,
        "CT" => 0x1C,
        "TM" => 0x1D,
        other => panic!("no area {other}"),
    }
}

pub fn from_hex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|i| u8::from_str_radix(&text[i..i + 2], 16).expect("hex")).collect()
}

pub fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// A number of a request object; absent means 0.
pub fn number(object: &Value, name: &str) -> u32 {
    object[name].as_u64().unwrap_or(0).try_into().expect("32 bits")
}

pub fn text<'a>(object: &'a Value, name: &str) -> &'a str {
    object[name].as_str().unwrap_or("")
}
