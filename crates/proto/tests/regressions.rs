//! Defects that were found by fuzzing and by reading, each with the octets that showed it.
use hepta_proto::classic::client::{Client, Handshake, Owner, Step};
use hepta_proto::classic::op::{Merge, Plan, Read, ReadMany, Span, Szl, Write, WriteMany};
use hepta_proto::classic::server::{Flow, Policy, Server};
use hepta_proto::classic::szl::SzlId;
use hepta_proto::classic::tags::Writes;
use hepta_proto::classic::{Area, Draft, ErrorCode, Kind, Limits, Pdu, ReturnCode};
use hepta_proto::data::{self, Absolute, Address, Options, Type, Value};
use hepta_proto::error::{Error, Unexpected};
use hepta_proto::iso::{Arrival, DisconnectReason, Link, Request, Tpdu, TpduSize, Tsap, disconnect};
use hepta_proto::op::{Event, Operation, Want};
use hepta_proto::wire::Malformed;

mod common;
use common::plc::Plc;

/// What a link makes of a stream that comes in pieces of `size`.
fn arrivals(link: &mut Link, stream: &[u8], size: usize) -> Result<Vec<Option<Vec<u8>>>, Malformed> {
    let mut came = vec![];
    for mut piece in stream.chunks(size) {
        while let Some(arrival) = link.next(&mut piece)? {
            came.push(if let Arrival::Message(message) = arrival { Some(message.to_vec()) } else { None });
        }
    }
    Ok(came)
}

#[test]
fn a_control_unit_between_two_parts_does_not_lose_the_first() {
    let stream = [
        &[3, 0, 0, 9, 2, 0xf0, 0, 1, 2][..],
        &[3, 0, 0, 9, 4, 0x70, 0, 1, 2],
        &[3, 0, 0, 8, 2, 0xf0, 0x80, 3],
    ];
    for size in 1..=stream.concat().len() {
        let mut link = Link::new(TpduSize::STANDARD, 240);
        let came = arrivals(&mut link, &stream.concat(), size);
        assert_eq!(came, Ok(vec![None, Some(vec![1, 2, 3])]), "pieces of {size}");
    }
}

#[test]
fn a_message_above_the_agreed_length_is_refused_in_one_unit_too() {
    // Units of up to 291 octets pass the head, for a connect request may be that long.
    for (len, passes) in [(240, true), (241, false), (284, false)] {
        let (mut link, mut stream) = (Link::new(TpduSize::STANDARD, 240), vec![]);
        link.send(&vec![9; len], &mut stream);
        for size in [1, stream.len()] {
            let came = arrivals(&mut link, &stream, size);
            let too_long = Malformed { what: "message longer than agreed", at: 240 };
            assert_eq!(came, if passes { Ok(vec![Some(vec![9; len])]) } else { Err(too_long) });
            link = Link::new(TpduSize::STANDARD, 240);
        }
    }
}

#[test]
fn items_of_no_octets_are_not_asked_for() {
    let nothing = [Span::db(1, 0, 0), Span::db(1, 0, 0)];
    for merge in [Merge::Never, Merge::Within(8)] {
        let op = ReadMany::new(&nothing, merge);
        assert_eq!(op.want(), Want::Nothing);
        let items = op.finish();
        assert_eq!(items.iter().collect::<Vec<_>>(), [Ok(&[][..]); 2]);
        let plan = Plan::reads(&nothing, Limits { pdu: 240, jobs: 1 }, merge).unwrap();
        assert_eq!((plan.jobs().len(), ReadMany::planned(&plan).want()), (0, Want::Nothing));
        assert_eq!(ReadMany::planned(&plan).finish().len(), 2);
    }
}

#[test]
fn what_no_address_can_name_is_not_asked_for() {
    let limits = Limits { pdu: 240, jobs: 1 };
    let spans = [Span::db(1, 0x1f_fffc, 4), Span::db(1, 0x1f_fffd, 4)];
    for merge in [Merge::Never, Merge::Within(8)] {
        assert!(Plan::reads(&spans[..1], limits, merge).is_ok());
        // Was asked for at octet 0, for its address has a 25th bit.
        assert_eq!(Plan::reads(&spans, limits, merge), Err(Error::Address { item: 1 }));
    }
    let writes = [Write { span: spans[1], data: &[1, 2, 3, 4] }];
    let mut out = vec![];
    let mut client = client(240, &mut out);
    let mut write = WriteMany::new(&writes);
    assert_eq!(client.ask(Owner(0), &mut write, &mut out).unwrap_err(), Error::Address { item: 0 });
    assert_eq!(
        client.ask(Owner(0), &mut Read::new(spans[1]), &mut out).unwrap_err(),
        Error::Address { item: 0 }
    );
    assert!(out.is_empty(), "nothing was sent");
}

