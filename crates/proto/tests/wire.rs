//! Every layout both ways: what is written, behind octets that stand there already, is read again as it was.
use hepta_proto::classic::szl::{Communication, Component, List, Mode, Module, Protection, Request, SzlId};
use hepta_proto::classic::userdata::{Direction, Group, Long, Payload, Userdata};
use hepta_proto::classic::vars::{
    Any, Area, DataItem, DataSize, DbRange, Drive, Function, Head, Item, Nck, Setup, Syntax, TransportSize,
};
use hepta_proto::classic::{ErrorCode, Kind, Pdu, ReturnCode};
use hepta_proto::iso::{
    Arrival, Data, DisconnectReason, ErrorCause, Link, Parameter, ParameterCode, Request as Connecting, Tpdu,
    TpduSize, Tpkt, Tsap, confirm, disconnect,
};
use hepta_proto::wire::{Reader, Wire};
use proptest::collection::vec;
use proptest::prelude::*;

/// Writes `value` behind octets of 0xa5, reads it back from there, and gives its octets.
fn both_ways<T: for<'a> Wire<'a> + PartialEq + core::fmt::Debug>(value: &T) -> Vec<u8> {
    let octets = appended(value);
    let mut r = Reader::new(&octets);
    assert_eq!(T::read(&mut r).as_ref(), Ok(value));
    assert_eq!(r.left(), 0, "{value:?} says more than it reads");
    // Half of it is never taken for the whole.
    for short in 0..octets.len() {
        assert!(T::read(&mut Reader::new(&octets[..short])).is_err(), "{short} octets of {value:?}");
    }
    octets
}

/// The octets that `value` appends; what stood before stays.
fn appended<'a>(value: &impl Wire<'a>) -> Vec<u8> {
    let mut out = vec![0xa5; 3];
    value.write(&mut out);
    assert_eq!(out[..3], [0xa5; 3]);
    out.split_off(3)
}

/// The same for a layout that borrows.
macro_rules! both_ways {
    ($ty:ty, $value:expr) => {{
        let value: $ty = $value;
        let octets = appended(&value);
        let mut r = Reader::new(&octets);
        prop_assert_eq!(<$ty>::read(&mut r), Ok(value));
        prop_assert_eq!(r.left(), 0);
        octets.len()
    }};
}

fn octets(most: usize) -> impl Strategy<Value = Vec<u8>> {
    vec(any::<u8>(), 0..=most)
}

