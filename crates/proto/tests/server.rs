//! Raw frames into the server machine, raw frames out: what peers ask of a CPU, well or badly.
use hepta_proto::classic::server::{Fault, Flow, Policy, Server};
use hepta_proto::classic::vars::Function;
use hepta_proto::classic::{Area, ErrorCode, Limits, ReturnCode};
use hepta_proto::iso::{DisconnectReason, TpduCode, TpduSize};

mod common;
use common::plc::{Plc, octet};
use common::sim::policy;

const CR: &str = "0300001611e00000000100c0010ac1020100c2020102";
const CC: &str = "0300001611d00001000700c0010ac1020100c2020102";

fn unhex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
    digits.chunks(2).map(|two| u8::from_str_radix(core::str::from_utf8(two).unwrap(), 16).unwrap()).collect()
}

fn hex(octets: &[u8]) -> String {
    octets.iter().fold(String::new(), |text, octet| text + &format!("{octet:02x}"))
}

/// A message, without its lengths: `01` job, `07` userdata; the reference; parameters and data in hex.
fn message(kind: u8, reference: u16, param: &str, data: &str) -> String {
    let [p, d] = [unhex(param).len(), unhex(data).len()];
    let len = 7 + 10 + p + d;
    format!("0300{len:04x}02f08032{kind:02x}0000{reference:04x}{p:04x}{d:04x}{param}{data}")
}

fn setup(calling: u16, called: u16, pdu: u16) -> String {
    message(1, 0xffff, &format!("f000{calling:04x}{called:04x}{pdu:04x}"), "")
}

/// A CPU with one connection.
struct Cpu {
    server: Server,
    plc: Plc,
}

impl Cpu {
    fn new(policy: Policy) -> Self {
        let plc = Plc::default()
            .with(Area::Db, 1, 256)
            .with(Area::Db, 2, 8)
            .with(Area::Flags, 0, 16)
            .with(Area::Timers, 0, 16)
            .with(Area::Counters, 0, 16)
            .hole(Area::Db, 1, 128..130, ReturnCode::AccessNotAllowed);
        Self { server: Server::new(policy, 7), plc }
    }
    /// After connect and setup, with a PDU of `pdu`.
    fn agreed(pdu: u16) -> Self {
        let mut cpu = Self::new(policy(pdu, 4));
        assert_eq!(cpu.say(CR), CC);
        cpu.say(&setup(4, 4, pdu));
        assert_eq!(cpu.server.limits(), Some(Limits { pdu, jobs: 4 }));
        cpu
    }
    fn hear(&mut self, frames: &str) -> (String, Result<Flow, Fault>) {
        let mut out = vec![];
        let flow = self.server.receive(&unhex(frames), &mut self.plc, &mut out);
        (hex(&out), flow)
    }
    /// What is answered on a connection that goes on.
    fn say(&mut self, frames: &str) -> String {
        let (answer, flow) = self.hear(frames);
        assert_eq!(flow, Ok(Flow::Go), "{frames}");
        answer
    }
    /// The answer to a job: what stands behind the header, or the error.
    fn job(&mut self, param: &str, data: &str) -> String {
        let answer = self.say(&message(1, 0x1234, param, data));
        assert_eq!((&answer[14..22], answer[22..26].as_ref()), ("32030000", "1234"), "{answer}");
        let (lengths, rest) = answer[26..].split_at(8);
        match rest.split_at(4) {
            ("0000", body) => body.into(),
            (error, "") if lengths == "00000000" => format!("error {error}"),
            _ => panic!("neither data nor error: {answer}"),
        }
    }
    /// The return code and what follows it, of a read of one item.
    fn read(&mut self, item: &str) -> String {
        let body = self.job(&format!("0401120a10{item}"), "");
        body.strip_prefix("0401").unwrap_or(&body).into()
    }
    fn write(&mut self, item: &str, data: &str) -> String {
        let body = self.job(&format!("0501120a10{item}"), data);
        body.strip_prefix("0501").unwrap_or(&body).into()
    }
    fn octets(&self, area: Area, db: u16, at: core::ops::Range<usize>) -> String {
        hex(&self.plc.area(area, db)[at])
    }
}

// Connection.

