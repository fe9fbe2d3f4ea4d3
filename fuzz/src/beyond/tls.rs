//! Both ends of TLS, and what opens records, with whatever a peer sends: no panic, and neither plain octets nor answers beyond
//! what came.
use hepta_proto::tap::Sender;
use hepta_tls::{
    Acceptor, Connector, Identity, Opener, Profile, Secrets, Session, Tls, TlsError, Trust, describe,
};
use std::sync::OnceLock;

/// Who hears it, how it is cut; then the octets.
pub fn run(data: &[u8]) {
    let [mode, cut, octets @ ..] = data else { return };
    let cut = usize::from(*cut).max(1);
    let (acceptor, connector) = ends();
    let (Ok(mut plc), Ok(mut client)) = (acceptor.start(), connector.start("plc:102")) else { return };
    match mode % 8 {
        0 => hear(&mut plc, octets, cut),
        1 => {
            if let Ok(mut plc) = acceptor.clone().any_hello().start() {
                hear(&mut plc, octets, cut);
            }
        }
        2 => {
            let (mut plain, mut out) = (vec![], vec![]);
            client.receive(&[], &mut plain, &mut out).expect("a hello");
            hear(&mut client, octets, cut);
        }
        3 => {
            shake(&mut client, &mut plc);
            hear(&mut plc, octets, cut);
        }
        4 => {
            shake(&mut client, &mut plc);
            hear(&mut client, octets, cut);
        }
        5 => {
            shake(&mut client, &mut plc);
            let (mut sent, mut plain, mut out) = (vec![], vec![], vec![]);
            client.send(octets, &mut sent).expect("sent");
            for part in sent.chunks(cut) {
                plc.receive(part, &mut plain, &mut out).expect("heard");
            }
            assert_eq!((plain.as_slice(), out.len()), (octets, 0));
        }
        6 => {
            // What the key log has nothing of.
            let mut opener = Opener::new("").expect("no line is wrong");
            let mut plain = vec![];
            for (i, part) in octets.chunks(cut).enumerate() {
                let sender = if i % 2 == 0 { Sender::Client } else { Sender::Server };
                let _ = opener.stream(sender, part, &mut plain);
            }
            assert!(plain.is_empty());
        }
        _ => {
            let _ = Secrets::read(&String::from_utf8_lossy(octets));
            if let Some(shown) = describe(octets) {
                assert!(shown.to_string().chars().all(|c| c == '\n' || !c.is_control()));
            }
        }
    }
}

fn ends() -> &'static (Acceptor, Connector) {
    static ENDS: OnceLock<(Acceptor, Connector)> = OnceLock::new();
    ENDS.get_or_init(|| {
        let identity = Identity::generate("PLC_1", &[]).expect("an identity");
        let connector = Connector::new(Profile::siemens(), Trust::Pin(vec![identity.print()]));
        (Acceptor::new(&identity).expect("an acceptor"), connector.expect("a connector"))
    })
}

fn shake(client: &mut Session, plc: &mut Session) {
    let (mut up, mut down, mut plain) = (vec![], vec![], vec![]);
    client.receive(&[], &mut plain, &mut up).expect("a hello");
    while !(client.ready() && plc.ready()) {
        plc.receive(&core::mem::take(&mut up), &mut plain, &mut down).expect("a handshake");
        client.receive(&core::mem::take(&mut down), &mut plain, &mut up).expect("a handshake");
    }
}

fn hear(end: &mut Session, octets: &[u8], cut: usize) {
    let (mut plain, mut out) = (vec![], vec![]);
    let mut over: Option<TlsError> = None;
    for part in octets.chunks(cut) {
        let heard = end.receive(part, &mut plain, &mut out);
        match (&over, heard) {
            (None, heard) => over = heard.err(),
            // The first error is the last.
            (Some(error), heard) => assert_eq!(heard.as_ref(), Err(error)),
        }
    }
    assert!(plain.len() <= octets.len());
    // A handshake's flight, or an alert.
    assert!(out.len() <= 4096, "{} octets for {}", out.len(), octets.len());
    end.close(&mut out);
    assert!(end.send(b"x", &mut out).is_err());
}
