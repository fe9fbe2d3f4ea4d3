//! From declarations to places: where members stand, which LIDs they have, and which types there are inside.
use super::declare::{DeclareError, Var};
use super::{FIRST_LID, Member, Shape};
use core::ops::RangeInclusive;
use hepta_proto::data::{Struct, Type, Value};
use hepta_proto::plus::crc;
use hepta_proto::plus::lists::SoftType;
use hepta_proto::plus::typed::{self, DTL, Layout};
use std::sync::Arc;

/// The members of a `DTL`: names, types, places. Their LIDs are 1 to 8 (no source has those of a device).
const DTL_MEMBERS: [(&str, Type, usize); 8] = [
    ("YEAR", Type::UInt, 0),
    ("MONTH", Type::USInt, 2),
    ("DAY", Type::USInt, 3),
    ("WEEKDAY", Type::USInt, 4),
    ("HOUR", Type::USInt, 5),
    ("MINUTE", Type::USInt, 6),
    ("SECOND", Type::USInt, 7),
    ("NANOSECOND", Type::UDInt, 8),
];

/// The type of a `DTL`.
pub(super) fn dtl() -> Shape {
    let members = (1..).zip(DTL_MEMBERS).map(|(lid, (name, ty, offset))| {
        let crc = crc::member(name, typed::soft(&ty, Layout::Standard), None);
        Member { name: name.into(), lid, ty, offset, bit: 0, classic: offset, inner: None, crc }
    });
    let members: Vec<_> = members.collect();
    let by_lid = index(&members);
    Shape { rid: DTL.id, modified: Some(DTL.modified), members, by_lid, size: 12, classic: 12, align: 4 }
}

/// Gives the anonymous structs of a block their relation ids.
pub(super) struct Rids {
    /// Number of the block.
    pub(super) number: u16,
    /// How many have one.
    pub(super) used: u8,
}

impl Rids {
    fn next(&mut self, in_array: bool) -> Result<u32, DeclareError> {
        self.used = self.used.checked_add(1).ok_or(DeclareError::Structs)?;
        let kind = if in_array { 0x9a } else { 0x92 };
        let [high, low] = self.number.to_be_bytes();
        Ok(u32::from_be_bytes([kind, self.used, high, low]))
    }
}

/// The places of `vars`, one after the other by the rules of `layout`, but where one says its own.
pub(super) fn shape(rid: u32, vars: &[Var], layout: Layout, rids: &mut Rids) -> Result<Shape, DeclareError> {
    let classic = Struct::new(vars.iter().map(|var| (var.name.clone(), var.ty.clone())));
    let classic = classic.map_err(DeclareError::Type)?;
    let mut shape = Shape { rid, classic: classic.size(), align: 1, ..Shape::default() };
    let mut next = 0;
    let mut lid = FIRST_LID;
    for (var, old) in vars.iter().zip(classic.members()) {
        let align = layout.align(&var.ty);
        let (mut offset, mut bit) = match layout {
            Layout::Standard => (old.offset(), old.bit()),
            Layout::Optimised => (usize::next_multiple_of(next, align), 0),
        };
        if let Some((own, own_bit)) = var.place {
            if own_bit > 7 || (own_bit > 0 && !(layout == Layout::Standard && var.ty.is_bits())) {
                return Err(DeclareError::Bit { name: var.name.clone(), bit: own_bit });
            }
            (offset, bit) = (own, own_bit);
        }
        let bits = match layout {
            Layout::Standard => usize::from(bit) + var.ty.bits(),
            Layout::Optimised => layout.size(&var.ty).saturating_mul(8),
        };
        next = offset.saturating_add(bits.div_ceil(8));
        shape.size = shape.size.max(next);
        shape.align = shape.align.max(align);
        let own = var.lid.unwrap_or(lid);
        lid = own.saturating_add(1);
        let place = Place { offset, bit, classic: if var.place.is_some() { offset } else { old.offset() } };
        shape.members.push(member(var, own, place, layout, rids)?);
    }
    shape.size = match layout {
        Layout::Standard => shape.size.next_multiple_of(2),
        Layout::Optimised => shape.size.next_multiple_of(shape.align),
    };
    shape.by_lid = index(&shape.members);
    let twice = shape.by_lid.iter().zip(shape.by_lid.iter().skip(1)).find(|((a, _), (b, _))| a == b);
    match twice {
        Some(((lid, _), _)) => Err(DeclareError::Lid(*lid)),
        None => Ok(shape),
    }
}

/// Where a member stands.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) offset: usize,
    pub(super) bit: u8,
    pub(super) classic: usize,
}

