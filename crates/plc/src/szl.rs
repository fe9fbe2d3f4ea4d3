//! System state lists: what the CPU says of itself, made up from profile, identity and state.
//!
//! Extract 0 of a list gives all records, whatever the index; 1 and 2 those with the index; F the head alone.
use crate::plc::{Plc, State};
use crate::time::date_and_time;
use hepta_proto::classic::ErrorCode;
use hepta_proto::classic::server::is_head_only;
use hepta_proto::classic::szl::{Communication, Component, Mode, Module, Protection, Request, SzlId};
use hepta_proto::wire::Wire;

/// Appends the list: id, index, record length, count, records.
pub(crate) fn answer(plc: &Plc, request: Request, out: &mut Vec<u8>) -> Result<(), ErrorCode> {
    let start = out.len();
    if !plc.profile().lists.contains(&request.id) {
        return Err(ErrorCode::InformationNotAvailable);
    }
    request.write(out);
    out.extend_from_slice(&[0; 4]);
    let head = out.len();
    let of = if is_head_only(request.id) { SzlId(request.id.0 & 0xf0ff) } else { request.id };
    let each = match records(plc, of, request.index, out) {
        Ok(each) => each,
        Err(code) => {
            out.truncate(start);
            return Err(code);
        }
    };
    let count = out.len().saturating_sub(head).checked_div(each.into()).unwrap_or(0);
    let count = u16::try_from(count).unwrap_or(u16::MAX);
    if let Some([l0, l1, c0, c1]) = out.get_mut(head - 4..head) {
        ([*l0, *l1], [*c0, *c1]) = (each.to_be_bytes(), count.to_be_bytes());
    }
    if is_head_only(request.id) {
        out.truncate(head);
    }
    Ok(())
}

/// Appends the records, and says how long each is.
fn records(plc: &Plc, id: SzlId, index: u16, out: &mut Vec<u8>) -> Result<u16, ErrorCode> {
    let start = out.len();
    let state = plc.state();
    let each = match id.0 {
        0x0000 => {
            plc.profile().lists.iter().for_each(|id| out.extend_from_slice(&id.0.to_be_bytes()));
            return Ok(2);
        }
        0x0011 | 0x0111 => {
            let all = id.0 == 0x0011;
            modules(plc).iter().filter(|m| all || m.index == index).for_each(|m| m.write(out));
            28
        }
        0x001c | 0x011c => {
            let all = id.0 == 0x001c;
            components(plc).iter().filter(|c| all || c.index == index).for_each(|c| c.write(out));
            34
        }
        0x0074 => {
            leds(state).iter().for_each(|led| out.extend_from_slice(led));
            4
        }
        0x0131 if index == 1 => {
            communication(plc).write(out);
            40
        }
        0x0132 if index == 1 => {
            connections(plc).iter().for_each(|n| out.extend_from_slice(&n.to_be_bytes()));
            40
        }
        0x0132 | 0x0232 if index == 4 => {
            protection(plc).write(out);
            40
        }
        0x0424 => {
            mode(plc, state).write(out);
            20
        }
        _ => 0,
    };
    // The list is kept, but not with that index.
    if out.len() == start { Err(ErrorCode::ListExtractNotAvailable) } else { Ok(each) }
}

/// Firmware last: snap7 takes the last three octets of the whole answer for the version, nmap those of the third record.
fn modules(plc: &Plc) -> [Module; 3] {
    let (identity, repeat) = (&plc.profile().identity, plc.profile().firmware_has_order);
    let [version, release] = identity.hardware;
    let mut order = [b' '; 20];
    order.iter_mut().zip(identity.order.bytes()).for_each(|(place, octet)| *place = octet);
    let module = Module { index: 1, order, kind: 0x00c0, version, release };
    let [a, b, c] = identity.firmware.0;
    let firmware = Module {
        index: 7,
        order: if repeat { order } else { [b' '; 20] },
        version: u16::from_be_bytes([b'V', a]),
        release: u16::from_be_bytes([b, c]),
        ..module
    };
    [module, Module { index: 6, ..module }, firmware]
}

fn components(plc: &Plc) -> [Component; 10] {
    let i = &plc.profile().identity;
    // Most fields end before their 32 octets do; what follows is reserved.
    let text = |index, text: &str, room| {
        let mut record = Component::new(index, text);
        record.text.iter_mut().skip(room).for_each(|octet| *octet = 0);
        record
    };
    let mut maker = text(9, "", 0);
    // Manufacturer 42 is Siemens (I&M); profile F600, a CPU; type 1: what captures of 300s show.
    maker.text.iter_mut().zip([0x00, 0x2a, 0xf6, 0x00, 0x00, 0x01]).for_each(|(place, octet)| *place = octet);
    [
        text(1, &i.station, 24),
        text(2, &i.module, 24),
        text(3, &i.plant, 32),
        text(4, &i.copyright, 26),
        text(5, &i.serial, 24),
        text(7, &i.cpu, 32),
        text(8, &i.card, 32),
        maker,
        text(0x0a, "", 26),
        text(0x0b, &i.location, 32),
    ]
}

fn communication(plc: &Plc) -> Communication {
    let profile = plc.profile();
    Communication {
        index: 1,
        pdu: profile.limits.pdu,
        connections: profile.resources.total(),
        mpi: 187_500,
        k_bus: 187_500,
        reserved: [0; 26],
    }
}

/// Reserved for PG and OP, used by them, configured, established, free, free used, load.
fn connections(plc: &Plc) -> [u16; 20] {
    let (most, used) = (plc.profile().resources, plc.used());
    let mut record = [0; 20];
    let fields = [1, most.pg, most.op, used.pg, used.op, 0, used.total(), most.free, most.free_used(used)];
    record.iter_mut().zip(fields).for_each(|(place, field)| *place = field);
    record
}

/// No password: level 1 in force.
fn protection(plc: &Plc) -> Protection {
    Protection {
        index: 4,
        key: 1,
        parameter: 0,
        actual: 1,
        mode_switch: plc.profile().mode_switch,
        start_switch: 0,
        reserved: 0,
        versions: 0x5656,
        hardware: [0; 2],
        program: [0; 2],
        rest: [0; 16],
    }
}

/// The mode before stays 0 in the high four bits: captures show it so, and snap7 takes the whole octet for the mode.
fn mode(plc: &Plc, state: State) -> Mode {
    Mode {
        event: 0x5144,
        info: 0xff,
        mode: if state == State::Run { 8 } else { 4 },
        reserved: [0; 4],
        start_up: [0; 4],
        time: date_and_time(plc.changed_state()),
    }
}

/// SF, RUN, STOP, FRCE, BUS1F, BUS2F, MAINT, as captures of a 300 list them: id, on, blinking.
fn leds(state: State) -> [[u8; 4]; 7] {
    let on = |lit| u8::from(lit);
    [1, 4, 5, 6, 0x0b, 0x0c, 0x15].map(|id| {
        let lit = (id == 4 && state == State::Run) || (id == 5 && state == State::Stop);
        [0, id, on(lit), 0]
    })
}
