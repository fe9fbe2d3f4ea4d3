//! The decoder's text, and what it says of strangers.
use super::*;
use alloc::vec;

fn hex(text: &str) -> Vec<u8> {
    (0..text.len() / 2).map(|i| u8::from_str_radix(&text[2 * i..2 * i + 2], 16).unwrap()).collect()
}

/// A conversation told line by line, as the decoder prints it.
#[test]
fn a_conversation() {
    let mut trace = Trace::default();
    let told: Vec<String> = [
        "0300001611e00000000100c0010ac1020100c2020102",
        "0300001902f08032010000000000080000f0000001000101e0",
        "0300001b02f080320300000000000800000000f0000001000100f0",
        "0300002b02f080320100000924001a00000402120a101d000100001d000005120a101c000100001c000007",
        "0300002102f0803203000009240002000c00000402ff0900020210ff0900020042",
        "0300002402f080320100000200000e00050501120a100200010000820000080004000808",
        "0300001302f080320300000927000000008104",
        "030000230272f080",
        "0300000c0680000100010000",
    ]
    .iter()
    .map(|frame| trace.frame(None, &hex(frame)).text)
    .collect();
    assert_eq!(
        told,
        [
            "C>S CR from 0001 to 0000, TPDU 1024, calling 01.00, called 01.02",
            "C>S 0000 setup asked: PDU 480, jobs 1/1",
            "S>C 0000 setup granted: PDU 240, jobs 1/1",
            "C>S 0924 read\n      T5 x1\n      C7 x1",
            "S>C 0924 given\n      Octets 0210\n      Octets 0042",
            "C>S 0200 write QB1 := Byte 08",
            &alloc::format!(
                "S>C 0927 refused 8104 {} ({})",
                ErrorCode(0x8104).meaning(),
                ErrorCode(0x8104).hint().unwrap()
            ),
            "?>? malformed: 030000230272f080",
            "?>? DR from 0001 to 0001: NotSpecified, user data 00",
        ]
    );
}

#[test]
fn what_is_not_s7_is_no_mistake() {
    let other = Complaint::Raw { what: "a protocol that is not S7", len: 1 };
    for (payload, complaint) in [("160303", Complaint::Sealed), ("ff", other)] {
        let frame =
            [&[3, 0, 0, u8::try_from(7 + payload.len() / 2).unwrap(), 2, 0xf0, 0x80][..], &hex(payload)]
                .concat();
        let entry = Trace::default().frame(None, &frame);
        assert_eq!(entry.complaints, [complaint]);
    }
    assert!(Trace::default().frame(None, &[3, 0, 0, 7, 2, 0xf0, 0x80]).understood());
}

#[test]
fn octets_that_are_left_over_are_counted() {
    let told = |frame| {
        let complaints = Trace::default().frame(None, &hex(frame)).complaints;
        complaints.iter().map(|complaint| alloc::format!("{complaint}")).collect::<Vec<_>>()
    };
    assert_eq!(told("0300000702f08000"), ["behind the TPKT: 1 octet is not understood"]);
    let behind = "0300001d02f080320300000000000800000000f0000001000100f0dead";
    assert_eq!(told(behind), ["behind the message: 2 octets are not understood"]);
}

#[test]
fn units_with_a_credit_have_their_name() {
    let told = |frame| {
        let entry = Trace::default().frame(None, &hex(frame));
        (entry.text, entry.complaints, entry.difference)
    };
    for (frame, text, what) in [
        ("030000090451000107", "?>? TPDU Reject 000107, credit 1", "Reject"),
        ("030000090460000107", "?>? TPDU DataAcknowledge 000107", "DataAcknowledge"),
    ] {
        let told = told(frame);
        assert_eq!(told, (text.into(), vec![Complaint::Raw { what, len: 3 }], None));
    }
    // Expedited data has no credit, so this is nobody's code.
    let unknown = Complaint::Unknown { what: "TPDU", code: 0x11 };
    assert_eq!(told("030000090411000107").1, [unknown]);
}

#[test]
fn a_stream_is_told_frame_by_frame_however_it_is_cut() {
    let stream =
        hex("0300001611e00000000100c0010ac1020100c20201020300001902f08032010000000000080000f0000001000101e0");
    for size in 1..stream.len() {
        let (mut trace, mut told) = (Trace::default(), vec![]);
        for piece in stream.chunks(size) {
            trace.octets(Sender::Client, piece, |entry| told.push(entry));
        }
        assert!(told.len() == 2 && told.iter().all(|entry| entry.understood() && entry.difference.is_none()));
    }
}

/// Frames of `S7CommPlus`, whole, in pieces, and with what is not understood.
#[test]
fn a_conversation_of_plus() {
    let mut trace = Trace::default();
    let dt = |payload: &str| {
        let payload = hex(payload);
        let len = u16::try_from(7 + payload.len()).unwrap().to_be_bytes();
        [&[3, 0, len[0], len[1], 2, 0xf0, 0x80][..], &payload].concat()
    };
    let mut told = String::new();
    for payload in [
        "7201001231000005b30000000100000120300000000072010000",
        "7201000f32000005b30000000130000000000072010000",
        "7202003c310000054c0000000770000cb8340000000001070088d0b88001049376030004000004e88969001200000000896a001300896b0004000003\
         0000000072020000",
        "7202002a320000054c0000000434000100083202000832030008817a0400088f500500088cc0000000050000000072020000",
        "72020024331000006a040000000000010192ffffffff000703e992fffffffe00070002000000000072020000",
        "72020008 320000054c000000",
        "7202000a 04340000000500000000 72020000",
        "72fe001000000000000002f60000000000000000",
        "72020013 310000059a00000007000003c0340102030405 72020000",
        "72020011 32000005420000000234800000 00000000 72020000",
        "72020004 31ffffff72020000",
        "7209",
        "72090000",
        "",
    ] {
        // A piece that goes on says nothing of who sent it.
        let piece = payload.starts_with("7202000a 04");
        let entry = trace.frame(piece.then_some(Sender::Server), &dt(&payload.replace(' ', "")));
        let _ = writeln!(told, "{}", entry.text);
        for complaint in &entry.complaints {
            let _ = writeln!(told, "  ! {complaint}");
        }
        if let Some(difference) = entry.difference {
            let _ = writeln!(told, "  ~ {difference}");
        }
    }
    assert_eq!(told, PLUS, "{told}");
}