#[test]
fn no_item_is_longer_than_its_length_in_bits_can_count() {
    // A server that grants 65535, and a length of 16 bits that counts bits: 8191 octets are the most.
    let plan = Plan::reads(&[Span::db(1, 0, 20_000)], Limits { pdu: 65535, jobs: 1 }, Merge::Never).unwrap();
    let sizes: Vec<u32> = plan.jobs().flatten().map(|part| part.len).collect();
    assert_eq!(sizes, [8191, 8191, 3618]);
}

/// A client after the handshake with a server that grants `pdu`.
fn client(pdu: u16, up: &mut Vec<u8>) -> Client {
    let policy = Policy {
        limits: Limits { pdu, jobs: 4 },
        least_pdu: 112,
        size: TpduSize::STANDARD,
        strict_jobs: true,
        pdu_within_unit: false,
    };
    let (mut server, mut plc) = (Server::new(policy, 7), Plc::default());
    let request = Request::new(Tsap::from(0x0102));
    let (mut shake, mut link) = Handshake::new(request, Limits { pdu, jobs: 4 }, 0, up).unwrap();
    loop {
        let mut down = vec![];
        assert_eq!(server.receive(&core::mem::take(up), &mut plc, &mut down), Ok(Flow::Go));
        match shake.receive(link, &down, up).unwrap() {
            Step::More(s, l) => (shake, link) = (s, l),
            Step::Ready(client) => return client,
        }
    }
}

/// A server after the handshake, granting `pdu`.
fn served(pdu: u16) -> Server {
    let policy = Policy {
        limits: Limits { pdu, jobs: 4 },
        least_pdu: 112,
        size: TpduSize::STANDARD,
        strict_jobs: true,
        pdu_within_unit: false,
    };
    let (mut server, mut up) = (Server::new(policy, 7), vec![]);
    Request::new(Tsap::from(0x0102)).write(&mut up);
    let [p0, p1] = pdu.to_be_bytes();
    Link::new(TpduSize::STANDARD, 960)
        .send(&[0x32, 1, 0, 0, 0, 0, 0, 8, 0, 0, 0xf0, 0, 0, 4, 0, 4, p0, p1], &mut up);
    assert_eq!(server.receive(&up, &mut Plc::default(), &mut vec![]), Ok(Flow::Go));
    server
}

/// The answer to one message, without TPKT and COTP.
fn ask(server: &mut Server, plc: &mut Plc, message: &[u8]) -> Vec<u8> {
    let (mut up, mut down) = (vec![], vec![]);
    Link::new(TpduSize::STANDARD, 960).send(message, &mut up);
    assert_eq!(server.receive(&up, plc, &mut down), Ok(Flow::Go));
    down.split_off(7)
}

#[test]
fn an_item_that_means_nothing_does_not_fail_its_neighbours() {
    let mut plc = Plc::default().with(Area::Db, 1, 8);
    let octet = plc.area(Area::Db, 1)[0];
    // 300 bits, and 300 words in the timers: both are refused, so their octets need no room in the answer.
    for wrong in [[1, 1, 44, 0, 1, 0x84, 0, 0, 0], [4, 1, 44, 0, 0, 0x1d, 0, 0, 0]] {
        let job = [
            &[0x32, 1, 0, 0, 0, 9, 0, 26, 0, 0, 4, 2, 0x12, 10, 0x10][..],
            &wrong,
            &[0x12, 10, 0x10, 2, 0, 1, 0, 1, 0x84, 0, 0, 0],
        ];
        let answer = ask(&mut served(240), &mut plc, &job.concat());
        assert_eq!(answer[10..], [0, 0, 4, 2, 6, 0, 0, 0, 0xff, 4, 0, 8, octet]);
    }
}

#[test]
fn a_policy_of_no_jobs_grants_one() {
    let policy = Policy {
        limits: Limits { pdu: 240, jobs: 0 },
        least_pdu: 112,
        size: TpduSize::STANDARD,
        strict_jobs: true,
        pdu_within_unit: false,
    };
    let (mut server, mut plc, mut up) = (Server::new(policy, 7), Plc::default(), vec![]);
    Request::new(Tsap::from(0x0102)).write(&mut up);
    assert_eq!(server.receive(&up, &mut plc, &mut vec![]), Ok(Flow::Go));
    let setup = ask(&mut server, &mut plc, &[0x32, 1, 0, 0, 0, 9, 0, 8, 0, 0, 0xf0, 0, 0, 4, 0, 4, 1, 0xe0]);
    assert_eq!(setup[12..], [0xf0, 0, 0, 1, 0, 1, 0, 240]);
}

