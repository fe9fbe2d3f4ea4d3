//! What connections leave behind: nothing. Alone in its process, for it looks at the memory of all of it.
#![cfg(target_os = "linux")]
mod common;
use common::{CR, dial, frame, read, until, up};
use core::net::SocketAddr;
use hepta_server::{Emulator, Options};
use std::io::Write as _;

/// Kilobytes of memory that this process has.
fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

fn storm(addr: SocketAddr, clients: usize) {
    for n in 0..clients {
        let mut io = dial(addr);
        match n % 3 {
            // Half a unit.
            0 => io.write_all(&CR[..10]).unwrap(),
            // Half a message, and answers that nobody reads.
            1 => up(addr)
                .write_all(&[read(7, 900).repeat(200), b"\x03\x00\x01\x00\x02\xf0\x00".to_vec()].concat())
                .unwrap(),
            _ => {
                let mut io = up(addr);
                io.write_all(&read(7, 900)).unwrap();
                assert_eq!(frame(&mut io).len(), 925);
            }
        }
    }
}

#[test]
fn connections_leave_no_memory_behind() {
    let options = Options { connections: 10_000, ..Options::default() };
    let emulator = Emulator::builder().block(1, 2048).log(100).options(options).start().unwrap();
    storm(emulator.addr(), 500);
    until("all are gone", || emulator.connections().is_empty());
    let before = resident();
    for _ in 0..4 {
        storm(emulator.addr(), 500);
        until("all are gone", || emulator.connections().is_empty());
    }
    let grown = resident().saturating_sub(before);
    assert!(grown < 1024, "{grown} KB more after 2,000 clients more");
    // A hundred that never read own what one read of theirs is answered with, each, and no more.
    let deaf: Vec<_> = (0..100)
        .map(|_| {
            let mut io = up(emulator.addr());
            io.set_nonblocking(true).unwrap();
            // Until the system's buffers are full, too.
            while io.write(&read(7, 900).repeat(200)).is_ok() {}
            io
        })
        .collect();
    std::thread::sleep(core::time::Duration::from_millis(300));
    let held = resident().saturating_sub(before);
    assert!(held < 100 * 300 + 1024, "{held} KB for a hundred that never read");
    drop(deaf);
}