const PLUS: &str = "\
C>S 0001 InitSSL in session 00000120
S>C 0001 InitSSL answered
C>S 0007 GetMultiVariables in session 70000cb8, id 3
      8A0E0001.3.0.4
S>C 0004 GetMultiVariables answered, id 5
      1 = DInt 50
      2 = DInt 50
      3 = DInt 250
      4 = DInt 2000
      5 = DInt 204800
S>C notification of 1000006a number 1 change 1
      4294967295 = Int 1001
      4294967294 = Int 2
S>C S7CommPlus, 12 octets of a message
S>C 0004 GetMultiVariables answered, id 5
S>C system event: 758 octets taken
C>S 0007 Abort in session 000003c0 0102030405
  ! body of a function nobody describes: 5 octets are not understood
S>C 0002 SetMultiVariables answered
      a number takes more octets than it needs
  ~ written back it differs at octet 10: Some(80) was read, Some(00) is written
C>S malformed: 31ffffff
  ! malformed head of a request at octet 1
?>? S7CommPlus, 2 octets of a message
C>S malformed: 720972090000
  ! malformed frame version (1, 2, 3, 254 and 255 are known) at octet 1
?>? DT without a message
";

/// Turns records over: what they hold is what stands behind their head.
#[derive(Debug)]
struct Bare(usize);

impl Open for Bare {
    fn open(
        &mut self,
        _: Sender,
        octets: &[u8],
        plain: &mut Vec<u8>,
    ) -> Result<(), Box<dyn core::error::Error + Send + Sync>> {
        self.0 = self.0.checked_sub(1).ok_or("no more of it")?;
        plain.extend_from_slice(octets.get(5..).unwrap_or_default());
        Ok(())
    }
}

const HELLO: &str = "1603010000";

fn dt(payload: &[u8]) -> Vec<u8> {
    let len = u16::try_from(7 + payload.len()).unwrap().to_be_bytes();
    [&[3, 0, len[0], len[1], 2, 0xf0, 0x80][..], payload].concat()
}

fn all(trace: &mut Trace, sender: Sender, units: &[Vec<u8>]) -> Vec<(String, Vec<Complaint>)> {
    let mut told = vec![];
    for unit in units {
        trace.octets(sender, &dt(unit), |entry| told.push((entry.text, entry.complaints)));
    }
    told
}

#[test]
fn tls_that_nobody_opens_is_told_once() {
    let mut trace = Trace::default();
    let units = [hex(HELLO), hex("ffff"), hex("72020000"), vec![], hex("17030300")];
    let told = all(&mut trace, Sender::Client, &units);
    assert_eq!(
        told,
        [("C>S TLS follows".into(), vec![Complaint::Sealed]), ("C>S DT without a message".into(), vec![])]
    );
    assert!(all(&mut trace, Sender::Server, &[hex("1603")]).is_empty());
    assert_eq!(trace.unopened(), 4);
}

#[test]
fn tls_that_is_opened_is_read_on() {
    let frame = hex("7201001231000005b30000000100000120300000000072010000");
    let record = |octets: &[u8]| [&[0x17, 3, 3, 0, 0][..], octets].concat();
    let (first, second) = frame.split_at(9);
    let units = [hex(HELLO), record(first), record(second), record(&frame), record(&[]), hex("17")];
    let mut trace = Trace::default().opened_by(Box::new(Bare(4)));
    let told = all(&mut trace, Sender::Client, &units);
    let [said, none] =
        ["0001 InitSSL in session 00000120", "TLS, 5 octets"].map(|text| format!("C>S {text}"));
    let closed = ("C>S TLS stays closed: no more of it".into(), vec![Complaint::Sealed]);
    let half = ("C>S S7CommPlus, 9 octets of a message".into(), vec![]);
    assert_eq!(told, [(none, vec![]), half, (said.clone(), vec![]), (said, vec![]), closed]);
    assert_eq!(trace.unopened(), 1);
}

/// What is missing on one side is of no matter to the other.
#[test]
fn octets_that_are_missing_close_one_direction() {
    let mut trace = Trace::default().opened_by(Box::new(Bare(9)));
    assert_eq!(all(&mut trace, Sender::Client, &[hex(HELLO)]).len(), 1);
    trace.gap(Sender::Client);
    let told = all(&mut trace, Sender::Client, &[hex("1703"), hex("1703")]);
    let text = "C>S TLS stays closed in this direction: octets of it are missing";
    assert_eq!(told, [(text.into(), vec![Complaint::Sealed])]);
    let told = all(&mut trace, Sender::Server, &[hex("1703030000")]);
    assert_eq!(told, [("S>C TLS, 5 octets".into(), vec![])]);
}
