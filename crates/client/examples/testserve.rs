//! Serves what the tests serve, to measure against: `testserve [port]`.
#[path = "../tests/common/mod.rs"]
mod common;

use hepta_proto::classic::Limits;
use std::sync::Arc;

fn main() {
    let port: u16 = std::env::args().nth(1).and_then(|port| port.parse().ok()).unwrap_or(10102);
    let limits = Limits { pdu: 960, jobs: 8 };
    let plc = common::Plc::at(([127, 0, 0, 1], port).into(), limits, Arc::new(|_, _| common::Fate::Send));
    println!("{}", plc.at);
    loop {
        std::thread::park();
    }
}
