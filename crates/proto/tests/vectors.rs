//! Frames of real devices and of other stacks: each octet is read into a named field, what was read is what an independent
//! decoder says, and it is written again as it was.
use core::fmt::Write as _;
use hepta_proto::classic::szl::{Communication, Component, List, Mode, Module, Protection, Request, SzlId};
use hepta_proto::classic::userdata::{Direction, Payload, Userdata};
use hepta_proto::classic::vars::{Any, Area, DataItem, Function, Head, Item, Setup};
use hepta_proto::classic::{Kind, Pdu};
use hepta_proto::iso::{Arrival, Link, Parameters, Tpdu, TpduCode, TpduSize, Tpkt};
use hepta_proto::wire::{Malformed, Reader, Wire};
use serde_json::Value;
use std::collections::BTreeMap;

/// How many frames were typed whole, by what they are; and of records, how many in how many lists.
const COUNTS: &str = "\
1 (lists without their end)
11 CC
12 CR
5 DC
6 DR
1 ER
65 Read AckData
1 Read AckData with a fill octet other than 0
71 Read Job
26 Write AckData
27 Write Job
15 complaint
2 job Stop
4 part of a message
3 refusal of a job
9 setup AckData
10 setup Job
3 szl list in parts
4 szl list of 0000
2 szl list of 0011
4 szl list of 001c
2 szl list of 0131/1
3 szl list of 0132/4
4 szl list of 0424
29 szl list of octets
1 szl part of a list
12 szl refusal
69 szl request
4 szl request for more
385 compared with another decoder
";

/// What is wrong with frames of other stacks, in our words. Everything else of theirs is read and written again as well.
const COMPLAINTS: &str = "\
loop-py-py-cpu_info frame 1: malformed list whose records are not as long as its head says at octet 8
loop-snap7c-py-cpu_info frame 1: malformed list whose records are not as long as its head says at octet 8
loop-py-py-cpu_state frame 0: malformed function and item count at octet 10
loop-py-snap7c-cpu_state frame 0: malformed function and item count at octet 10
loop-py-py-cp_info frame 1: malformed list whose records are not as long as its head says at octet 8
loop-py-py-order_code frame 1: malformed record of another shape at octet 8
loop-snap7c-py-order_code frame 1: malformed record of another shape at octet 8
loop-py-py-protection frame 1: malformed list whose records are not as long as its head says at octet 8
loop-snap7c-py-protection frame 1: malformed list whose records are not as long as its head says at octet 8
loop-py-py-szl_list frame 1: malformed list whose records are not as long as its head says at octet 8
loop-goprotos7-02-setup frame 1: malformed data shorter than its length says at octet 16
loop-goprotos7-03-read4 frame 1: malformed parameter shorter than its length says at octet 12
loop-goprotos7-04-read_bit frame 1: malformed parameter shorter than its length says at octet 12
loop-goprotos7-05-read_missing frame 1: malformed parameter shorter than its length says at octet 12
loop-goprotos7-06-read_oob frame 1: malformed parameter shorter than its length says at octet 12
loop-goprotos7-07-write: half a message at the end
loop-goprotos7-08-szl: half a message at the end
loop-goprotos7-09-stop: half a message at the end
";

#[derive(Debug)]
struct Vector {
    id: String,
    dialect: bool,
    frames: Vec<Frame>,
}

#[derive(Debug)]
struct Frame {
    from_client: bool,
    octets: Vec<u8>,
    facts: String,
}

fn vectors() -> Vec<Vector> {
    let file: Value = serde_json::from_str(include_str!("data/s7comm.json")).unwrap();
    let text = |value: &Value, key: &str| value[key].as_str().unwrap().to_owned();
    let frame = |frame: &Value| Frame {
        from_client: frame["dir"] == "C>S",
        octets: unhex(&text(frame, "hex")),
        facts: text(frame, "facts"),
    };
    let vector = |vector: &Value| Vector {
        id: text(vector, "id"),
        dialect: vector["trust"] == "dialect-nonconforming",
        frames: vector["frames"].as_array().unwrap().iter().map(frame).collect(),
    };
    file["vectors"].as_array().unwrap().iter().map(vector).collect()
}

fn unhex(text: &str) -> Vec<u8> {
    text.as_bytes()
        .chunks(2)
        .map(|two| u8::from_str_radix(core::str::from_utf8(two).unwrap(), 16).unwrap())
        .collect()
}

fn hex(octets: &[u8]) -> String {
    octets.iter().fold(String::new(), |text, octet| text + &format!("{octet:02x}"))
}