pub(super) fn member(
    var: &Var,
    lid: u32,
    place: Place,
    layout: Layout,
    rids: &mut Rids,
) -> Result<Member, DeclareError> {
    let Place { offset, bit, classic } = place;
    let inner = match core_type(&var.ty) {
        Type::Dtl => Some(Arc::new(dtl())),
        Type::Struct(members) => {
            let rid = rids.next(matches!(var.ty, Type::Array(_)))?;
            let vars: Vec<_> = members.members().iter().map(|m| Var::new(m.name(), m.ty().clone())).collect();
            let mut shape = shape(rid, &vars, layout, rids)?;
            // Its own places count, if it was made with such.
            if layout == Layout::Standard {
                shape.members.iter_mut().zip(members.members()).for_each(|(ours, given)| {
                    (ours.offset, ours.bit, ours.classic) = (given.offset(), given.bit(), given.offset());
                });
                (shape.size, shape.classic) = (members.size(), members.size());
            }
            Some(Arc::new(shape))
        }
        _ => None,
    };
    let (name, ty) = (var.name.clone(), var.ty.clone());
    let crc = crc::member(&name, soft(&ty, layout), lower(&ty));
    Ok(Member { name, lid, ty, offset, bit, classic, inner, crc })
}

pub(super) fn index(members: &[Member]) -> Vec<(u32, usize)> {
    let mut by_lid: Vec<_> = members.iter().zip(0..).map(|(member, at)| (member.lid, at)).collect();
    by_lid.sort_unstable();
    by_lid
}

/// What the elements of arrays, and of arrays of arrays, are.
pub(super) fn core_type(ty: &Type) -> &Type {
    match ty {
        Type::Array(array) => core_type(array.element()),
        other => other,
    }
}

/// The soft data type of a member: of an array, that of its elements.
pub(super) fn soft(ty: &Type, layout: Layout) -> SoftType {
    typed::soft(core_type(ty), layout)
}

/// The lower bound as it is shown and summed up: 0 for one of several dimensions, whose bounds stand apart.
pub(super) fn lower(ty: &Type) -> Option<i32> {
    match ty {
        Type::Array(array) => Some(match array.bounds() {
            [only] => *only.start(),
            _ => 0,
        }),
        _ => None,
    }
}

/// Index of dimension, innermost first.
pub(super) fn dimensions(ty: &Type) -> impl Iterator<Item = &RangeInclusive<i32>> {
    let bounds = if let Type::Array(array) = ty { array.bounds() } else { &[] };
    bounds.iter().rev()
}

/// Writes `value` as `member` has it to `octets`, which start where its shape does.
pub(super) fn fill(
    octets: &mut [u8],
    member: &Member,
    value: Option<&Value>,
    layout: Layout,
) -> Result<(), DeclareError> {
    let part = octets.get_mut(member.offset..).unwrap_or_default();
    fill_type(part, member, &member.ty, value, layout)
        .map_err(|why| DeclareError::Within { name: member.name.clone(), why: Box::new(why) })
}

fn fill_type(
    octets: &mut [u8],
    member: &Member,
    ty: &Type,
    value: Option<&Value>,
    layout: Layout,
) -> Result<(), DeclareError> {
    let mismatch = |value: &Value| {
        DeclareError::Value(hepta_proto::data::EncodeError::Kind { ty: ty.clone(), got: value.kind() })
    };
    match (ty, value) {
        (Type::Struct(_), _) => {
            let members = member.inner.as_deref().map_or(&[][..], |inner| &inner.members);
            let values = match value {
                None => None,
                Some(Value::Struct(values)) if values.len() == members.len() => Some(values),
                Some(other) => return Err(mismatch(other)),
            };
            members.iter().enumerate().try_for_each(|(i, member)| {
                let value = values.and_then(|values| values.get(i)).map(|(_, value)| value);
                fill(octets, member, value, layout)
            })
        }
        (Type::Array(array), _) if !matches!(array.element(), Type::Bool) => {
            let stride = layout.stride(array.element());
            if let Some(Value::Bytes(_)) = value {
                return typed::place(ty, layout, value, octets, member.bit).map_err(DeclareError::Value);
            }
            let values = match value {
                None => None,
                Some(Value::Array(values)) if values.len() == array.count() => Some(values),
                Some(Value::Array(values)) => {
                    let (want, got) = (array.count(), values.len());
                    return Err(DeclareError::Value(hepta_proto::data::EncodeError::Count {
                        ty: ty.clone(),
                        want,
                        got,
                    }));
                }
                Some(other) => return Err(mismatch(other)),
            };
            octets.chunks_mut(stride.max(1)).take(array.count()).enumerate().try_for_each(|(i, part)| {
                let value = values.and_then(|values| values.get(i));
                fill_type(part, member, array.element(), value, layout)
            })
        }
        _ => typed::place(ty, layout, value, octets, member.bit).map_err(DeclareError::Value),
    }
}
