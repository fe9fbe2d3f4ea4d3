//! Plain ISO transport, both ends, both drivers.
#![cfg(all(feature = "tokio", feature = "blocking"))]

use core::time::Duration;
use hepta::iso::{Connection, LONGEST, Listener, Options, Tsap, blocking};
use hepta::{ConfigError, ErrorKind, Phase};
use std::io::{Read as _, Write as _};
use std::net::TcpListener;

const SECOND: Duration = Duration::from_secs(1);
const MS: Duration = Duration::from_millis(1);

fn octets(len: usize) -> Vec<u8> {
    (0..len).map(|i| u8::try_from(i % 253).unwrap()).collect()
}

fn to(port: u16) -> Options {
    Options::new("127.0.0.1").port(port).tsaps(0x0100, Tsap::new(*b"SIMATIC-ROOT-HMI").unwrap())
}

#[tokio::test]
async fn whole_messages_on_tokio() {
    let listener = Listener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let options = to(port);
    let (client, server) = tokio::join!(Connection::connect(&options), listener.accept());
    let (mut client, mut server) = (client.unwrap(), server.unwrap());
    assert_eq!(server.calling(), Some(&Tsap::from(0x0100)));
    assert_eq!(server.called().unwrap().octets(), b"SIMATIC-ROOT-HMI");
    assert_eq!(client.granted().size.octets(), 1024);
    for len in [0, 1, 1021, 1022, 5000, 60_000] {
        let message = octets(len);
        let (sent, got) = tokio::join!(client.send(&message), server.receive(SECOND));
        sent.unwrap();
        assert_eq!(got.unwrap(), message);
    }
    // Several at once stay several.
    server.send(b"one").await.unwrap();
    server.send(b"two").await.unwrap();
    assert!(client.readable(SECOND).await.unwrap());
    assert!(client.is_alive());
    assert_eq!(client.receive(SECOND).await.unwrap(), b"one");
    assert_eq!(client.receive(SECOND).await.unwrap(), b"two");
    assert!(!client.readable(10 * MS).await.unwrap());
    let e = client.receive(10 * MS).await.unwrap_err();
    assert_eq!(e.kind(), &ErrorKind::Timeout(Phase::Request));
    assert!(client.is_alive());
    let e = client.send(&vec![0; LONGEST + 1]).await.unwrap_err();
    assert_eq!(e.kind(), &ErrorKind::Config(ConfigError::Message(LONGEST + 1)));
    let (ended, ()) = tokio::join!(server.receive(SECOND), client.close());
    assert!(matches!(ended.unwrap_err().kind(), ErrorKind::Ended(_)));
    assert!(!server.is_alive());
}

#[test]
fn whole_messages_blocking() {
    let listener = blocking::Listener::bind("127.0.0.1:0").unwrap();
    let options = to(listener.local_addr().unwrap().port());
    let server = std::thread::spawn(move || {
        let mut server = listener.accept().unwrap();
        while let Ok(message) = server.receive(SECOND) {
            server.send(&message).unwrap();
        }
        server.is_alive()
    });
    let mut client = blocking::Connection::connect(&options).unwrap();
    for len in [0, 1, 1021, 1022, 5000, 60_000] {
        client.send(&octets(len)).unwrap();
        assert_eq!(client.receive(SECOND).unwrap(), octets(len));
    }
    assert!(!client.readable(10 * MS).unwrap());
    client.send(b"x").unwrap();
    assert!(client.readable(SECOND).unwrap() && client.is_alive());
    assert_eq!(client.receive(SECOND).unwrap(), b"x");
    client.close();
    assert!(!server.join().unwrap());
}

#[tokio::test]
async fn life_and_death() {
    for reset in [false, true] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let options = to(listener.local_addr().unwrap().port());
        let peer = std::thread::spawn(move || {
            (0..2)
                .map(|_| {
                    let mut io = listener.accept().unwrap().0;
                    let _ = io.read(&mut [0; 256]).unwrap();
                    io.write_all(&[3, 0, 0, 14, 9, 0xd0, 0, 1, 0, 9, 0, 0xc0, 1, 10]).unwrap();
                    io
                })
                .collect::<Vec<_>>()
        });
        let first = Connection::connect(&options).await.unwrap();
        let second = blocking::Connection::connect(&options).unwrap();
        let peers = peer.join().unwrap();
        assert!(first.is_alive() && second.is_alive());
        for io in peers {
            if reset {
                socket2::SockRef::from(&io).set_linger(Some(Duration::ZERO)).unwrap();
            }
        }
        std::thread::sleep(20 * MS);
        // More than once: the system tells of a reset a single time.
        for _ in 0..3 {
            assert!(!first.is_alive() && !second.is_alive(), "reset: {reset}");
        }
    }
}

#[tokio::test]
async fn refusals_and_mistakes() {
    // Too long together: found before a socket is opened, so the port need not exist.
    let long = Tsap::new(vec![65; 200]).unwrap();
    let e = Connection::connect(&to(1).tsaps(long.clone(), long.clone())).await.unwrap_err();
    assert!(matches!(e.kind(), ErrorKind::Config(ConfigError::Tsap(_))), "{e}");
    let e = blocking::Connection::connect(&to(1).tsaps(long.clone(), long)).unwrap_err();
    assert!(matches!(e.kind(), ErrorKind::Config(ConfigError::Tsap(_))), "{e}");
    // A peer that refuses, one that talks nonsense, one that hangs up.
    for (answer, transient) in
        [(&[3, 0, 0, 11, 6, 0x80, 0, 1, 0, 0, 3][..], false), (b"HTTP/1.1 400", false), (b"", true)]
    {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let options = to(listener.local_addr().unwrap().port());
        let peer = std::thread::spawn(move || {
            for _ in 0..2 {
                let mut io = listener.accept().unwrap().0;
                let _ = io.read(&mut [0; 256]).unwrap();
                io.write_all(answer).unwrap();
            }
        });
        let e = Connection::connect(&options).await.unwrap_err();
        assert_eq!(e.is_transient(), transient, "{e}");
        let e = blocking::Connection::connect(&options).unwrap_err();
        assert_eq!(e.is_transient(), transient, "{e}");
        peer.join().unwrap();
    }
    // One that never asks costs a listener its time-out, and no more.
    let listener = Listener::bind("127.0.0.1:0").await.unwrap().negotiate_timeout(30 * MS);
    let _mute = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let e = listener.accept().await.unwrap_err();
    assert_eq!(e.kind(), &ErrorKind::Timeout(Phase::Negotiate));
}
