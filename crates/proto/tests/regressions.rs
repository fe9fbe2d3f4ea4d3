//! Defects that were found by fuzzing and by reading, each with the octets that showed it.
use hepta_proto::classic::client::{Client, Handshake, Owner, Step};
use hepta_proto::classic::op::{Merge, Plan, Read, ReadMany, Span, Write, WriteMany};
use hepta_proto::classic::server::{Flow, Policy, Server};
use hepta_proto::classic::{Area, Limits, ReturnCode};
use hepta_proto::error::Error;
use hepta_proto::iso::{Arrival, Link, Request, TpduSize, Tsap};
use hepta_proto::op::{Operation, Want};
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
    let stream =
        [&[3, 0, 0, 9, 2, 0xf0, 0, 1, 2][..], &[3, 0, 0, 9, 4, 0x70, 0, 1, 2], &[3, 0, 0, 8, 2, 0xf0, 0x80, 3]];
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