#[test]
fn a_block_number_beside_other_areas_means_nothing() {
    let mut plc = Plc::default().with(Area::Flags, 0, 8);
    let job = [0x32, 1, 0, 0, 0, 9, 0, 14, 0, 0, 4, 1, 0x12, 10, 0x10, 2, 0, 1, 0, 5, 0x83, 0, 0, 0];
    let answer = ask(&mut served(240), &mut plc, &job);
    assert_eq!(answer[14..], [0xff, 4, 0, 8, plc.area(Area::Flags, 0)[0]]);
}

#[test]
fn no_timers_are_no_more_than_no_octets() {
    let mut plc = Plc::default().with(Area::Timers, 0, 8).with(Area::Db, 1, 8);
    for (transport, area) in [(0x1d, 0x1d), (2, 0x84)] {
        let job =
            [0x32, 1, 0, 0, 0, 9, 0, 14, 0, 0, 4, 1, 0x12, 10, 0x10, transport, 0, 0, 0, 1, area, 0, 0, 0];
        assert_eq!(ask(&mut served(240), &mut plc, &job)[14..], [7, 0, 0, 0]);
    }
}

#[test]
fn half_a_unit_behind_the_setup_answer_is_not_lost() {
    let (mut up, link) = (vec![], Link::new(TpduSize::STANDARD, 960));
    let (shake, mine) =
        Handshake::new(Request::new(Tsap::from(0x0102)), Limits { pdu: 240, jobs: 1 }, 0, &mut up).unwrap();
    let mut down = vec![3, 0, 0, 14, 9, 0xd0, 0, 1, 0, 7, 0, 0xc0, 1, 10];
    link.send(&[0x32, 3, 0, 0, 0, 0, 0, 8, 0, 0, 0, 0, 0xf0, 0, 0, 1, 0, 1, 0, 240], &mut down);
    // A CPU says of itself that it went to RUN: once whole, once cut by the network.
    let push = [0x32, 7, 0, 0, 0, 0, 0, 8, 0, 0, 0, 1, 0x12, 4, 0x11, 0, 2, 0];
    link.send(&push, &mut down);
    link.send(&push, &mut down);
    let rest = down.split_off(down.len() - 9);
    let Step::Ready(mut client) = shake.receive(mine, &down, &mut up).unwrap() else { panic!("not ready") };
    let mut input = &rest[..];
    let arrival = client.next(&mut input).unwrap().unwrap();
    assert_eq!((arrival.owner, arrival.message), (None, &push[..]));
}

#[test]
fn a_bit_above_7_is_no_panic() {
    // The field is public; what is sent keeps three bits of it, so the answer is read alike.
    let spans = [Span::bit(Area::Flags, 0, 1, 9), Span::octets(Area::Flags, 0, 1, 1)];
    let mut op = ReadMany::new(&spans, Merge::Within(0));
    let mut out = vec![];
    let mut client = client(240, &mut out);
    assert_eq!(client.ask(Owner(0), &mut op, &mut out).unwrap().sent, 1);
    let [r0, r1] = [out[11], out[12]];
    let mut down = vec![];
    let answer = [0x32, 3, 0, 0, r0, r1, 0, 2, 0, 5, 0, 0, 4, 1, 0xff, 4, 0, 8, 0b10];
    Link::new(TpduSize::STANDARD, 960).send(&answer, &mut down);
    let mut input = &down[..];
    let arrival = client.next(&mut input).unwrap().unwrap();
    assert_eq!(arrival.tag.deliver(&mut op, arrival.message), Ok(1));
    assert_eq!(op.finish().iter().collect::<Vec<_>>(), [Ok(&[1][..]), Ok(&[0b10])]);
}

