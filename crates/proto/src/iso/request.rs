//! Opening and ending a connection: what a client wishes, what a server confirms.
use super::{
    Connect, ConnectionType, Disconnect, DisconnectReason, Parameter, ParameterCode, Parameters, Tpdu,
};
use super::{TpduCode, TpduSize, Tsap, TsapError};
use crate::wire::{Wire, len16};
use alloc::vec::Vec;

/// A connect request.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Request {
    /// Our own TSAP. Nothing looks at it but LOGO!, S7-200 and configured connections.
    pub calling: Tsap,
    /// Whom we call.
    pub called: Tsap,
    /// How long units may be.
    pub size: TpduSize,
    /// Our reference, not 0.
    pub reference: u16,
    /// Through a gateway CPU into another subnet: subnet id, and the TSAP there. Experimental: one client sends this, no
    /// capture of a device confirms it.
    pub route: Option<(u16, u16)>,
}

/// What was granted.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Granted {
    /// The smaller of what was asked and what was answered.
    pub size: TpduSize,
    /// The peer's reference.
    pub reference: u16,
    /// Our TSAP as the peer repeats it; some leave it out.
    pub calling: Option<Tsap>,
    /// Its own.
    pub called: Option<Tsap>,
}

impl Request {
    /// To a TSAP, with the calling TSAP 01.00 and units of 1024.
    pub fn new(called: Tsap) -> Self {
        Self { calling: Tsap::from(0x0100), called, size: TpduSize::STANDARD, reference: 1, route: None }
    }
    /// To the CPU in `rack` and `slot`, with a connection resource of that kind.
    pub fn rack_slot(kind: ConnectionType, rack: u8, slot: u8) -> Result<Self, TsapError> {
        Tsap::rack_slot(kind, rack, slot).map(Self::new)
    }
    /// Would it fit? Check before a socket is opened.
    pub fn check(&self) -> Result<(), TsapError> {
        let route = if self.route.is_some() { 8 } else { 0 };
        let li = 6 + 3 + 2 + self.calling.octets().len() + 2 + self.called.octets().len() + route;
        if li > 254 { Err(TsapError::Request(li)) } else { Ok(()) }
    }
    /// Appends the connect request, TPKT included.
    pub fn write(&self, out: &mut Vec<u8>) {
        let mut parameters = Vec::with_capacity(64);
        put(&mut parameters, ParameterCode::TpduSize, &[self.size.exponent()]);
        put(&mut parameters, ParameterCode::CallingTsap, self.calling.octets());
        put(&mut parameters, ParameterCode::CalledTsap, self.called.octets());
        if let Some((subnet, far)) = self.route {
            put(&mut parameters, ParameterCode::Subnet, &subnet.to_be_bytes());
            put(&mut parameters, ParameterCode::FarTsap, &far.to_be_bytes());
        }
        send(&connect(TpduCode::ConnectRequest, 0, self.reference, &parameters), out);
    }
    /// What a confirm grants. One without TSAPs or size (some servers) is as good as one with.
    pub fn granted(&self, confirm: &Connect<'_>) -> Granted {
        let tsap = |code| confirm.parameters.find(code).and_then(|octets| Tsap::new(octets).ok());
        let size = confirm.parameters.find(ParameterCode::TpduSize).and_then(TpduSize::parse);
        Granted {
            size: size.map_or(self.size, |size| size.min(self.size)),
            reference: confirm.source,
            calling: tsap(ParameterCode::CallingTsap),
            called: tsap(ParameterCode::CalledTsap),
        }
    }
}

/// Appends the confirm to `request`: its size lowered to `most`, its TSAPs repeated, for clients exist that need them.
/// Gives the size agreed on.
pub fn confirm(request: &Connect<'_>, reference: u16, most: TpduSize, out: &mut Vec<u8>) -> TpduSize {
    let asked = request.parameters.find(ParameterCode::TpduSize).and_then(TpduSize::parse);
    // ISO 8073 §13.3.4: who asks for nothing gets 128; RFC 1006 §5 lifts that to "unlimited". The CC says which it is.
    let size = asked.unwrap_or(most).min(most);
    let mut parameters = Vec::with_capacity(64);
    put(&mut parameters, ParameterCode::TpduSize, &[size.exponent()]);
    for Parameter { code, value } in request.parameters.iter() {
        if matches!(code, ParameterCode::CallingTsap | ParameterCode::CalledTsap) {
            put(&mut parameters, code, value);
        }
    }
    // Long TSAPs that leave no room for a size: it is the size that both know, so it can stay away.
    let parameters = if parameters.len() > 248 { parameters.split_off(3) } else { parameters };
    send(&connect(TpduCode::ConnectConfirm, request.source, reference, &parameters), out);
    size
}

