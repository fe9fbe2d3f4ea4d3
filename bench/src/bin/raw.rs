//! The floor: messages of the size of a 4-byte read and its answer, over loopback, with nothing of S7 in between.
//!
//!     raw serve PORT | raw ping PORT SECONDS REPEAT
use hepta_bench::{median, timed};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};

const UP: usize = 31;
const DOWN: usize = 29;

fn main() -> std::io::Result<()> {
    let mut args = std::env::args().skip(1);
    let (role, port) = (args.next().unwrap_or_default(), args.next().and_then(|p| p.parse().ok()).unwrap_or(10_900u16));
    if role == "serve" {
        let listener = TcpListener::bind(("127.0.0.1", port))?;
        println!("READY raw 127.0.0.1 {port}");
        for io in listener.incoming() {
            let mut io = io?;
            io.set_nodelay(true)?;
            std::thread::spawn(move || {
                let mut up = [0; UP];
                while io.read_exact(&mut up).is_ok() && io.write_all(&[0; DOWN]).is_ok() {}
            });
        }
        return Ok(());
    }
    let seconds = args.next().and_then(|s| s.parse().ok()).unwrap_or(1.0);
    let repeat = args.next().and_then(|r| r.parse().ok()).unwrap_or(3);
    let mut io = TcpStream::connect(("127.0.0.1", port))?;
    io.set_nodelay(true)?;
    let mut down = [0; DOWN];
    let runs = (0..repeat).map(|_| {
        timed(seconds, || {
            io.write_all(&[0; UP]).expect("the peer is here");
            io.read_exact(&mut down).expect("the peer is here");
        })
    });
    println!("{}", median(runs.collect()).json("\"client\":\"raw\",\"test\":\"ping\"", 0));
    Ok(())
}
