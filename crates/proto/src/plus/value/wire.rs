//! Values on the wire.
use super::super::vlq;
use super::{
    Array, Blob, Body, DEPTH, Data, Member, Packed, Rooted, RootedContent, Sparse, Struct, Structs, Text,
};
use super::{Value, ValueType};
use crate::wire::{Malformed, Reader, Wire};
use alloc::boxed::Box;
use alloc::vec::Vec;

impl Wire<'_> for Value {
    fn read(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        read(r, DEPTH)
    }
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&[self.flags, self.data.ty().0]);
        match &self.data {
            Data::Array(array) => put_array(out, array),
            Data::Sparse(sparse) => {
                for (key, data) in &sparse.elements {
                    vlq::put_u32(out, *key);
                    put_data(out, data);
                }
                out.push(0);
            }
            data => put_data(out, data),
        }
    }
}

impl Value {
    /// A value that is the last of its fence: one of an unknown type is kept as [`Data::Other`].
    pub fn read_last(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        if let [flags, ty, rest @ ..] = r.peek()
            && ValueType(*ty).name().is_none()
        {
            let value = Self { flags: *flags, data: Data::Other(ValueType(*ty), rest.into()) };
            r.rest();
            return Ok(value);
        }
        Self::read(r)
    }
}

fn read(r: &mut Reader<'_>, depth: usize) -> Result<Value, Malformed> {
    let flags = r.u8("flags of a value")?;
    let bad = r.bad("type of a value: nobody knows where one of this type ends");
    let ty = ValueType(r.u8("type of a value")?);
    if ty.name().is_none() {
        return Err(bad);
    }
    let data = if flags & Value::SPARSE != 0 {
        Data::Sparse(sparse(r, ty, depth)?)
    } else if flags & Value::SHAPE != 0 {
        Data::Array(array(r, ty, flags, depth)?)
    } else {
        match string_memory(r, ty) {
            Some(octets) => Data::StringMemory(octets),
            None => scalar(r, ty, depth)?,
        }
    };
    Ok(Value { flags, data })
}

/// The memory of a STRING, if that is what follows: see the module.
fn string_memory(r: &mut Reader<'_>, ty: ValueType) -> Option<Vec<u8>> {
    if ty != ValueType::S7String {
        return None;
    }
    let mut ahead = r.clone();
    let n = usize::try_from(vlq::u32(&mut ahead, "").ok()?).ok()?;
    let octets = ahead.take(n, "").ok()?;
    let [max, actual, characters @ ..] = octets else { return None };
    if *max == 0 || usize::from(*max) != characters.len() || actual > max {
        return None;
    }
    *r = ahead;
    Some(octets.into())
}

fn scalar(r: &mut Reader<'_>, ty: ValueType, depth: usize) -> Result<Data, Malformed> {
    Ok(match ty {
        ValueType::Null => Data::Null,
        ValueType::Bool => Data::Bool(r.u8("Bool")?),
        ValueType::USInt => Data::USInt(r.u8("USInt")?),
        ValueType::UInt => Data::UInt(r.u16("UInt")?),
        ValueType::UDInt => Data::UDInt(vlq::u32(r, "UDInt")?),
        ValueType::ULInt => Data::ULInt(vlq::u64(r, "ULInt")?),
        ValueType::SInt => Data::SInt(r.u8("SInt")?.cast_signed()),
        ValueType::Int => Data::Int(r.u16("Int")?.cast_signed()),
        ValueType::DInt => Data::DInt(vlq::i32(r, "DInt")?),
        ValueType::LInt => Data::LInt(vlq::i64(r, "LInt")?),
        ValueType::Byte => Data::Byte(r.u8("Byte")?),
        ValueType::Word => Data::Word(r.u16("Word")?),
        ValueType::DWord => Data::DWord(r.u32("DWord")?),
        ValueType::LWord => Data::LWord(r.u64("LWord")?),
        ValueType::Real => Data::Real(f32::from_be_bytes(r.array("Real")?)),
        ValueType::LReal => Data::LReal(f64::from_be_bytes(r.array("LReal")?)),
        ValueType::Timestamp => Data::Timestamp(r.u64("Timestamp")?),
        ValueType::Timespan => Data::Timespan(vlq::i64(r, "Timespan")?),
        ValueType::Rid => Data::Rid(r.u32("RID")?),
        ValueType::Aid => Data::Aid(vlq::u32(r, "AID")?),
        ValueType::Blob => Data::Blob(blob(r, depth)?),
        ValueType::WString => Data::WString(text(r)?),
        ValueType::Variant => Data::Variant(vlq::u32(r, "Variant")?),
        ValueType::Struct => Data::Struct(structure(r, depth)?),
        ValueType::S7String => Data::S7String(vlq::u32(r, "S7String")?),
        _ => return Err(r.bad("value of an unknown type")),
    })
}