fn written<'a>(value: &impl Wire<'a>) -> Vec<u8> {
    let mut out = vec![0xa5];
    value.write(&mut out);
    out.split_off(1)
}

/// One frame: what it is, what its fields say, and its octets written again from them.
struct Typed {
    class: String,
    facts: String,
    again: Vec<u8>,
}

/// What of a conversation is needed to understand the next frame.
#[derive(Default)]
struct Conversation {
    /// A list that comes in parts.
    list: Vec<u8>,
    half: bool,
}

#[test]
fn every_frame_is_typed_and_written_again() {
    let (mut counts, mut complaints, mut compared) = (BTreeMap::<String, usize>::new(), String::new(), 0);
    for vector in vectors() {
        let mut links = [0, 1].map(|_| Link::new(TpduSize::MOST, 5000));
        let mut talk = Conversation::default();
        for (i, frame) in vector.frames.iter().enumerate() {
            let at = format!("{} frame {i}", vector.id);
            let number = unit_both_ways(&frame.octets, &at);
            let mut input = &frame.octets[..];
            let arrival = links[usize::from(frame.from_client)].next(&mut input).unwrap();
            let typed = match &arrival {
                None => {
                    *counts.entry("part of a message".into()).or_default() += 1;
                    continue;
                }
                Some(Arrival::Control(tpdu)) => Ok(control(tpdu)),
                Some(Arrival::Message(message)) => message_both_ways(message, number, &mut talk),
            };
            assert!(input.is_empty(), "{at}: more than one unit");
            match typed {
                Ok(typed) => {
                    if let Some(Arrival::Message(message)) = arrival {
                        assert_eq!(hex(&typed.again), hex(message), "{at}: {}", typed.class);
                    }
                    if !frame.facts.is_empty() {
                        assert_eq!(typed.facts, frame.facts, "{at}");
                        compared += 1;
                    }
                    *counts.entry(typed.class).or_default() += 1;
                }
                Err(malformed) => {
                    assert!(vector.dialect, "{at}: {malformed}");
                    writeln!(complaints, "{at}: {malformed}").unwrap();
                    *counts.entry("complaint".into()).or_default() += 1;
                }
            }
        }
        if links.iter().any(Link::is_half) {
            assert!(vector.dialect, "{}: half a message at the end", vector.id);
            writeln!(complaints, "{}: half a message at the end", vector.id).unwrap();
        }
        // Recordings that end before the list does: what there is of it was typed as a list's first part.
        *counts.entry("(lists without their end)".into()).or_default() += usize::from(talk.half);
    }
    let frames: usize = vectors().iter().map(|vector| vector.frames.len()).sum();
    let seen: usize = counts.iter().filter(|(class, _)| !class.starts_with('(')).map(|(_, n)| n).sum();
    assert_eq!(seen, frames, "no frame is passed over");
    let lines = counts.iter().fold(String::new(), |text, (class, n)| text + &format!("{n} {class}\n"));
    assert_eq!(format!("{lines}{compared} compared with another decoder\n"), COUNTS);
    assert_eq!(complaints, COMPLAINTS);
}

/// TPKT and TPDU, written again. Gives the number that class 0 ignores.
fn unit_both_ways(octets: &[u8], at: &str) -> u8 {
    let tpkt = Tpkt::read(&mut Reader::new(octets)).unwrap();
    assert_eq!(hex(&written(&tpkt)), hex(octets), "{at}");
    let tpdu = Tpdu::read(&mut Reader::within(tpkt.tpdu, 4)).unwrap();
    assert_eq!(hex(&written(&tpdu)), hex(tpkt.tpdu), "{at}: {tpdu:?}");
    if let Tpdu::Data(data) = tpdu { data.number & 0x7f } else { 0 }
}

fn control(tpdu: &Tpdu<'_>) -> Typed {
    let parameters = |parameters: &Parameters<'_>| {
        parameters.iter().fold(String::new(), |text, p| text + &format!(" {:02x}={}", p.code.0, hex(p.value)))
    };
    let (name, facts) = match tpdu {
        Tpdu::Connect(c) => {
            let name = if c.code == TpduCode::ConnectRequest { "CR" } else { "CC" };
            let refs = format!("dst={} src={} class={}", c.destination, c.source, c.class);
            (name, refs + &parameters(&c.parameters))
        }
        Tpdu::Disconnect(d) => {
            ("DR", format!("dst={} src={} reason={}", d.destination, d.source, d.reason.0))
        }
        Tpdu::DisconnectConfirm(d) => ("DC", format!("dst={} src={}", d.destination, d.source)),
        Tpdu::Error(e) => ("ER", format!("dst={} cause={}", e.destination, e.cause.0)),
        other => panic!("no S7 peer sends {other:?}"),
    };
    Typed { class: name.into(), facts: format!("{name} {facts}"), again: vec![] }
}

