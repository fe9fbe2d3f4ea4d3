//! First values into octets.
use super::{DeclareError, Member, Shape};
use hepta_proto::data::{EncodeError, Type, Value};
use hepta_proto::plus::typed::{self, Layout};

/// Writes what the members of `shape` are at first to `octets`, which start where it does.
pub(super) fn members<'v>(
    octets: &mut [u8],
    shape: &Shape,
    layout: Layout,
    value: impl Fn(usize, &Member) -> Option<&'v Value>,
) -> Result<(), DeclareError> {
    let mut all = shape.members.iter().enumerate();
    all.try_for_each(|(i, member)| one(octets, member, value(i, member), layout))
}

/// Writes `value` as `member` has it to `octets`, which start where its shape does.
pub(super) fn one(
    octets: &mut [u8],
    member: &Member,
    value: Option<&Value>,
    layout: Layout,
) -> Result<(), DeclareError> {
    let (octet, bit) = member.place(layout);
    let part = octets.get_mut(octet..).unwrap_or_default();
    of_type(part, (member, bit), &member.ty, value, layout)
        .map_err(|why| DeclareError::Within { name: member.name.clone(), why: Box::new(why) })
}

fn of_type(
    octets: &mut [u8],
    (member, bit): (&Member, u8),
    ty: &Type,
    value: Option<&Value>,
    layout: Layout,
) -> Result<(), DeclareError> {
    let mismatch =
        |value: &Value| DeclareError::Value(EncodeError::Kind { ty: ty.clone(), got: value.kind() });
    match (ty, value) {
        (Type::Struct(_), _) => {
            let Some(shape) = member.inner.as_deref() else { return Ok(()) };
            let values = match value {
                None => None,
                Some(Value::Struct(values)) if values.len() == shape.members.len() => Some(values),
                Some(other) => return Err(mismatch(other)),
            };
            members(octets, shape, layout, |i, _| {
                values.and_then(|values| values.get(i)).map(|(_, value)| value)
            })
        }
        // Octets are 0 already.
        (_, None) if starts_as_zeros(ty) => Ok(()),
        (Type::Array(array), _) if !matches!(array.element(), Type::Bool) => {
            let stride = layout.stride(array.element());
            let values = match value {
                Some(Value::Bytes(_)) => {
                    return typed::place(ty, layout, value, octets, bit).map_err(DeclareError::Value);
                }
                None => None,
                Some(Value::Array(values)) if values.len() == array.count() => Some(values),
                Some(Value::Array(values)) => {
                    let (want, got) = (array.count(), values.len());
                    return Err(DeclareError::Value(EncodeError::Count { ty: ty.clone(), want, got }));
                }
                Some(other) => return Err(mismatch(other)),
            };
            octets.chunks_mut(stride.max(1)).take(array.count()).enumerate().try_for_each(|(i, part)| {
                let value = values.and_then(|values| values.get(i));
                of_type(part, (member, 0), array.element(), value, layout)
            })
        }
        _ => typed::place(ty, layout, value, octets, bit).map_err(DeclareError::Value),
    }
}

fn starts_as_zeros(ty: &Type) -> bool {
    match ty {
        Type::Array(array) => starts_as_zeros(array.element()),
        Type::String(_) | Type::WString(_) | Type::Dtl | Type::DateAndTime | Type::Struct(_) => false,
        _ => true,
    }
}