fn sparse(r: &mut Reader<'_>, ty: ValueType, depth: usize) -> Result<Sparse, Malformed> {
    let mut elements = Vec::new();
    loop {
        let key = vlq::u32(r, "key of a sparse array")?;
        if key == 0 {
            return Ok(Sparse { ty, elements });
        }
        elements.push((key, scalar(r, ty, depth)?));
    }
}

/// A number of elements that take `least` octets or more each: never more than the octets left can hold.
fn count(r: &mut Reader<'_>, least: usize) -> Result<usize, Malformed> {
    let bad = r.bad("count: there are not that many octets left");
    let n = usize::try_from(vlq::u32(r, "count of elements")?).map_err(|_| bad)?;
    if n > r.left() / least { Err(bad) } else { Ok(n) }
}

/// Elements of variable length, of `least` octets or more.
fn list<'a, T>(
    r: &mut Reader<'a>,
    least: usize,
    mut read: impl FnMut(&mut Reader<'a>) -> Result<T, Malformed>,
) -> Result<Vec<T>, Malformed> {
    let n = count(r, least)?;
    let mut list = Vec::with_capacity(n);
    for _ in 0..n {
        list.push(read(r)?);
    }
    Ok(list)
}

/// Elements of `N` octets.
fn fixed<const N: usize, T>(r: &mut Reader<'_>, of: impl Fn([u8; N]) -> T) -> Result<Vec<T>, Malformed> {
    let n = count(r, N)?;
    let (elements, _) = r.take(n.saturating_mul(N), "elements of an array")?.as_chunks::<N>();
    Ok(elements.iter().map(|octets| of(*octets)).collect())
}

fn octets(r: &mut Reader<'_>) -> Result<Vec<u8>, Malformed> {
    let n = count(r, 1)?;
    r.take(n, "octets").map(Into::into)
}

fn text(r: &mut Reader<'_>) -> Result<Text, Malformed> {
    octets(r).map(Text)
}

fn array(r: &mut Reader<'_>, ty: ValueType, flags: u8, depth: usize) -> Result<Array, Malformed> {
    Ok(match ty {
        ValueType::Null => Array::Null(vlq::u32(r, "count of elements")?),
        ValueType::Bool => Array::Bool(octets(r)?),
        ValueType::USInt => Array::USInt(octets(r)?),
        ValueType::UInt => Array::UInt(fixed(r, u16::from_be_bytes)?),
        ValueType::UDInt => Array::UDInt(list(r, 1, |r| vlq::u32(r, "UDInt"))?),
        ValueType::ULInt => Array::ULInt(list(r, 1, |r| vlq::u64(r, "ULInt"))?),
        ValueType::SInt => Array::SInt(fixed(r, i8::from_be_bytes)?),
        ValueType::Int => Array::Int(fixed(r, i16::from_be_bytes)?),
        ValueType::DInt => Array::DInt(list(r, 1, |r| vlq::i32(r, "DInt"))?),
        ValueType::LInt => Array::LInt(list(r, 1, |r| vlq::i64(r, "LInt"))?),
        ValueType::Byte => Array::Byte(octets(r)?),
        ValueType::Word => Array::Word(fixed(r, u16::from_be_bytes)?),
        ValueType::DWord => Array::DWord(fixed(r, u32::from_be_bytes)?),
        ValueType::LWord => Array::LWord(fixed(r, u64::from_be_bytes)?),
        ValueType::Real => Array::Real(fixed(r, f32::from_be_bytes)?),
        ValueType::LReal => Array::LReal(fixed(r, f64::from_be_bytes)?),
        ValueType::Timestamp => Array::Timestamp(fixed(r, u64::from_be_bytes)?),
        ValueType::Timespan => Array::Timespan(list(r, 1, |r| vlq::i64(r, "Timespan"))?),
        ValueType::Rid => Array::Rid(fixed(r, u32::from_be_bytes)?),
        ValueType::Aid => Array::Aid(list(r, 1, |r| vlq::u32(r, "AID"))?),
        ValueType::Blob => Array::Blob(list(r, 2, |r| blob(r, depth))?),
        ValueType::WString => Array::WString(list(r, 1, text)?),
        ValueType::Variant => Array::Variant(list(r, 1, |r| vlq::u32(r, "Variant"))?),
        ValueType::Struct => Array::Struct(structs(r, flags, depth)?),
        ValueType::S7String => Array::S7String(list(r, 1, |r| vlq::u32(r, "S7String"))?),
        _ => return Err(r.bad("array of an unknown type")),
    })
}