#[test]
fn two_lists_at_a_time_do_not_mix() {
    let names = |letter: u8| [[letter; 34]; 10].concat();
    let mut plc = Plc::default().list(0x1c, 0, 34, &names(b'a')).list(0x1c, 1, 34, &names(b'b'));
    let mut server = served(240);
    let first = |index| {
        [&[0x32, 7, 0, 0, 0, 9, 0, 8, 0, 8, 0, 1, 0x12, 4, 0x11, 0x44, 1, 0, 0xff, 9, 0, 4, 0, 0x1c, 0][..], &[index]].concat()
    };
    let next = |number| {
        let head = [0x32, 7, 0, 0, 0, 9, 0, 12, 0, 4, 0, 1, 0x12, 8, 0x12, 0x44, 1];
        [&head[..], &[number, 0, 0, 0, 0, 0x0a, 0, 0, 0]].concat()
    };
    // Both are asked for before either is continued: parts of 214 octets, of lists of 348.
    let a = ask(&mut server, &mut plc, &first(0));
    let b = ask(&mut server, &mut plc, &first(1));
    let (rest_a, rest_b) =
        (ask(&mut server, &mut plc, &next(a[17])), ask(&mut server, &mut plc, &next(b[17])));
    assert_ne!(a[17], b[17], "the number tells them apart");
    assert_eq!([a[19], b[19], rest_a[19], rest_b[19]], [1, 1, 0, 0]);
    assert_eq!([&a[26..], &rest_a[26..]].concat(), plc.lists[&(0x1c, 0)]);
    assert_eq!([&b[26..], &rest_b[26..]].concat(), plc.lists[&(0x1c, 1)]);
    // What was given whole is no more.
    assert_eq!(ask(&mut server, &mut plc, &next(a[17]))[20..], [0xd4, 6, 0x0a, 0, 0, 0]);
}

#[test]
fn a_disconnect_confirm_with_a_stray_octet_is_one() {
    // As snap7's server ends a connection: the length indicator counts one octet too many.
    let octets = [3, 0, 0, 12, 6, 0xc0, 0, 1, 0, 1, 0, 0];
    let mut link = Link::new(TpduSize::STANDARD, 240);
    let mut input = &octets[..];
    let Ok(Some(Arrival::Control(Tpdu::DisconnectConfirm(confirm)))) = link.next(&mut input) else {
        panic!()
    };
    assert_eq!((confirm.destination, confirm.source, confirm.user), (1, 1, &[0][..]));
    assert_eq!((confirm.parameters.octets(), confirm.parameters.iter().count()), (&[0][..], 0));
    // A connect request is still held to its lengths.
    let bad = [3, 0, 0, 12, 7, 0xe0, 0, 0, 0, 1, 0, 0xc0];
    let bad = link.next(&mut &bad[..]).unwrap_err();
    assert_eq!(bad, Malformed { what: "COTP parameter length", at: 12 });
}

#[test]
fn the_last_piece_of_a_read_may_be_the_longest() {
    // PDU 240 has room for 222 octets; pieces of whole LREALs are of 216, and what is left at the end fits as it is.
    let span = Span::db(1, 0, 216 + 220).in_units_of(8);
    let (mut op, mut plc) = (Read::new(span), Plc::default().with(Area::Db, 1, 500));
    let (mut out, mut down) = (vec![], vec![]);
    let mut client = client(240, &mut out);
    assert_eq!(client.ask(Owner(0), &mut op, &mut out).unwrap().sent, 2);
    assert_eq!(served(240).receive(&out, &mut plc, &mut down), Ok(Flow::Go));
    let mut input = &down[..];
    while let Some(arrival) = client.next(&mut input).unwrap() {
        assert_eq!(arrival.tag.deliver(&mut op, arrival.message), Ok(1));
    }
    assert_eq!(op.finish(), plc.area(Area::Db, 1)[..436]);
}

#[test]
fn items_without_an_answer_are_not_given_as_zeros() {
    let spans = [Span::db(1, 0, 0), Span::db(1, 0, 300), Span::db(1, 400, 4)];
    let unanswered = |items: &[Result<&[u8], ReturnCode>]| {
        assert_eq!(items, [Ok(&[][..]), Err(ReturnCode::Reserved), Err(ReturnCode::Reserved)]);
    };
    unanswered(&ReadMany::new(&spans, Merge::Never).finish().iter().collect::<Vec<_>>());

    // Two jobs go out, the first is answered, then the line is dead: 222 of the 300 octets are no item.
    let (mut op, mut plc) = (ReadMany::new(&spans, Merge::Never), Plc::default().with(Area::Db, 1, 500));
    let (mut out, mut down) = (vec![], vec![]);
    let mut client = client(240, &mut out);
    assert_eq!(client.ask(Owner(0), &mut op, &mut out).unwrap().sent, 2);
    assert_eq!(served(240).receive(&out, &mut plc, &mut down), Ok(Flow::Go));
    let mut input = &down[..];
    let arrival = client.next(&mut input).unwrap().unwrap();
    assert_eq!(arrival.tag.deliver(&mut op, arrival.message), Ok(1));
    unanswered(&op.finish().iter().collect::<Vec<_>>());
}