fn item_any() -> impl Strategy<Value = Any> {
    (any::<u8>(), any::<u16>(), any::<u16>(), any::<u8>(), 0..1u32 << 24).prop_map(
        |(transport, count, db, area, address)| Any {
            transport: TransportSize(transport),
            count,
            db,
            area: Area(area),
            address,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn setup_and_head(reserved: u8, calling: u16, called: u16, pdu: u16, function: u8, count: u8) {
        prop_assert_eq!(both_ways(&Setup { reserved, calling, called, pdu }).len(), 8);
        prop_assert_eq!(both_ways(&Head { function: Function(function), count }).len(), 2);
    }

    #[test]
    fn items(any in item_any(), nck: (u8, u16, u16, u8, u8), drive: ([u8; 5], u16, u16), syntax: u8, body in octets(254)) {
        prop_assert_eq!(both_ways(&any).len(), Any::SIZE);
        both_ways!(Item<'_>, Item::Any(any));
        let (area, column, line, module, count) = nck;
        for syntax in [Syntax::Nck, Syntax::NckMetric, Syntax::NckInch] {
            both_ways!(Item<'_>, Item::Nck(Nck { syntax, area, column, line, module, count }));
        }
        let (unknown, number, index) = drive;
        both_ways!(Item<'_>, Item::Drive(Drive { unknown, number, index }));
        // Syntaxes with fields of their own come back in them, so these are others.
        let known = matches!(syntax, 0x10 | 0x82 | 0x83 | 0x84 | 0xa2 | 0xb0 | 0xb2);
        let syntax = Syntax(if known { 0x77 } else { syntax });
        both_ways!(Item<'_>, Item::Raw { syntax, body: &body });
    }

    #[test]
    fn ranges_of_blocks(ranges in vec((any::<u8>(), any::<u16>(), any::<u16>()), 0..=50), lids in vec(any::<[u8; 4]>(), 0..=60)) {
        let ranges: Vec<DbRange> = ranges.into_iter().map(|(len, db, start)| DbRange { len, db, start }).collect();
        let mut out = vec![0xa5];
        DbRange::write_item(&ranges, &mut out);
        let read = Item::read(&mut Reader::new(&out[1..]));
        let Ok(Item::DbRead(db)) = read else { panic!("{read:?}") };
        prop_assert_eq!(db.ranges().collect::<Vec<_>>(), ranges);
        prop_assert_eq!(&appended(&Item::DbRead(db)), &out[1..]);

        let n = u8::try_from(10 + 4 * lids.len()).unwrap();
        let symbol = [&[0x12, n, 0xb2, 0xff, 0x8a, 0x0e, 0, 1, 9, 8, 7, 6][..], &lids.concat()].concat();
        let read = Item::read(&mut Reader::new(&symbol));
        let Ok(Item::Symbolic(path)) = read else { panic!("{read:?}") };
        prop_assert_eq!((path.root, path.root2, path.crc), (0x8a0e, 1, 0x0908_0706));
        prop_assert_eq!(path.lids().collect::<Vec<_>>(), lids.into_iter().map(u32::from_be_bytes).collect::<Vec<_>>());
        prop_assert_eq!(&appended(&Item::Symbolic(path)), &symbol);
    }

    #[test]
    fn data_items(size: u8, data in octets(300), code in prop_oneof![Just(0xffu8), Just(0)], refusal in 1..0xffu8, length: u16) {
        let size = DataSize(size);
        // A bit is one octet; several of them come packed, so that is no layout of ours.
        let data = if size == DataSize::Bit { &data[..data.len().min(1)] } else { &data[..] };
        let item = DataItem::new(ReturnCode(code), size, data);
        prop_assert_eq!(both_ways!(DataItem<'_>, item), 4 + data.len());
        let refused = DataItem { code: ReturnCode(refusal), size, length, data: &[], fill: 0 };
        prop_assert_eq!(both_ways!(DataItem<'_>, refused), 4);
        prop_assert_eq!(appended(&DataItem::refused(ReturnCode(refusal))), [refusal, 0, 0, 0]);
    }

    #[test]
    fn lists_of_items_are_filled_between_and_not_behind(datas in vec(octets(9), 1..=20), behind in octets(3)) {
        let items: Vec<_> = datas.iter().map(|data| DataItem::new(ReturnCode::Ok, DataSize::Octets, data)).collect();
        let mut out = vec![];
        for (i, item) in items.iter().enumerate() {
            let start = out.len();
            item.write(&mut out);
            DataItem::fill(start, i + 1 < items.len(), &mut out);
        }
        out.extend_from_slice(&behind);
        let mut r = Reader::new(&out);
        let count = u8::try_from(items.len()).unwrap();
        let read: Result<Vec<_>, _> = DataItem::list(count, &mut r).collect();
        prop_assert_eq!(read, Ok(items));
        prop_assert_eq!(r.rest(), behind);
    }

    #[test]
    fn messages(kind: u8, redundancy: u16, reference: u16, error: u16, param in octets(40), data in octets(300), trailing in octets(9)) {
        let kind = Kind(kind);
        let error = ErrorCode(if kind.has_error() { error } else { 0 });
        let (param, data, trailing) = (&param[..], &data[..], &trailing[..]);
        let pdu = Pdu { kind, redundancy, reference, error, param, data, trailing };
        both_ways!(Pdu<'_>, pdu);
        prop_assert_eq!(pdu.params().offset(), pdu.header());
        prop_assert_eq!(pdu.datas().offset(), pdu.header() + param.len());
    }

    #[test]
    fn userdata(method: u8, direction in 0..16u8, group in 0..16u8, function: u8, sequence: u8, long: Option<(u8, u8, u16)>, code: u8, size: u8, data in octets(300)) {
        let long = long.map(|(unit, more, error)| Long { unit, more, error: ErrorCode(error) });
        let (direction, group) = (Direction(direction), Group(group));
        let said = Userdata { method, direction, group, function, sequence, long };
        prop_assert_eq!(both_ways(&said).len(), if long.is_some() { 12 } else { 8 });
        let payload = Payload { code: ReturnCode(code), size: DataSize(size), data: &data };
        both_ways!(Payload<'_>, payload);
        let (param, octets) = (appended(&said), appended(&payload));
        let pdu = Pdu::new(Kind::Userdata, 1, &param, &octets);
        prop_assert_eq!((Userdata::of(&pdu), Payload::of(&pdu)), (Ok(said), Ok(payload)));
        // Behind either, nothing may stand.
        let (long_param, long_octets) = ([&param[..], &[0]].concat(), [&octets[..], &[0]].concat());
        let pdu = Pdu::new(Kind::Userdata, 1, &long_param, &long_octets);
        prop_assert!(Userdata::of(&pdu).is_err() && Payload::of(&pdu).is_err());
    }

    #[test]
    fn lists(id: u16, index: u16, count: u16, record: u16, records in octets(300)) {
        let id = SzlId(id);
        prop_assert_eq!(both_ways(&Request { id, index }).len(), 4);
        let list = List { id, index, record, count, records: &records };
        both_ways!(List<'_>, list);
        prop_assert_eq!(list.iter().len(), records.len() / usize::from(record.max(1)));
    }

    #[test]
    fn records(words: [u16; 12], texts: ([u8; 20], [u8; 26], [u8; 16]), rates: (u32, u32), name: [[u8; 16]; 2], octets: (u8, u8, [u8; 4], [u8; 4], [u8; 8])) {
        let [index, a, b, c, d, e, f, g, h0, h1, p0, p1] = words;
        let (order, reserved, rest) = texts;
        let module = Module { index, order, kind: a, version: b, release: c };
        let mut text = [0; 32];
        text.copy_from_slice(&name.concat());
        let component = Component { index, text };
        let communication = Communication { index, pdu: a, connections: b, mpi: rates.0, k_bus: rates.1, reserved };
        let protection = Protection {
            index, key: a, parameter: b, actual: c, mode_switch: d, start_switch: e, reserved: f, versions: g,
            hardware: [h0, h1], program: [p0, p1], rest,
        };
        let (info, mode, reserved, start_up, time) = octets;
        let mode = Mode { event: a, info, mode, reserved, start_up, time };
        prop_assert_eq!(both_ways(&module).len(), 28);
        prop_assert_eq!(both_ways(&component).len(), 34);
        prop_assert_eq!(both_ways(&communication).len(), 40);
        prop_assert_eq!(both_ways(&protection).len(), 40);
        prop_assert_eq!(both_ways(&mode).len(), 20);
        // In a list of records of their own length they are found, in any other they are not.
        let two = appended(&module).repeat(2);
        let list = |record| List { id: SzlId::ModuleIdentification, index: 0, record, count: 2, records: &two };
        prop_assert_eq!(list(28).of::<Module>().collect::<Vec<_>>(), [module; 2]);
        prop_assert_eq!(list(27).of::<Module>().count() + list(29).of::<Module>().count(), 0);
    }

    #[test]
    fn units(code in 0..16u8, destination: u16, source: u16, class: u8, parameters in vec((any::<u8>(), octets(12)), 0..6), user in octets(20)) {
        let parameters: Vec<u8> = parameters
            .iter()
            .flat_map(|(code, value)| [&[*code, u8::try_from(value.len()).unwrap()], &value[..]].concat())
            .collect();
        let mut unit = vec![u8::try_from(6 + parameters.len()).unwrap(), 0xe0 | code];
        unit.extend([destination.to_be_bytes(), source.to_be_bytes()].concat());
        unit.push(class);
        unit.extend_from_slice(&parameters);
        unit.extend_from_slice(&user);
        let read = Tpdu::read(&mut Reader::new(&unit));
        let Ok(Tpdu::Connect(connect)) = &read else { panic!("{read:?}") };
        prop_assert_eq!((connect.destination, connect.source, connect.class), (destination, source, class));
        prop_assert_eq!((connect.parameters.octets(), connect.user), (&parameters[..], &user[..]));
        both_ways!(Tpdu<'_>, Tpdu::Connect(connect.clone()));
        both_ways!(Tpdu<'_>, Tpdu::Data(Data { number: class, extra: &parameters, payload: &user }));
        both_ways!(Tpkt<'_>, Tpkt { reserved: class, tpdu: &unit });
        let all: Vec<u8> = connect
            .parameters
            .iter()
            .flat_map(|Parameter { code, value }| [&[code.0, u8::try_from(value.len()).unwrap()], value].concat())
            .collect();
        prop_assert_eq!(all, parameters);
    }

    #[test]
    fn a_request_is_confirmed_as_it_asks(calling in vec(any::<u8>(), 1..100), called in vec(any::<u8>(), 1..100), reference: u16, asked in 7..=13u8, most in 7..=13u8, route: Option<(u16, u16)>) {
        let [size, most] = [asked, most].map(|exponent| TpduSize::from_exponent(exponent).unwrap());
        let [calling, called] = [calling, called].map(|octets| Tsap::new(octets).unwrap());
        let request = Connecting { calling, called, size, reference, route };
        prop_assume!(request.check().is_ok());
        let (mut up, mut down, mut link) = (vec![0xa5], vec![], Link::new(size, 240));
        request.write(&mut up);
        let Ok(Some(Arrival::Control(Tpdu::Connect(cr)))) = link.next(&mut &up[1..]) else { panic!("{up:?}") };
        let route = route.map(|(subnet, far)| (subnet.to_be_bytes(), far.to_be_bytes()));
        prop_assert_eq!(cr.parameters.find(ParameterCode::Subnet), route.as_ref().map(|(subnet, _)| &subnet[..]));
        prop_assert_eq!(cr.parameters.find(ParameterCode::FarTsap), route.as_ref().map(|(_, far)| &far[..]));
        prop_assert_eq!(confirm(&cr, 7, most, &mut down), size.min(most));
        let Ok(Some(Arrival::Control(Tpdu::Connect(cc)))) = link.next(&mut &down[..]) else { panic!("{down:?}") };
        let granted = request.granted(&cc);
        prop_assert_eq!((granted.size, granted.reference, cc.destination), (size.min(most), 7, reference));
        prop_assert_eq!((granted.calling, granted.called), (Some(request.calling), Some(request.called)));
    }

    #[test]
    fn an_end_is_understood(destination: u16, source: u16, reason: u8, cause: u8, behind in octets(8)) {
        let mut out = vec![];
        disconnect(destination, source, DisconnectReason(reason), &mut out);
        let mut link = Link::new(TpduSize::STANDARD, 240);
        let Ok(Some(Arrival::Control(Tpdu::Disconnect(end)))) = link.next(&mut &out[..]) else { panic!("{out:?}") };
        prop_assert_eq!((end.destination, end.source, end.reason), (destination, source, DisconnectReason(reason)));
        both_ways!(Tpdu<'_>, Tpdu::Disconnect(end));
        // Whatever stands behind the fields that are known.
        let li = u8::try_from(4 + behind.len()).unwrap();
        let unit = [&[li, 0x70][..], &destination.to_be_bytes(), &[cause], &behind].concat();
        let read = Tpdu::read(&mut Reader::new(&unit));
        let Ok(Tpdu::Error(error)) = read else { panic!("{read:?}") };
        prop_assert_eq!((error.destination, error.cause), (destination, ErrorCause(cause)));
        both_ways!(Tpdu<'_>, Tpdu::Error(error));
    }

    #[test]
    fn a_stream_gives_the_same_messages_wherever_it_is_cut(
        sent in vec((octets(600), 0..3usize), 0..8), exponent in 7..=10u8, cuts in vec(1..40usize, 1..30)
    ) {
        let size = TpduSize::from_exponent(exponent).unwrap();
        let (mut link, mut stream) = (Link::new(size, 600), vec![]);
        for (message, empties) in &sent {
            (0..*empties).for_each(|_| stream.extend_from_slice(&[3, 0, 0, 7, 2, 0xf0, 0]));
            link.send(message, &mut stream);
        }
        let (mut came, mut rest) = (vec![], &stream[..]);
        for cut in cuts.iter().cycle() {
            let (mut piece, more) = rest.split_at(rest.len().min(*cut));
            while let Some(arrival) = link.next(&mut piece).unwrap() {
                let Arrival::Message(message) = arrival else { panic!("{arrival:?}") };
                came.push(message.to_vec());
            }
            rest = more;
            if rest.is_empty() {
                break;
            }
        }
        prop_assert_eq!(came, sent.into_iter().map(|(message, _)| message).collect::<Vec<_>>());
        prop_assert!(!link.is_half());
    }
}

#[test]
fn names_fit_their_record() {
    assert_eq!(Component::new(1, "a name").text(), b"a name");
    assert_eq!(Component::new(2, &"x".repeat(40)).text(), [b'x'; 32]);
}