fn structs(r: &mut Reader<'_>, flags: u8, depth: usize) -> Result<Structs, Malformed> {
    let ahead = r.clone().u32("id of a struct, or count of an array");
    if flags & Value::ADDRESS_ARRAY == 0 && ahead.is_ok_and(Struct::packs) {
        return structure(r, depth).map(Structs::Packed);
    }
    if r.peek().first() == Some(&0) {
        let depth = deeper(r, depth)?;
        let id = r.u32("id of a struct")?;
        let elements = list(r, 1, |r| read_members(r, depth))?;
        return Ok(Structs::IdFirst { id, elements });
    }
    // A longer form of the count would, written as it ought to be, be read as something else: 80 00 as an id.
    let bad = r.bad("count of an array of structs, longer than it need be");
    let mut ahead = r.clone();
    if vlq::len_u32(vlq::u32(&mut ahead, "count of elements")?) != ahead.offset() - r.offset() {
        return Err(bad);
    }
    list(r, 5, |r| structure(r, depth)).map(Structs::CountFirst)
}

fn deeper(r: &Reader<'_>, depth: usize) -> Result<usize, Malformed> {
    depth.checked_sub(1).ok_or_else(|| r.bad("struct: it lies more than 32 deep"))
}

/// A struct; `depth` more may lie in each other.
fn structure(r: &mut Reader<'_>, depth: usize) -> Result<Struct, Malformed> {
    let depth = deeper(r, depth)?;
    let id = r.u32("id of a struct")?;
    if !Struct::packs(id) {
        return Ok(Struct { id, body: Body::Members(read_members(r, depth)?) });
    }
    let timestamp = r.u64("interface timestamp of a packed struct")?;
    let transport = vlq::u32(r, "transport flags of a packed struct")?;
    let first_count = if transport & Packed::TWO_COUNTS == 0 {
        None
    } else {
        Some(vlq::u32(r, "first count of a packed struct")?)
    };
    let octets = octets(r)?;
    Ok(Struct::packed(id, Packed { timestamp, transport, first_count, octets }))
}

/// Values by id up to the end of their list; `depth` structs may lie in each other.
fn read_members(r: &mut Reader<'_>, depth: usize) -> Result<Vec<Member>, Malformed> {
    let mut members = Vec::new();
    loop {
        let id = vlq::u32(r, "id of a member")?;
        if id == 0 {
            return Ok(members);
        }
        members.push(Member { id, value: read(r, depth)? });
    }
}

fn blob(r: &mut Reader<'_>, depth: usize) -> Result<Blob, Malformed> {
    let root = vlq::u32(r, "root id of a blob")?;
    Ok(match root {
        0 => Blob::Octets(octets(r)?),
        1 => Blob::RootOne(octets(r)?),
        _ => {
            let prefix = r.array("eight octets of a blob")?;
            let bad = r.bad("kind of a blob");
            let content = match r.u8("kind of a blob")? {
                0 => RootedContent::Members(read_members(r, deeper(r, depth)?)?),
                2 => RootedContent::Octets2(octets(r)?),
                3 => RootedContent::Octets3(octets(r)?),
                _ => return Err(bad),
            };
            Blob::Rooted(Box::new(Rooted { root, prefix, content }))
        }
    })
}

impl Packed {
    /// Transport flags: the count comes twice.
    pub(super) const TWO_COUNTS: u32 = 1 << 10;
}

impl Wire<'_> for Struct {
    fn read(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        structure(r, DEPTH)
    }
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.id.to_be_bytes());
        match &self.body {
            Body::Members(members) => put_members(out, members),
            Body::Packed(packed) => {
                out.extend_from_slice(&packed.timestamp.to_be_bytes());
                vlq::put_u32(out, packed.transport);
                if packed.transport & Packed::TWO_COUNTS != 0 {
                    match packed.first_count {
                        Some(count) => vlq::put_u32(out, count),
                        None => vlq::put_len(out, packed.octets.len()),
                    }
                }
                put_octets(out, &packed.octets);
            }
        }
    }
}

/// Values by id, and the end of their list.
fn put_members(out: &mut Vec<u8>, members: &[Member]) {
    for member in members.iter().filter(|member| member.id != 0) {
        vlq::put_u32(out, member.id);
        member.value.write(out);
    }
    out.push(0);
}

fn put_octets(out: &mut Vec<u8>, octets: &[u8]) {
    vlq::put_len(out, octets.len());
    out.extend_from_slice(octets);
}

