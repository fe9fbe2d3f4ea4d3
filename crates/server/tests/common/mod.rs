//! A client of plain octets, made by hand: nothing of it is the server's code.
#![allow(dead_code, reason = "each test takes what it needs")]
use core::net::SocketAddr;
use core::time::Duration;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Instant;

pub(crate) const CR: &[u8] =
    b"\x03\x00\x00\x16\x11\xe0\x00\x00\x00\x01\x00\xc0\x01\x0a\xc1\x02\x01\x00\xc2\x02\x02\x02";
/// A PDU of 960, eight jobs.
pub(crate) const SETUP: &[u8] =
    b"\x03\x00\x00\x19\x02\xf0\x80\x32\x01\x00\x00\x00\x01\x00\x08\x00\x00\xf0\x00\x00\x08\x00\x08\x03\xc0";
pub(crate) const DR: &[u8] = b"\x03\x00\x00\x0b\x06\x80\x00\x01\x00\x01\x80";

/// A job that reads `len` octets from the start of DB1.
pub(crate) fn read(reference: u16, len: u16) -> Vec<u8> {
    let ([r0, r1], [l0, l1]) = (reference.to_be_bytes(), len.to_be_bytes());
    let head = [3, 0, 0, 31, 2, 0xf0, 0x80, 0x32, 1, 0, 0, r0, r1, 0, 14, 0, 0, 4, 1];
    [&head[..], &[0x12, 10, 16, 2, l0, l1, 0, 1, 0x84, 0, 0, 0]].concat()
}

/// A job that writes `octet` to the start of DB1.
pub(crate) fn write(octet: u8) -> Vec<u8> {
    let head = [3, 0, 0, 36, 2, 0xf0, 0x80, 0x32, 1, 0, 0, 0, 2, 0, 14, 0, 5, 5, 1];
    [&head[..], &[0x12, 10, 16, 2, 0, 1, 0, 1, 0x84, 0, 0, 0], &[0, 4, 0, 8, octet]].concat()
}

pub(crate) fn dial(addr: SocketAddr) -> TcpStream {
    let io = TcpStream::connect(addr).unwrap();
    io.set_nodelay(true).unwrap();
    // Long enough for a busy machine, short enough for a test that fails.
    io.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    io.set_write_timeout(Some(Duration::from_secs(20))).unwrap();
    io
}

/// Connected and set up.
pub(crate) fn up(addr: SocketAddr) -> TcpStream {
    let mut io = dial(addr);
    io.write_all(CR).unwrap();
    assert_eq!(frame(&mut io)[5], 0xd0);
    io.write_all(SETUP).unwrap();
    assert_eq!(frame(&mut io)[19], 0xf0);
    io
}

/// The next whole unit.
pub(crate) fn frame(io: &mut TcpStream) -> Vec<u8> {
    let mut unit = vec![0; 4];
    io.read_exact(&mut unit).unwrap();
    unit.resize(usize::from(u16::from_be_bytes([unit[2], unit[3]])), 0);
    io.read_exact(&mut unit[4..]).unwrap();
    unit
}

/// Asks for four octets of DB1 and looks at the answer.
pub(crate) fn works(io: &mut TcpStream) -> [u8; 4] {
    io.write_all(&read(0x1234, 4)).unwrap();
    let answer = frame(io);
    assert_eq!((&answer[11..13], &answer[21..25]), (&[0x12, 0x34][..], &[0xff, 4, 0, 32][..]));
    answer[25..].try_into().unwrap()
}

/// Is it closed by the server? Says after how long, and what came before.
pub(crate) fn closed(mut io: TcpStream) -> (Duration, Vec<u8>) {
    let (start, mut rest) = (Instant::now(), vec![]);
    match io.read_to_end(&mut rest) {
        Ok(_) => {}
        // Octets that the server never read make the system say so.
        Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset, "{error}"),
    }
    (start.elapsed(), rest)
}

/// Waits until something is so.
pub(crate) fn until(what: &str, mut is: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is() {
        assert!(start.elapsed() < Duration::from_secs(20), "not within 20 s: {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}