#[test]
fn the_confirm_repeats_what_was_asked_in_any_order_and_length() {
    for (asked, answered) in [
        (CR, CC),
        // STEP 7: size last. RFC 905 lets a reference be any number.
        ("0300001611e00000000700c1020100c2020102c0010a", "0300001611d00007000700c0010ac1020100c2020102"),
        // libnodave asks for 512, and gets it.
        ("0300001611e00000000100c00109c1020100c2020102", "0300001611d00001000700c00109c1020100c2020102"),
        // More than there is.
        ("0300001611e00000000100c0010dc1020100c2020102", "0300001611d00001000700c0010ac1020100c2020102"),
        // No parameters at all.
        ("0300000b06e00000000100", "0300000e09d00001000700c0010a"),
        // Text as TIA Portal sends it.
        (
            "030000231ee00000001100c1020600c20f53494d415449432d524f4f542d4553c0010a",
            "030000231ed00011000700c0010ac1020600c20f53494d415449432d524f4f542d4553",
        ),
        // Subnet and far TSAP of python-snap7, and a parameter nobody knows: passed over.
        (
            "0300002119e00000000100c1020100c2020102c0010ac6020001c7020103ee0155",
            "0300001611d00001000700c0010ac1020100c2020102",
        ),
    ] {
        // The length indicator of the last one is what its parameters make it.
        let mut asked = unhex(asked);
        asked[4] = u8::try_from(asked.len() - 5).unwrap();
        assert_eq!(Cpu::new(policy(240, 4)).say(&hex(&asked)), answered);
    }
    // Octets behind the header of a request mean nothing.
    assert_eq!(Cpu::new(policy(240, 4)).say("0300001811e00000000100c0010ac1020100c2020102dead"), CC);
}

#[test]
fn a_refused_connection_is_told_why() {
    let mut cpu = Cpu::new(policy(240, 4));
    cpu.plc.closed = Some(DisconnectReason::CongestionAtTsap);
    assert_eq!(cpu.hear(CR), ("0300000b06800001000001".into(), Ok(Flow::Close)));
}

#[test]
fn nothing_is_served_out_of_turn() {
    let read = message(1, 1, "0401120a10020001000184000000", "");
    let szl = message(7, 1, "0001120411440100", "ff090004001c0000");
    let fresh = |frames: &str| Cpu::new(policy(240, 4)).hear(frames);
    assert_eq!(fresh(&read), (String::new(), Err(Fault::Turn(TpduCode::Data))));
    assert_eq!(fresh(CC), (String::new(), Err(Fault::Turn(TpduCode::ConnectConfirm))));
    assert_eq!(fresh(&[CR, CR].concat()), (CC.into(), Err(Fault::Turn(TpduCode::ConnectRequest))));
    assert_eq!(fresh(&[CR, &read].concat()), (CC.into(), Err(Fault::NoSetup(Function::Read))));
    assert_eq!(fresh(&[CR, &szl].concat()), (CC.into(), Err(Fault::NoSetup(Function(0)))));
    assert_eq!(fresh("030000090470000001"), (String::new(), Err(Fault::Turn(TpduCode::Error))));
}

#[test]
fn setup_grants_the_smaller_and_never_less_than_the_least() {
    let granted = |asked: (u16, u16, u16), most: u16| {
        let mut cpu = Cpu::new(policy(most, 4));
        cpu.say(CR);
        let answer = cpu.say(&setup(asked.0, asked.1, asked.2));
        let (head, param) = answer.split_at(38);
        assert_eq!(head, "0300001b02f08032030000ffff000800000000");
        let numbers: Vec<u16> =
            unhex(&param[4..]).chunks(2).map(|two| u16::from_be_bytes([two[0], two[1]])).collect();
        let limits = Limits { pdu: numbers[2], jobs: numbers[0] };
        assert_eq!((cpu.server.limits(), cpu.plc.agreed), (Some(limits), vec![limits]));
        (numbers[0], numbers[1], numbers[2])
    };
    assert_eq!(granted((1, 1, 480), 240), (1, 1, 240)); // an S7-300
    assert_eq!(granted((1, 3, 240), 480), (1, 3, 240));
    assert_eq!(granted((8, 8, 1008), 240), (4, 4, 240)); // plc4x
    assert_eq!(granted((1, 1, 1920), 240), (1, 1, 240)); // libnodave
    assert_eq!(granted((0, 0, 0), 240), (1, 1, 112));
    assert_eq!(granted((0xffff, 2, 0xffff), 960), (4, 2, 960));
}