fn put_blob(out: &mut Vec<u8>, blob: &Blob) {
    match blob {
        Blob::Octets(octets) => {
            out.push(0);
            put_octets(out, octets);
        }
        Blob::RootOne(octets) => {
            out.push(1);
            put_octets(out, octets);
        }
        Blob::Rooted(rooted) => {
            vlq::put_u32(out, rooted.root.max(2));
            out.extend_from_slice(&rooted.prefix);
            match &rooted.content {
                RootedContent::Members(members) => {
                    out.push(0);
                    put_members(out, members);
                }
                RootedContent::Octets2(octets) => {
                    out.push(2);
                    put_octets(out, octets);
                }
                RootedContent::Octets3(octets) => {
                    out.push(3);
                    put_octets(out, octets);
                }
            }
        }
    }
}

/// All but arrays.
fn put_data(out: &mut Vec<u8>, data: &Data) {
    match data {
        Data::Null | Data::Array(_) | Data::Sparse(_) => {}
        Data::Bool(n) | Data::USInt(n) | Data::Byte(n) => out.push(*n),
        Data::SInt(n) => out.push(n.cast_unsigned()),
        Data::UInt(n) | Data::Word(n) => out.extend_from_slice(&n.to_be_bytes()),
        Data::Int(n) => out.extend_from_slice(&n.to_be_bytes()),
        Data::UDInt(n) | Data::Aid(n) | Data::Variant(n) | Data::S7String(n) => vlq::put_u32(out, *n),
        Data::ULInt(n) => vlq::put_u64(out, *n),
        Data::DInt(n) => vlq::put_i32(out, *n),
        Data::LInt(n) | Data::Timespan(n) => vlq::put_i64(out, *n),
        Data::DWord(n) | Data::Rid(n) => out.extend_from_slice(&n.to_be_bytes()),
        Data::LWord(n) | Data::Timestamp(n) => out.extend_from_slice(&n.to_be_bytes()),
        Data::Real(n) => out.extend_from_slice(&n.to_be_bytes()),
        Data::LReal(n) => out.extend_from_slice(&n.to_be_bytes()),
        Data::Blob(blob) => put_blob(out, blob),
        Data::WString(text) => put_octets(out, &text.0),
        Data::Struct(data) => data.write(out),
        Data::StringMemory(octets) => put_octets(out, octets),
        Data::Other(_, rest) => out.extend_from_slice(rest),
    }
}

/// A count and each element.
fn put_list<T>(out: &mut Vec<u8>, list: &[T], mut put: impl FnMut(&mut Vec<u8>, &T)) {
    vlq::put_len(out, list.len());
    list.iter().for_each(|element| put(out, element));
}

/// A count and the octets of each element.
fn put_fixed<const N: usize, T: Copy>(out: &mut Vec<u8>, list: &[T], octets: impl Fn(T) -> [u8; N]) {
    put_list(out, list, |out, n| out.extend_from_slice(&octets(*n)));
}

fn put_array(out: &mut Vec<u8>, array: &Array) {
    match array {
        Array::Null(n) => vlq::put_u32(out, *n),
        Array::Bool(list) | Array::USInt(list) | Array::Byte(list) => put_octets(out, list),
        Array::SInt(list) => put_fixed(out, list, i8::to_be_bytes),
        Array::UInt(list) | Array::Word(list) => put_fixed(out, list, u16::to_be_bytes),
        Array::Int(list) => put_fixed(out, list, i16::to_be_bytes),
        Array::UDInt(list) | Array::Aid(list) | Array::Variant(list) | Array::S7String(list) => {
            put_list(out, list, |out, n| vlq::put_u32(out, *n));
        }
        Array::ULInt(list) => put_list(out, list, |out, n| vlq::put_u64(out, *n)),
        Array::DInt(list) => put_list(out, list, |out, n| vlq::put_i32(out, *n)),
        Array::LInt(list) | Array::Timespan(list) => put_list(out, list, |out, n| vlq::put_i64(out, *n)),
        Array::DWord(list) | Array::Rid(list) => put_fixed(out, list, u32::to_be_bytes),
        Array::LWord(list) | Array::Timestamp(list) => put_fixed(out, list, u64::to_be_bytes),
        Array::Real(list) => put_fixed(out, list, f32::to_be_bytes),
        Array::LReal(list) => put_fixed(out, list, f64::to_be_bytes),
        Array::Blob(list) => put_list(out, list, put_blob),
        Array::WString(list) => put_list(out, list, |out, text| put_octets(out, &text.0)),
        Array::Struct(Structs::Packed(data)) => data.write(out),
        Array::Struct(Structs::IdFirst { id, elements }) => {
            out.extend_from_slice(&id.to_be_bytes());
            put_list(out, elements, |out, members| put_members(out, members));
        }
        Array::Struct(Structs::CountFirst(list)) => put_list(out, list, |out, data| data.write(out)),
    }
}