#[test]
fn a_text_that_was_never_initialised_gets_no_maximum_above_the_longest() {
    let addresses = [Type::String(255), Type::WString(u16::MAX)].map(|ty| {
        let place = if matches!(ty, Type::String(_)) { 0 } else { 300 };
        Address::from(Absolute::new(data::Area::Db(1), place, 0, ty).unwrap())
    });
    let value = Value::from("ab");
    let pairs = || addresses.iter().map(|address| (address, &value));
    let plain = Writes::new(pairs(), Options::default()).unwrap();
    let (mut op, mut out) = (ReadMany::new(plain.heads(), Merge::Never), vec![]);
    let ticket = op.write(Limits { pdu: 240, jobs: 1 }, &mut Draft::new(&mut out, 1)).unwrap();
    let zeros = [0xff, 4, 0, 8, 0, 0, 0xff, 4, 0, 16, 0, 0];
    op.take(Event::Reply(ticket, Pdu::new(Kind::AckData, 1, &[4, 2], &zeros))).unwrap();
    let writes = Writes::with(pairs(), Options::default(), &op.finish()).unwrap();
    let octets: Vec<&[u8]> = writes.items().iter().map(|write| write.data).collect();
    // 254, not 255; 16382, not 65535.
    assert_eq!(octets, [&b"\xfe\x02ab"[..], b"\x3f\xfe\0\x02\0a\0b"]);
}

#[test]
fn a_list_that_does_not_end_is_given_up() {
    // The first octets of a list, then again and again so many of it, with the word that there is more.
    let endless = |octets: u8| {
        let (mut op, mut out) = (Szl::new(SzlId::DiagnosticBuffer, 0), vec![]);
        let param = [0, 1, 0x12, 8, 0x12, 0x84, 1, 1, 0xd5, 1, 0, 0];
        let data = [&[0xff, 9, 0, octets][..], &vec![7; octets.into()]].concat();
        while op.want() == Want::Ask {
            let ticket = op.write(Limits { pdu: 240, jobs: 1 }, &mut Draft::new(&mut out, 1)).unwrap();
            op.take(Event::Reply(ticket, Pdu::new(Kind::Userdata, 1, &param, &data)))?;
            out.clear();
        }
        Ok(())
    };
    assert_eq!(endless(1), Err(Error::from(Unexpected::Endless { parts: 1280, octets: 1280 })));
    assert_eq!(endless(255), Err(Error::from(Unexpected::Endless { parts: 1029, octets: 262_395 })));
    assert_eq!(endless(0), Err(Error::Refused(ErrorCode::InformationNotAvailable)));
}

#[test]
fn a_length_costs_nothing_before_it_is_answered() {
    let mut op = Read::new(Span::db(1, 0, u32::MAX));
    let mut out = vec![];
    let asked = op.write(Limits { pdu: 240, jobs: 1 }, &mut Draft::new(&mut out, 1));
    assert_eq!(asked.unwrap_err(), Error::Address { item: 0 });
    assert_eq!(op.finish().capacity(), 0);

    // The first answer of many makes room for a block, and no more.
    let mut op = Read::new(Span::db(1, 0, 1 << 20));
    let ticket = op.write(Limits { pdu: 240, jobs: 1 }, &mut Draft::new(&mut out, 1)).unwrap();
    let answer = [&[0xff, 4, 6, 0xf0][..], &[7; 222]].concat();
    op.take(Event::Reply(ticket, Pdu::new(Kind::AckData, 1, &[4, 1], &answer))).unwrap();
    assert_eq!(op.want(), Want::Ask);
    let got = op.finish();
    assert!(got == [7; 222] && got.capacity() <= 1 << 17, "{}", got.capacity());
}

#[test]
fn who_is_not_let_in_is_told_what_was_tried() {
    let refused = |called: Tsap| {
        let (mut up, mut down) = (vec![], vec![]);
        let (shake, link) =
            Handshake::new(Request::new(called), Limits { pdu: 240, jobs: 1 }, 0, &mut up).unwrap();
        disconnect(1, 0, DisconnectReason::AddressUnknown, &mut down);
        let error = shake.receive(link, &down, &mut up).unwrap_err();
        assert!(error.code() == Some(3) && error.hint().is_some_and(|hint| hint.contains("slot 2")));
        error.to_string()
    };
    let said = "the CPU refused the connection: address unknown (03); tried ";
    assert_eq!(refused(Tsap::from(0x0205)), format!("{said}rack 0 slot 5, TSAP 02.05"));
    assert_eq!(refused(Tsap::from(0x1000)), format!("{said}TSAP 10.00"));
    assert_eq!(refused(Tsap::new(*b"SIMATIC").unwrap()), format!("{said}TSAP \"SIMATIC\""));
}