#[test]
fn a_second_setup_negotiates_anew() {
    let mut cpu = Cpu::agreed(240);
    cpu.say(&setup(1, 1, 120));
    assert_eq!(cpu.server.limits(), Some(Limits { pdu: 120, jobs: 1 }));
    assert_eq!(cpu.read("020067000184000000"), "error 8500", "103 octets fit 120 no more");
    assert_eq!(cpu.read("020066000184000000").len(), 8 + 2 * 102);
    // Half a setup is refused, and changes nothing.
    assert_eq!(cpu.job("f000000100", ""), "error 8500");
    assert_eq!(cpu.server.limits(), Some(Limits { pdu: 120, jobs: 1 }));
}

#[test]
fn a_disconnect_is_confirmed_at_any_time() {
    for (asked, answered) in [
        ("0300000b06800007000180", "0300000a05c000010007"),
        // snap7 appends an octet.
        ("0300000c0680000700010000", "0300000a05c000010007"),
    ] {
        assert_eq!(Cpu::agreed(240).hear(asked), (answered.into(), Ok(Flow::Close)));
        assert_eq!(Cpu::new(policy(240, 4)).hear(asked), (answered.into(), Ok(Flow::Close)));
    }
}

#[test]
fn pipelined_jobs_are_answered_in_order_each_with_its_reference() {
    let read = |reference: u16| message(1, reference, "0401120a10020001000184000000", "");
    let mut cpu = Cpu::agreed(240);
    let answers = cpu.say(&[read(9), read(0), read(0xfffe), read(9)].concat());
    let references: Vec<&str> =
        answers.as_bytes().chunks(52).map(|answer| core::str::from_utf8(&answer[22..26]).unwrap()).collect();
    assert_eq!(references, ["0009", "0000", "fffe", "0009"]);
    // A fifth is more than agreed: it is answered, and then it is over.
    let (answers, end) = cpu.hear(&[read(1), read(2), read(3), read(4), read(5)].concat());
    assert_eq!((answers.len(), end), (5 * 52, Err(Fault::Overrun(4))));
    let mut patient = Cpu::new(Policy { strict_jobs: false, ..policy(240, 1) });
    patient.say(&[CR, &setup(1, 1, 240)].concat());
    assert_eq!(patient.say(&read(1).repeat(50)).len(), 50 * 52);
}

// Read and write.

#[test]
fn every_item_has_its_own_code() {
    let mut cpu = Cpu::agreed(240);
    for (what, item, want) in [
        ("no such block", "020001006384000000", "0a000000"),
        ("no such area", "020001000081000000", "0a000000"),
        ("behind the end", "0200040001840007f0", "05000000"),
        ("refused by the device", "020004000184000400", "03000000"),
        ("no such transport size", "7f0001000184000000", "06000000"),
        ("two bits", "010002000184000000", "06000000"),
        ("octets that start at a bit", "020001000184000003", "05000000"),
        ("timers as octets", "02000200001d000000", "06000000"),
        ("octets as timers", "1d0001000184000000", "06000000"),
        ("counters as timers", "1d000100001c000000", "06000000"),
        ("no octets", "020000000184000000", "07000000"),
        ("timers behind the end", "1d000200001d000007", "05000000"),
    ] {
        assert_eq!(cpu.read(item), want, "{what}");
    }
}

