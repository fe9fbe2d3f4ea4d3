//! Against a real PLC, and never changing it: `HEPTA_LIVE_URL=s7plus://... cargo test -p hepta --test live -- --ignored`.
//!
//! `HEPTA_LIVE_TAGS` are addresses, by blanks; `HEPTA_LIVE_SECURITY` is `tls`, `auto` or `open`, where the URL shall not say it.
//! Any certificate is taken, for nothing is told to the PLC that somebody in between could use.
#![cfg(all(feature = "blocking", feature = "tls"))]
use hepta::plc::blocking::Plc;
use hepta::plus::{self, Security, Trust};

fn connect() -> Plc {
    let url = std::env::var("HEPTA_LIVE_URL").expect("HEPTA_LIVE_URL says where the PLC is");
    let security: Option<Security> =
        std::env::var("HEPTA_LIVE_SECURITY").ok().map(|text| text.parse().expect("tls, auto or open"));
    let options: hepta::plc::Options = match url.parse::<plus::Options>() {
        Ok(options) => match security {
            Some(security) => options.security(security).into(),
            None => options.into(),
        },
        Err(_) => url.parse().unwrap_or_else(|e| panic!("{url}: {e}")),
    };
    // Whatever the URL says: this suite reads.
    Plc::open(options.trust(Trust::Insecure).allow_writes(false))
        .unwrap_or_else(|e| panic!("{e}: {:?}", e.hint()))
}

#[test]
#[ignore = "needs a PLC: HEPTA_LIVE_URL"]
fn it_says_who_it_is() {
    let mut plc = connect();
    if let Some(plus) = plc.plus() {
        let facts = plus.facts().unwrap();
        assert!(facts.identity().is_some(), "{:?}", facts.device);
        assert!(facts.limits.reads > 0 && facts.limits.writes > 0);
        assert_eq!(facts.print.is_some(), facts.security == Security::Tls);
        let state = plus.cpu_state().unwrap();
        assert!(!matches!(state, plus::CpuState::Unknown(_)), "{state}");
        let resources = plus.resources().unwrap();
        assert_eq!(resources.reads, Some(facts.limits.reads));
        assert!(plus.protection_level().unwrap().0 <= 4);
        assert!(plus.start().is_err() && plus.stop().is_err(), "the write gate is closed");
    }
    plc.close();
}

#[test]
#[ignore = "needs a PLC: HEPTA_LIVE_URL and HEPTA_LIVE_TAGS"]
fn its_variables_can_be_read() {
    let tags = std::env::var("HEPTA_LIVE_TAGS").expect("HEPTA_LIVE_TAGS says what to read");
    let addresses: Vec<_> =
        tags.split_whitespace().map(|tag| tag.parse().unwrap_or_else(|e| panic!("{tag}: {e}"))).collect();
    assert!(!addresses.is_empty());
    let mut plc = connect();
    for _ in 0..10 {
        for (address, value) in addresses.iter().zip(plc.read(&addresses).unwrap()) {
            assert!(value.is_ok(), "{address}: {value:?}");
        }
    }
    plc.close();
}