fn message_both_ways(message: &[u8], number: u8, talk: &mut Conversation) -> Result<Typed, Malformed> {
    let pdu = Pdu::read(&mut Reader::new(message))?;
    let (mut param, mut data) = (vec![], vec![]);
    let kind = match pdu.kind {
        Kind::Job => "job",
        Kind::Ack => "ack",
        Kind::AckData => "ack-data",
        Kind::Userdata => "userdata",
        other => panic!("no S7 peer sends {other}"),
    };
    let mut facts = format!("{kind} ref={} {}+{}", pdu.reference, pdu.param.len(), pdu.data.len());
    if pdu.kind.has_error() {
        write!(facts, " error={:04x}", pdu.error.0).unwrap();
    }
    if number != 0 {
        write!(facts, " nr={number}").unwrap();
    }
    let class = match (pdu.kind, pdu.param) {
        (Kind::Userdata, _) => userdata(&pdu, talk, &mut facts, &mut param, &mut data)?,
        (Kind::Ack | Kind::AckData, []) if pdu.error.0 != 0 => "refusal of a job".into(),
        (_, [0xf0, ..]) => setup(&pdu, &mut facts, &mut param)?,
        (_, [4 | 5, ..]) => vars(&pdu, &mut facts, &mut param, &mut data)?,
        // Functions that this part of the core does not know; servers must refuse them.
        (Kind::Job, [function, ..]) => {
            param = pdu.param.to_vec();
            format!("job {}", Function(*function))
        }
        _ => return Err(pdu.params().bad("answer without a function")),
    };
    let again = written(&Pdu { param: &param, data: &data, ..pdu });
    Ok(Typed { class, facts, again })
}

fn setup(pdu: &Pdu<'_>, facts: &mut String, param: &mut Vec<u8>) -> Result<String, Malformed> {
    let mut r = pdu.params();
    let setup = Setup::read(&mut r)?;
    r.end("octets behind the setup")?;
    setup.write(param);
    write!(facts, " setup {}/{} {}", setup.calling, setup.called, setup.pdu).unwrap();
    Ok(format!("setup {}", pdu.kind))
}

fn vars(
    pdu: &Pdu<'_>,
    facts: &mut String,
    param: &mut Vec<u8>,
    data: &mut Vec<u8>,
) -> Result<String, Malformed> {
    let (mut r, mut d) = (pdu.params(), pdu.datas());
    let head = Head::read(&mut r)?;
    head.write(param);
    let (job, mut dirty) = (pdu.kind == Kind::Job, false);
    if job {
        let items: Vec<_> = Item::list(head.count, &mut r).collect::<Result<_, _>>()?;
        for (i, item) in items.iter().enumerate() {
            let start = param.len();
            item.write(param);
            if (param.len() - start) % 2 == 1 && i + 1 < items.len() {
                param.push(0);
            }
            item_facts(item, facts);
        }
    }
    r.end("octets behind the items")?;
    match (head.function, job) {
        (Function::Read, true) => {}
        (Function::Write, false) => {
            for _ in 0..head.count {
                let code = d.u8("return code")?;
                write!(facts, " code:{code:02x}").unwrap();
                data.push(code);
            }
        }
        _ => {
            let items: Vec<_> = DataItem::list(head.count, &mut d).collect::<Result<_, _>>()?;
            for (i, item) in items.iter().enumerate() {
                item.write(data);
                if i + 1 < items.len() && item.data.len() % 2 == 1 {
                    // snap7 sends what stood in its memory as fill octets: they mean nothing, and survive all the same.
                    data.push(item.fill);
                    dirty |= item.fill != 0;
                }
                let DataItem { code, size, length, data, .. } = item;
                let begin = hex(&data[..data.len().min(8)]);
                write!(facts, " {:02x}/{:02x}/{length}:{begin}", code.0, size.0).unwrap();
            }
        }
    }
    d.end("octets behind the data")?;
    let fill = if dirty { " with a fill octet other than 0" } else { "" };
    Ok(format!("{} {}{fill}", head.function, pdu.kind))
}