#[test]
fn values_are_sent_in_the_size_of_their_type() {
    let mut cpu = Cpu::agreed(240);
    let at = |n: usize| cpu.octets(Area::Db, 1, 0..n);
    let bit = octet(Area::Db, 1, 2) >> 3 & 1;
    let wants = [
        ("010001000184000013", format!("ff030001{bit:02x}")),
        ("020003000184000000", format!("ff040018{}", at(3))),
        ("030003000184000000", format!("ff090003{}", at(3))),
        ("040001000184000000", format!("ff040010{}", at(2))),
        ("050001000184000000", format!("ff050010{}", at(2))),
        ("060001000184000000", format!("ff040020{}", at(4))),
        ("070001000184000000", format!("ff050020{}", at(4))),
        ("080002000184000000", format!("ff070008{}", at(8))),
        ("0f0001000184000000", format!("ff090008{}", at(8))),
        ("130001000184000000", format!("ff090002{}", at(2))),
    ];
    for (item, want) in wants {
        assert_eq!(cpu.read(item), want, "{item}");
    }
    // Timers and counters are numbered, and two octets each.
    let timers = format!("ff090004{}", cpu.octets(Area::Timers, 0, 10..14));
    assert_eq!(cpu.read("1d000200001d000005"), timers);
    let counter = format!("ff090002{}", cpu.octets(Area::Counters, 0, 14..16));
    assert_eq!(cpu.read("1c000100001c000007"), counter);
}

#[test]
fn items_are_apart_and_odd_ones_filled() {
    let mut cpu = Cpu::agreed(240);
    let any = |item: &str| format!("120a10{item}");
    let body = cpu.job(
        &[
            "0404",
            &any("020003000184000000"),
            &any("020001006384000000"),
            &any("010001000184000000"),
            &any("020001000183000000"),
        ]
        .concat(),
        "",
    );
    let (three, bit) = (cpu.octets(Area::Db, 1, 0..3), octet(Area::Db, 1, 0) & 1);
    let flag = cpu.octets(Area::Flags, 0, 0..1);
    assert_eq!(body, format!("0404ff040018{three}000a000000ff030001{bit:02x}00ff040008{flag}"));
}

#[test]
fn an_answer_above_the_pdu_is_refused_as_a_whole() {
    let mut cpu = Cpu::agreed(240);
    assert_eq!(cpu.read("0200de000184000000"), "03000000", "222 octets fit, and the hole among them is told");
    assert_eq!(cpu.read("0200df000184000000"), "error 8500");
    // Three octets and a fill octet each: 28 fit 240, 29 do not; more than 20 items are nobody's concern.
    let many = |n: usize| format!("04{n:02x}{}", "120a10020003000184000000".repeat(n));
    let mut wide = Cpu::agreed(480);
    let body = wide.job(&many(39), "");
    assert_eq!(body.len(), 2 * (2 + 39 * 8 - 1));
    let mut narrow = Cpu::agreed(300);
    assert_eq!(narrow.job(&many(24), "").len(), 2 * (2 + 24 * 8 - 1));
    // 14 + 20 * 14 - 1: the last fill octet is not sent, so this is 293.
    let tens = |n: usize| format!("04{n:02x}{}", "120a10020009000184000000".repeat(n));
    assert_eq!(narrow.job(&tens(20), "").len(), 2 * (2 + 20 * 14 - 1));
    assert_eq!(narrow.job(&tens(21), ""), "error 8500");
}

#[test]
fn ranges_of_blocks_in_one_item_are_answered_in_one() {
    // As WinCC asks an S7-400: two octets of block 1, four of a block that is not there.
    let mut cpu = Cpu::agreed(240);
    let two = cpu.octets(Area::Db, 1, 6..8);
    let body = cpu.job("0401120cb00202000100060400630000", "");
    assert_eq!(body, format!("0401ff090008ff{two}0a00000000"));
    // Other syntaxes are known, and not served.
    assert_eq!(cpu.job("0401120eb2ff8a0e0001123456784000000a", ""), "040106000000");
    assert_eq!(cpu.job("040112088241000100017f01", ""), "040106000000");
}