/// Appends a disconnect request.
pub fn disconnect(destination: u16, source: u16, reason: DisconnectReason, out: &mut Vec<u8>) {
    let parameters = Parameters::default();
    send(&Tpdu::Disconnect(Disconnect { destination, source, reason, parameters, user: &[] }), out);
}

/// Appends one unit with its TPKT.
pub(crate) fn send(tpdu: &Tpdu<'_>, out: &mut Vec<u8>) {
    let start = out.len();
    out.extend_from_slice(&[3, 0, 0, 0]);
    tpdu.write(out);
    let len = len16(out.len() - start);
    if let Some(place) = out.get_mut(start + 2..start + 4) {
        place.copy_from_slice(&len);
    }
}

fn connect(code: TpduCode, destination: u16, source: u16, parameters: &[u8]) -> Tpdu<'_> {
    let parameters = Parameters::of(parameters);
    Tpdu::Connect(Connect { code, destination, source, class: 0, parameters, user: &[] })
}

fn put(out: &mut Vec<u8>, code: ParameterCode, value: &[u8]) {
    out.extend_from_slice(&[code.0, u8::try_from(value.len()).unwrap_or(u8::MAX)]);
    out.extend_from_slice(value);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::iso::{Arrival, Link};
    use alloc::vec;

    #[test]
    fn as_every_tool_asks() {
        let mut out = vec![];
        Request::rack_slot(ConnectionType::Pg, 0, 2).unwrap().write(&mut out);
        assert_eq!(out, [3, 0, 0, 22, 17, 0xe0, 0, 0, 0, 1, 0, 0xc0, 1, 10, 0xc1, 2, 1, 0, 0xc2, 2, 1, 2]);
    }

    #[test]
    fn confirmed_and_understood() {
        let wish = Request {
            size: TpduSize::MOST,
            reference: 7,
            ..Request::new(Tsap::new(*b"SIMATIC-ROOT-HMI").unwrap())
        };
        let (mut up, mut down) = (vec![], vec![]);
        wish.write(&mut up);
        let mut link = Link::new(TpduSize::STANDARD, 960);
        let Some(Arrival::Control(Tpdu::Connect(asked))) = link.next(&mut &up[..]).unwrap() else { panic!() };
        assert_eq!(confirm(&asked, 9, TpduSize::STANDARD, &mut down), TpduSize::STANDARD);
        let Some(Arrival::Control(Tpdu::Connect(cc))) = link.next(&mut &down[..]).unwrap() else { panic!() };
        assert_eq!((cc.code, cc.destination), (TpduCode::ConnectConfirm, 7));
        let granted = wish.granted(&cc);
        assert_eq!((granted.size, granted.reference), (TpduSize::STANDARD, 9));
        assert_eq!((granted.calling, granted.called), (Some(wish.calling), Some(wish.called)));
    }

    #[test]
    fn sizes_in_every_spelling() {
        let octets = |value: &[u8]| TpduSize::parse(value).map(TpduSize::octets);
        assert_eq!(
            [octets(&[7]), octets(&[13]), octets(&[6]), octets(&[14])],
            [Some(128), Some(8192), None, None]
        );
        assert_eq!([octets(&[4, 0]), octets(&[2, 0]), octets(&[0, 9])], [Some(1024), Some(512), Some(512)]);
        assert_eq!([octets(&[0xff, 0xff]), octets(&[0, 0]), octets(&[])], [Some(8192), None, None]);
        assert_eq!(TpduSize::at_least(967), Some(TpduSize::STANDARD));
        let long = Request { calling: Tsap::new(vec![65; 255]).unwrap(), ..Request::new(Tsap::from(0x0102)) };
        assert_eq!(long.check(), Err(TsapError::Request(6 + 3 + 257 + 4)));
    }
}
