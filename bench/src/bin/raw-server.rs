//! The floor: takes messages of the size of a four-octet read and sends ones of the size of its answer, with nothing of S7 in
//! between. `raw-server PORT`
use std::io::{Read as _, Write as _};
use std::net::TcpListener;

fn main() -> std::io::Result<()> {
    let port = std::env::args().nth(1).and_then(|port| port.parse().ok()).unwrap_or(0u16);
    let listener = TcpListener::bind(("127.0.0.1", port))?;
    println!("listening on {}", listener.local_addr()?);
    for io in listener.incoming() {
        let mut io = io?;
        io.set_nodelay(true)?;
        std::thread::spawn(move || {
            let mut up = [0; 31];
            while io.read_exact(&mut up).is_ok() && io.write_all(&up[..29]).is_ok() {}
        });
    }
    Ok(())
}