#[test]
fn writes_are_applied_item_by_item() {
    let mut cpu = Cpu::agreed(240);
    // Three items, the first odd, the second refused: the third is written.
    let body = cpu.job(
        "0503120a10020003000284000000120a10020002006384000000120a10020002000284000020",
        "0004001801020300000400101122000400103344",
    );
    assert_eq!(body, "0503ff0aff");
    assert_eq!(cpu.octets(Area::Db, 2, 0..3), "010203");
    assert_eq!(cpu.octets(Area::Db, 2, 4..6), "3344");
    // One bit, and its neighbours stay.
    let before = cpu.plc.area(Area::Flags, 0)[1];
    assert_eq!(cpu.write("01000100008300000b", "0003000101"), "ff");
    assert_eq!(cpu.plc.area(Area::Flags, 0)[1], before | 8);
    assert_eq!(cpu.write("01000100008300000b", "0003000100"), "ff");
    assert_eq!(cpu.plc.area(Area::Flags, 0)[1], before & !8);
    // In the words of other clients: REAL, octets, a length in bits that is no multiple of 8.
    assert_eq!(cpu.write("080001000284000000", "0007000440490fdc"), "ff");
    assert_eq!(cpu.octets(Area::Db, 2, 0..4), "40490fdc");
    assert_eq!(cpu.write("1c000100001c000002", "000900020042"), "ff");
    assert_eq!(cpu.octets(Area::Counters, 0, 4..6), "0042");
}

#[test]
fn a_write_that_does_not_fit_its_item_is_refused() {
    let mut cpu = Cpu::agreed(240);
    let before = cpu.plc.clone();
    for (what, item, data, want) in [
        ("fewer octets", "020004000284000000", "000400100102", "07"),
        ("more octets", "020001000284000000", "000400100102", "07"),
        ("octets into a bit", "010001000284000000", "0004000801", "07"),
        ("a bit into octets", "020001000284000000", "0003000101", "07"),
        ("two bits", "010002000284000000", "000300020101", "06"),
        ("behind the end", "020002000284000038", "000400100102", "05"),
        ("no such block", "020001006384000000", "0004000801", "0a"),
        ("a timer as octets", "02000200001d000000", "000400100102", "06"),
        ("no such area", "020001000081000000", "0004000801", "0a"),
    ] {
        assert_eq!(cpu.write(item, data), want, "{what}");
    }
    assert_eq!(cpu.plc.memory, before.memory, "nothing was written");
}

#[test]
fn a_job_that_breaks_off_is_refused_and_writes_nothing() {
    let mut cpu = Cpu::agreed(240);
    let (item, good) = ("120a10020001000284000000", "0004000801");
    let before = cpu.plc.memory.clone();
    for (what, param, data) in [
        ("the second item is missing", format!("0502{item}"), format!("{good}00{good}")),
        ("half an item", format!("0502{item}120a1002"), format!("{good}00{good}")),
        ("no items", "0500".into(), String::new()),
        ("no count", "05".into(), String::new()),
        ("read: no items", "0400".into(), String::new()),
        ("read: half an item", format!("0402{item}120a1002"), String::new()),
        ("read: octets behind the items", format!("0401{item}00"), String::new()),
        ("read: no item", "0401130a10020001000284000000".into(), String::new()),
    ] {
        assert_eq!(cpu.job(&param, &data), "error 8500", "{what}");
    }
    // Items without their data are told so one by one, as native snap7 does; a block that is not there comes first.
    let absent = "120a10020001270f84000000";
    for (what, param, data) in [
        ("the second data item is missing", format!("0502{item}{item}"), good.to_owned()),
        ("half a data item", format!("0502{item}{item}"), format!("{good}0000040010aa")),
        ("the data stands among the parameters", format!("0502{item}{item}{good}"), String::new()),
    ] {
        assert_eq!(cpu.job(&param, &data), "05020707", "{what}");
    }
    assert_eq!(cpu.job(&format!("0502{absent}{item}"), ""), "05020a07");
    assert_eq!((cpu.plc.memory, cpu.plc.writes), (before, vec![]));
}

#[test]
fn an_item_without_data_is_not_read_whole_to_be_refused() {
    let mut cpu = Cpu::agreed(240);
    cpu.plc = cpu.plc.clone().with(Area::Db, 3, 65_535);
    // 65535 octets, and then one octet further on, where the last is not there; 65535 timers, of which there are fewer.
    let (octets, further) = ("120a1002ffff000384000000", "120a1002ffff000384000008");
    let (timers, counter) = ("120a101dffff00001d000000", "120a101c000100001c000001");
    assert_eq!(cpu.job(&format!("0504{octets}{further}{timers}{counter}"), ""), "050407050507");
    assert_eq!(cpu.plc.widest, 2);
}