fn item_facts(item: &Item<'_>, facts: &mut String) {
    match item {
        Item::Any(any) => {
            let Any { transport, count, db, area, address } = *any;
            let at = if matches!(area, Area::Timers | Area::Counters) {
                format!("#{address}")
            } else {
                format!("{}.{}", any.start(), any.bit())
            };
            write!(facts, " any:{:02x}*{count}@{:02x}/{db}:{at}", transport.0, area.0).unwrap();
        }
        Item::DbRead(db) => {
            let ranges: Vec<_> =
                db.ranges().map(|range| format!("{}@{}:{}", range.len, range.db, range.start)).collect();
            write!(facts, " dbread:{}", ranges.join(",")).unwrap();
        }
        Item::Nck(_) | Item::Symbolic(_) => write!(facts, " raw:{}", hex(&written(item))).unwrap(),
        other => panic!("{other:?} has no fields of its own"),
    }
}

fn userdata(
    pdu: &Pdu<'_>,
    talk: &mut Conversation,
    facts: &mut String,
    param: &mut Vec<u8>,
    data: &mut Vec<u8>,
) -> Result<String, Malformed> {
    let (said, payload) = (Userdata::of(pdu)?, Payload::of(pdu)?);
    said.write(param);
    payload.write(data);
    let way = match said.direction {
        Direction::Request => "request",
        Direction::Response => "response",
        other => panic!("no list is sent as a {other}"),
    };
    write!(facts, " {:x} {way} seq={}", said.method, said.sequence).unwrap();
    if let Some(long) = said.long {
        write!(facts, " unit={} more={} error={:04x}", long.unit, long.more, long.error.0).unwrap();
    }
    let begin = hex(&payload.data[..payload.data.len().min(8)]);
    write!(facts, " {:02x}/{:02x}/{}:{begin}", payload.code.0, payload.size.0, payload.data.len()).unwrap();
    let more = said.long.is_some_and(|long| long.more != 0);
    let part = said.long.is_some_and(|long| long.unit != 0);
    match (said.direction, payload.data) {
        (Direction::Request, []) => Ok("szl request for more".into()),
        (Direction::Request, octets) => {
            let mut r = Reader::new(octets);
            let request = Request::read(&mut r)?;
            r.end("octets behind the request")?;
            assert_eq!(written(&request), octets);
            write!(facts, " szl {:04x}/{:04x}", request.id.0, request.index).unwrap();
            Ok("szl request".into())
        }
        (_, []) => Ok("szl refusal".into()),
        (_, octets) if talk.half => {
            talk.list.extend_from_slice(octets);
            talk.half = more;
            assert!(!more, "a list of three parts");
            let list = List::read(&mut Reader::new(&talk.list))?;
            records(&list, true)?;
            Ok("szl list in parts".into())
        }
        // A recording that starts in the middle.
        _ if part && !more => Ok("szl part of a list".into()),
        (_, octets) => {
            let list = List::read(&mut Reader::new(octets))?;
            assert_eq!(written(&list), octets);
            write!(facts, " szl {:04x}/{:04x} {}x{}", list.id.0, list.index, list.record, list.count)
                .unwrap();
            (talk.list, talk.half) = (octets.to_vec(), more);
            records(&list, !more)
        }
    }
}

/// The records of a list, each in a type where the list has one.
fn records(list: &List<'_>, whole: bool) -> Result<String, Malformed> {
    fn typed<'a, T: Wire<'a>>(list: &List<'a>) -> usize {
        list.of::<T>()
            .zip(list.iter())
            .inspect(|(record, octets)| assert_eq!(written(record), *octets))
            .count()
    }
    let size = usize::from(list.record);
    let head_only = list.id.0 & 0x0f00 == 0x0f00 && list.records.is_empty();
    if whole && !head_only && list.records.len() != size * usize::from(list.count) {
        return Err(Malformed { what: "list whose records are not as long as its head says", at: 8 });
    }
    let (name, n) = match (list.id, list.index) {
        (SzlId::ModuleIdentification, _) => ("0011", typed::<Module>(list)),
        (SzlId::ComponentIdentification | SzlId(0x011c), _) => ("001c", typed::<Component>(list)),
        (SzlId::CommunicationCapabilities, 1) => ("0131/1", typed::<Communication>(list)),
        (SzlId::CommunicationStatus | SzlId::CommunicationStatusOfCpu, 4) => {
            ("0132/4", typed::<Protection>(list))
        }
        (SzlId::ModeCurrent | SzlId(0x0124), _) => ("0424", typed::<Mode>(list)),
        (SzlId::Directory, _) => ("0000", list.iter().filter(|id| id.len() == 2).count()),
        _ => return Ok("szl list of octets".into()),
    };
    if n != list.iter().len() {
        return Err(Malformed { what: "record of another shape", at: 8 });
    }
    Ok(format!("szl list of {name}"))
}
