//! Structs as one value: packed octets with the time of their interface.
//!
//! The octets are those of the classic layout, big-endian, as bit 0 of the transport flags says; so they are the memory of a
//! block with standard access, and are put together of that of an optimised one.
use super::resolve::refused;
use super::{Member, Shape};
use hepta_proto::data::Type;
use hepta_proto::plus::typed::Layout;
use hepta_proto::plus::value::{Data, Packed, Struct};
use hepta_proto::plus::{ReturnValue, Value};

/// Transport flags: classic offsets and byte order, and the bit that is always set.
const CLASSIC: u32 = 0b11;

/// A struct, from its octets in a memory of that layout. `None` of one without a name, which has no interface of its own, and
/// for too few octets.
pub(super) fn value(shape: &Shape, layout: Layout, memory: &[u8]) -> Option<Value> {
    let timestamp = shape.modified.filter(|_| Struct::packs(shape.rid))?;
    let mut octets = vec![0; shape.classic];
    match layout {
        Layout::Standard => octets.copy_from_slice(memory.get(..shape.classic)?),
        Layout::Optimised => members(shape, memory, |octet, from| {
            let (to, bit) = octet;
            match from {
                Part::Octets(part) => copy(&mut octets, to, part),
                Part::Bit(on) => set(&mut octets, to, bit, on),
            }
        }),
    }
    let packed = Packed { timestamp, transport: CLASSIC, first_count: None, octets };
    Some(Value::new(Data::Struct(Struct::packed(shape.rid, packed))))
}

/// Writes a packed struct to its octets in a memory of that layout.
pub(super) fn store(
    shape: &Shape,
    layout: Layout,
    value: &Value,
    memory: &mut [u8],
) -> Result<(), ReturnValue> {
    let timestamp = shape.modified.ok_or(refused::LID)?;
    let given = value.as_struct().filter(|given| given.id() == shape.rid);
    let packed = given.and_then(Struct::as_packed).ok_or(refused::CONVERSION)?;
    if packed.timestamp != timestamp {
        return Err(refused::TIMESTAMP);
    }
    if packed.transport & 1 == 0 {
        return Err(refused::ORDER);
    }
    if packed.octets.len() != shape.classic {
        return Err(refused::CONVERSION);
    }
    match layout {
        Layout::Standard => {
            memory.get_mut(..shape.classic).ok_or(refused::LID)?.copy_from_slice(&packed.octets);
        }
        Layout::Optimised => unpack(shape, &packed.octets, memory),
    }
    Ok(())
}

/// What one place holds.
enum Part<'a> {
    Octets(&'a [u8]),
    Bit(bool),
}

/// Shows each simple part of an optimised memory with its place in the classic one.
fn members(shape: &Shape, memory: &[u8], mut each: impl FnMut((usize, u8), Part<'_>)) {
    walk(shape, 0, 0, &mut |part| {
        if part.bits {
            each(part.classic, Part::Bit(memory.get(part.optimised).is_some_and(|octet| *octet != 0)));
        } else {
            each(
                part.classic,
                Part::Octets(memory.get(part.optimised..part.optimised + part.len).unwrap_or_default()),
            );
        }
    });
}

fn unpack(shape: &Shape, octets: &[u8], memory: &mut [u8]) {
    walk(shape, 0, 0, &mut |part| {
        let (octet, bit) = part.classic;
        if part.bits {
            let on = octets.get(octet).is_some_and(|octet| octet >> bit & 1 == 1);
            copy(memory, part.optimised, &[on.into()]);
        } else {
            copy(memory, part.optimised, octets.get(octet..octet + part.len).unwrap_or_default());
        }
    });
}

/// A simple value, and where it stands in both layouts.
struct Simple {
    optimised: usize,
    classic: (usize, u8),
    len: usize,
    bits: bool,
}

fn walk(shape: &Shape, optimised: usize, classic: usize, each: &mut dyn FnMut(Simple)) {
    for member in &shape.members {
        of_type(
            member,
            &member.ty,
            optimised + member.optimised,
            (classic + member.classic, member.bit),
            each,
        );
    }
}

fn of_type(member: &Member, ty: &Type, optimised: usize, classic: (usize, u8), each: &mut dyn FnMut(Simple)) {
    match ty {
        Type::Bool => each(Simple { optimised, classic, len: 1, bits: true }),
        Type::Array(array) if *array.element() == Type::Bool => {
            let (rows, per_row) = array.rows();
            let padded = per_row.next_multiple_of(8);
            for (row, column) in (0..rows).flat_map(|row| (0..per_row).map(move |column| (row, column))) {
                let bit = usize::from(classic.1) + row * padded + column;
                let classic = (classic.0 + bit / 8, u8::try_from(bit % 8).unwrap_or_default());
                each(Simple { optimised: optimised + row * per_row + column, classic, len: 1, bits: true });
            }
        }
        Type::Array(array) => {
            let element = array.element();
            let strides = (Layout::Optimised.stride(element), Layout::Standard.stride(element));
            for index in 0..array.count() {
                let classic = (classic.0 + index * strides.1, 0);
                of_type(member, element, optimised + index * strides.0, classic, each);
            }
        }
        Type::Struct(_) => {
            if let Some(inner) = member.inner.as_deref() {
                walk(inner, optimised, classic.0, each);
            }
        }
        simple => each(Simple { optimised, classic, len: simple.size(), bits: false }),
    }
}

fn copy(octets: &mut [u8], to: usize, part: &[u8]) {
    octets.iter_mut().skip(to).zip(part).for_each(|(place, octet)| *place = *octet);
}

fn set(octets: &mut [u8], octet: usize, bit: u8, on: bool) {
    if let Some(octet) = octets.get_mut(octet) {
        *octet = if on { *octet | 1 << bit } else { *octet & !(1 << bit) };
    }
}