#[test]
fn what_the_device_forbids_is_refused_with_its_code() {
    let mut cpu = Cpu::agreed(240);
    cpu.plc.forbidden.push((Function::Write, ErrorCode::Protected));
    assert_eq!(cpu.write("020001000284000000", "0004000801"), "error d241");
    assert_eq!(&cpu.read("020001000284000000")[..2], "ff");
    assert_eq!(cpu.plc.writes, []);
}

// Userdata.

fn szl(kind: &str, sequence: u8, payload: &str) -> String {
    message(7, 0x0700, &format!("00011204114401{sequence:02x}{kind}"), payload)
}

#[test]
fn lists_come_in_parts_that_the_peer_asks_for() {
    let mut cpu = Cpu::agreed(240);
    let records: Vec<u8> = (0..=255).cycle().take(340).collect();
    cpu.plc = cpu.plc.clone().list(0x001c, 0, 34, &records);
    let head = "0300 00f7 02f080 32 07 0000 0700 000c 00da 000112 08 12 84 01 01 d5 01 0000 ff 09 00d6";
    let first = cpu.say(&szl("", 0, "ff090004001c0000"));
    let whole = hex(&[&[0, 0x1c, 0, 0, 0, 34, 0, 10][..], &records].concat());
    assert_eq!(first, format!("{}{}", head.replace(' ', ""), &whole[..428]));
    // The rest, under another reference; the head of the list is not sent again.
    let next = message(7, 0x0800, "000112081244010100000000", "0a000000");
    let rest = cpu.say(&next);
    let head = "0300 00a7 02f080 32 07 0000 0800 000c 008a 000112 08 12 84 01 01 d5 00 0000 ff 09 0086";
    assert_eq!(rest, format!("{}{}", head.replace(' ', ""), &whole[428..]));
    // There is no third part.
    assert_eq!(&cpu.say(&next)[42..], "12840101 0000 d406 0a000000".replace(' ', ""));
}

#[test]
fn a_short_list_is_its_own_last_part() {
    let mut cpu = Cpu::agreed(240);
    cpu.plc = cpu.plc.clone().list(0x0424, 0, 20, &[9; 20]);
    let answer = cpu.say(&szl("", 0, "ff09000404240000"));
    let want = "0300003d02f0803207000007000 00c0020 0001120812840101 0000 0000 ff09001c 04240000 0014 0001";
    assert_eq!(answer, format!("{}{}", want.replace(' ', ""), "09".repeat(20)));
}

#[test]
fn refused_lists_say_whether_list_or_index_is_unknown() {
    let mut cpu = Cpu::agreed(240);
    cpu.plc = cpu.plc.clone().list(0x0424, 0, 20, &[9; 20]);
    let refused = |answer: String| answer[54..].to_owned();
    assert_eq!(refused(cpu.say(&szl("", 0, "ff09000477770000"))), "d4010a000000");
    assert_eq!(refused(cpu.say(&szl("", 0, "ff09000404240001"))), "d4020a000000");
    // A request without a list, with half of one, with more than one: answered, never left waiting.
    for payload in ["0a000000", "ff0900020424", "ff090006042400000000", "ff09", ""] {
        assert_eq!(refused(cpu.say(&szl("", 0, payload))), "d4050a000000", "{payload}");
    }
}

#[test]
fn what_is_unknown_is_refused_or_passed_over() {
    let mut cpu = Cpu::agreed(240);
    // Jobs: stop, upload, and a function nobody knows.
    for function in ["29000000000009505f50524f4752414d", "1d00", "77", ""] {
        assert_eq!(cpu.job(function, ""), "error 8104", "{function}");
    }
    // Userdata: setting the clock, and a group nobody knows. The error stands in the parameters, and there is no data.
    for (asked, answered) in [("11470200", "12870200"), ("114d0900", "128d0900")] {
        let answer = cpu.say(&message(7, 2, &format!("00011204{asked}"), "0a000000"));
        let want = format!("0300002102f080320700000002000c000400011208{answered}000081040a000000");
        assert_eq!(answer, want);
    }
    // Userdata whose parameters are none is refused as a job would be.
    let answer = cpu.say(&message(7, 2, "0002", ""));
    assert_eq!(answer, "0300001302f080320300000002000000008104");
    // Pushes, answers nobody waits for, and kinds nobody knows.
    for frame in [
        message(7, 2, "0001120411040100", "0a000000"),
        message(7, 2, "0001120411840100", "0a000000"),
        "0300001302f080320300000001000000000000".into(),
        "0300001302f080320200000001000000000000".into(),
        message(9, 2, "0400", ""),
    ] {
        assert_eq!(cpu.say(&frame), "", "{frame}");
    }
    // All that changed nothing.
    assert_eq!(&cpu.read("020001000284000000")[..2], "ff");
}

