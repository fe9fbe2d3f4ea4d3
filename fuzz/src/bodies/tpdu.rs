//! A unit that can be read is written again octet for octet, and every request can be confirmed.
use hepta_proto::iso::{self, Connect, ParameterCode, Request, Tpdu, TpduCode, TpduSize, Tpkt, Tsap};
use hepta_proto::wire::{Reader, Wire};

/// A TPKT, or a TPDU without one.
pub fn run(data: &[u8]) {
    let mut r = Reader::new(data);
    if let Ok(tpkt) = Tpkt::read(&mut r) {
        let mut out = vec![0xa5];
        tpkt.write(&mut out);
        assert_eq!(out[1..], data[..r.offset()]);
        unit(tpkt.tpdu);
    }
    unit(data);
}

fn unit(octets: &[u8]) {
    let mut r = Reader::within(octets, 4);
    let Ok(tpdu) = Tpdu::read(&mut r).inspect_err(|e| assert!(e.at >= 4 && e.at <= 4 + octets.len())) else {
        return;
    };
    assert_eq!(r.left(), 0, "a unit ends where its TPKT ends");
    let mut out = vec![0xa5];
    tpdu.write(&mut out);
    assert_eq!(out[1..], *octets, "{tpdu:?}");
    let parameters = match &tpdu {
        Tpdu::Connect(c) => c.parameters,
        Tpdu::Disconnect(d) => d.parameters,
        Tpdu::DisconnectConfirm(d) => d.parameters,
        Tpdu::Error(e) => e.parameters,
        _ => return,
    };
    let spelled: Vec<u8> = parameters
        .iter()
        .flat_map(|p| [&[p.code.0, u8::try_from(p.value.len()).expect("one octet")], p.value].concat())
        .collect();
    assert!(parameters.octets().starts_with(&spelled));
    if let Tpdu::Connect(connect) = &tpdu {
        assert_eq!(spelled, parameters.octets(), "a request is held to its lengths");
        connected(connect);
    }
}

fn connected(asked: &Connect<'_>) {
    let wish = Request::new(Tsap::from(0x0102));
    let granted = wish.granted(asked);
    assert!(granted.size <= wish.size, "nobody grants more than was asked");
    for tsap in [granted.calling, granted.called].into_iter().flatten() {
        assert!(!tsap.to_string().is_empty());
    }
    for most in [TpduSize::from_exponent(7).expect("128"), TpduSize::STANDARD, TpduSize::MOST] {
        let mut out = vec![];
        let size = iso::confirm(asked, 7, most, &mut out);
        assert!(size <= most);
        let Ok(Tpdu::Connect(cc)) = Tpdu::read(&mut Reader::new(&out[4..])) else { panic!("{out:02x?}") };
        assert_eq!((cc.code, cc.destination, cc.source), (TpduCode::ConnectConfirm, asked.source, 7));
        for code in [ParameterCode::CallingTsap, ParameterCode::CalledTsap] {
            assert_eq!(cc.parameters.find(code), asked.parameters.find(code));
        }
        let said = cc.parameters.find(ParameterCode::TpduSize).and_then(TpduSize::parse);
        assert!(said.is_none_or(|said| said == size));
    }
}