#[test]
fn octets_that_make_no_sense_end_the_connection() {
    let end = |frames: &str| match Cpu::agreed(240).hear(frames) {
        (answer, Err(Fault::Malformed(malformed))) if answer.is_empty() => malformed.to_string(),
        other => panic!("{other:?}"),
    };
    assert_eq!(end("02000007"), "malformed TPKT version (3 is the only one) at octet 0");
    assert_eq!(end("03000006"), "malformed TPKT length (7 octets are the least) at octet 2");
    assert_eq!(end("0300ffff"), "malformed TPKT longer than any agreed message at octet 2");
    assert_eq!(end("0300000702f080"), "malformed S7 header at octet 0");
    assert_eq!(
        end("0300001102f08072010000000000000000"),
        "malformed S7 protocol id (0x32 is classic S7) at octet 0"
    );
    assert_eq!(
        end("0300001302f0803201000000010003000004 01"),
        "malformed parameter shorter than its length says at octet 10"
    );
    // A job above the agreed 240 octets.
    let long = message(1, 1, "0501120a100200d8000184000000", &format!("000406c0{}", "00".repeat(216)));
    assert_eq!(end(&long), "malformed message longer than agreed at octet 240");
    assert_eq!(end(&"0300000702f000".repeat(64)), "malformed message of more than 64 parts at octet 0");
}

// Dialects.

#[test]
fn dialects_of_the_field_are_understood() {
    let read = "0300001f02f080320100000930000e00000401120a10020004000184000000";
    let mut cpu = Cpu::agreed(240);
    let answer = cpu.say(read);
    assert_eq!(
        answer,
        format!("0300001d02f0803203000009300002000800000401ff040020{}", cpu.octets(Area::Db, 1, 0..4))
    );
    // STEP 7 sends an empty part first; plc4x counts its parts; a message comes in two units.
    assert_eq!(cpu.say(&["0300000702f000", read].concat()), answer);
    assert_eq!(cpu.say(&read.replace("02f080", "02f08b")), answer);
    let parts = ["0300001102f000320100000930000e0000", "0300001502f0800401120a10020004000184000000"];
    assert_eq!(cpu.say(&parts.concat()), answer);
    // A firewall hands the octets on one by one.
    let single: String = unhex(read).iter().map(|octet| cpu.say(&format!("{octet:02x}"))).collect();
    assert_eq!(single, answer);
    // Octets behind the lengths of a message.
    assert_eq!(cpu.say(&read.replace("0300001f", "03000021").replace("84000000", "84000000dead")), answer);
}

#[test]
fn what_python_clients_ask_wrongly_is_answered_all_the_same() {
    let mut cpu = Cpu::agreed(240);
    cpu.plc = cpu.plc.clone().list(0x0424, 0, 20, &[9; 20]);
    // A list asked for with return code 0a in front of its id.
    assert_eq!(&cpu.say(&szl("", 0, "0a00000404240000"))[58..74], "ff09001c04240000");
    // The state of the CPU, by a read job of one octet: no item, so it is refused.
    assert_eq!(cpu.say("0300001202f08032010000001b0001000004"), "0300001302f08032030000001b000000008500");
    // The address of a timer times eight: that is another timer, which is not there.
    assert_eq!(cpu.read("1d000100001d000040"), "05000000");
}

// The seed, goprotos7: each of its defects is a test of ours.

#[test]
fn goprotos7_setup_has_its_function_lengths_and_reference() {
    let mut cpu = Cpu::new(policy(480, 4));
    // Its confirm swapped no references.
    assert_eq!(cpu.say(CR), CC);
    let answer = cpu.say("0300001902f08032010000000100080000f0000001000101e0");
    assert_eq!(answer, "0300001b02f080320300000001000800000000f0000001000101e0");
}

#[test]
fn goprotos7_read_has_lengths_of_its_own_and_counts_in_bits() {
    let mut cpu = Cpu::agreed(480);
    let answer = cpu.say("0300001f02f080320100000200000e00000401120a10020004000184000000");
    let want = format!("0300001d02f0803203000002000002000800000401ff040020{}", cpu.octets(Area::Db, 1, 0..4));
    assert_eq!(answer, want);
    // A bit is a bit, not the octet it is in.
    let bit = octet(Area::Db, 1, 2) >> 3 & 1;
    let answer = cpu.say("0300001f02f080320100000300000e00000401120a10010001000184000013");
    assert_eq!(answer, format!("0300001a02f0803203000003000002000500000401ff030001{bit:02x}"));
}

#[test]
fn goprotos7_refusals_are_one_item_each() {
    let mut cpu = Cpu::agreed(480);
    let missing = cpu.say("0300001f02f080320100000400000e00000401120a10020004006384000000");
    assert_eq!(missing, "0300001902f08032030000040000020004000004010a000000");
    let beyond = cpu.say("0300001f02f080320100000500000e00000401120a100200080001840007f8");
    assert_eq!(beyond, "0300001902f080320300000500000200040000040105000000");
}

#[test]
fn goprotos7_areas_are_not_all_blocks() {
    let mut cpu = Cpu::agreed(480);
    let (flag, block) = (cpu.read("020001000183000000"), cpu.read("020001000184000000"));
    assert_eq!(flag, format!("ff040008{}", cpu.octets(Area::Flags, 0, 0..1)));
    assert_ne!(flag, block);
}

#[test]
fn goprotos7_writes_lists_and_stop_are_answered_with_their_reference() {
    let mut cpu = Cpu::agreed(480);
    let write = cpu.say("0300002402f080320100000600000e00050501120a100200010001840000000004000805");
    assert_eq!(write, "0300001602f0803203000006000002000100000501ff");
    assert_eq!(cpu.octets(Area::Db, 1, 0..1), "05");
    let list = cpu.say("0300002102f080320700000700000800080001120411440100ff09000404240000");
    assert_eq!(
        list,
        "0300002102f080320700000700000c00040001120812840100 0000 d401 0a000000".replace(' ', "")
    );
    let stop = cpu.say("0300002102f0803201000008000010000029000000000009505f50524f4752414d");
    assert_eq!(stop, "0300001302f080320300000800000000008104");
}

#[test]
fn goprotos7_two_items_and_a_split_frame_do_not_end_the_process() {
    let mut cpu = Cpu::agreed(480);
    let two = message(1, 9, "0402120a10020001000184000000120a10020001000184000008", "");
    let answer = cpu.say(&two);
    let (a, b) = (cpu.octets(Area::Db, 1, 0..1), cpu.octets(Area::Db, 1, 1..2));
    assert_eq!(&answer[38..], format!("0402ff040008{a}00ff040008{b}"));
    // Its body arrives in a piece of its own.
    let (head, body) = two.split_at(8);
    assert_eq!((cpu.say(head), cpu.say(body)), (String::new(), answer));
}

#[test]
fn the_size_of_units_is_kept_in_answers() {
    // Units of 128 octets: an answer of 222 octets of data comes in two.
    let size = TpduSize::from_exponent(7).unwrap();
    let mut cpu = Cpu::new(Policy { size, ..policy(240, 4) });
    assert_eq!(cpu.say(CR), CC.replace("c0010a", "c00107"));
    cpu.say(&setup(1, 1, 240));
    let answer = unhex(&cpu.say(&message(1, 1, "0401120a10020078000184000000", "")));
    assert_eq!((answer.len(), hex(&answer[..7])), (138 + 7 + 7, "0300008402f000".into()));
    assert_eq!(hex(&answer[132..139]), "0300001402f080");
}

#[test]
fn no_pdu_is_granted_whose_answers_could_not_tell_their_length() {
    let mut cpu = Cpu::new(policy(u16::MAX, 4));
    cpu.say(CR);
    cpu.say(&setup(1, 1, u16::MAX));
    assert_eq!(cpu.server.limits(), Some(Limits { pdu: 8191 + 18, jobs: 1 }));
}
