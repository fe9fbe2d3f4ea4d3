//! Values as people read them, in one line: `UDInt 128`, `USInt[2] [1, 2]`, `Struct 314 {315: UDInt 512}`.
use super::{Array, Blob, Body, Data, Member, RootedContent, Struct, Structs, Text, Value};
use core::fmt::{self, Display, Formatter};

impl Display for Value {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        Display::fmt(&self.data, f)?;
        // 10 of arrays and 40 of sparse arrays go without saying.
        let said = match &self.data {
            Data::Array(_) => Self::ARRAY,
            Data::Sparse(_) => Self::SPARSE,
            _ => 0,
        };
        if self.flags == said { Ok(()) } else { write!(f, " (flags {:02x})", self.flags) }
    }
}

impl Display for Data {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("Null"),
            Self::Array(array) => Display::fmt(array, f),
            Self::Sparse(sparse) => {
                write!(f, "{}{{}} {{", sparse.ty)?;
                for (i, (key, data)) in sparse.elements.iter().enumerate() {
                    write!(f, "{}{key}: {}", comma(i), Bare(data))?;
                }
                f.write_str("}")
            }
            Self::Struct(data) => Display::fmt(data, f),
            Self::StringMemory(octets) => write!(f, "S7String {}", Octets(octets)),
            Self::Other(ty, rest) => write!(f, "{ty} {}", Octets(rest)),
            data => write!(f, "{} {}", data.ty(), Bare(data)),
        }
    }
}

/// What a scalar holds, without its type.
struct Bare<'a>(&'a Data);

impl Display for Bare<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.0 {
            Data::Bool(0) => f.write_str("false"),
            Data::Bool(1) => f.write_str("true"),
            Data::Bool(n) | Data::USInt(n) => n.fmt(f),
            Data::UInt(n) => n.fmt(f),
            Data::UDInt(n) | Data::Aid(n) | Data::Variant(n) | Data::S7String(n) => n.fmt(f),
            Data::ULInt(n) | Data::Timestamp(n) => n.fmt(f),
            Data::SInt(n) => n.fmt(f),
            Data::Int(n) => n.fmt(f),
            Data::DInt(n) => n.fmt(f),
            Data::LInt(n) | Data::Timespan(n) => n.fmt(f),
            Data::Byte(n) => write!(f, "16#{n:02X}"),
            Data::Word(n) => write!(f, "16#{n:04X}"),
            Data::DWord(n) => write!(f, "16#{n:08X}"),
            Data::LWord(n) => write!(f, "16#{n:016X}"),
            Data::Rid(n) => write!(f, "{n:08X}"),
            Data::Real(n) => write!(f, "{n:?}"),
            Data::LReal(n) => write!(f, "{n:?}"),
            Data::Blob(blob) => blob.fmt(f),
            Data::WString(text) => text.fmt(f),
            data => data.fmt(f),
        }
    }
}

const fn comma(i: usize) -> &'static str {
    if i == 0 { "" } else { ", " }
}

fn list<T: Copy>(f: &mut Formatter<'_>, list: &[T], data: impl Fn(T) -> Data) -> fmt::Result {
    for (i, element) in list.iter().enumerate() {
        write!(f, "{}{}", comma(i), Bare(&data(*element)))?;
    }
    Ok(())
}

fn shown<T: Display>(f: &mut Formatter<'_>, list: &[T]) -> fmt::Result {
    for (i, element) in list.iter().enumerate() {
        write!(f, "{}{element}", comma(i))?;
    }
    Ok(())
}

impl Display for Array {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}[{}] [", self.ty(), self.len())?;
        match self {
            Self::Null(_) => Ok(()),
            Self::Bool(l) => list(f, l, Data::Bool),
            Self::USInt(l) => list(f, l, Data::USInt),
            Self::UInt(l) => list(f, l, Data::UInt),
            Self::UDInt(l) | Self::Aid(l) | Self::Variant(l) | Self::S7String(l) => list(f, l, Data::UDInt),
            Self::ULInt(l) | Self::Timestamp(l) => list(f, l, Data::ULInt),
            Self::SInt(l) => list(f, l, Data::SInt),
            Self::Int(l) => list(f, l, Data::Int),
            Self::DInt(l) => list(f, l, Data::DInt),
            Self::LInt(l) | Self::Timespan(l) => list(f, l, Data::LInt),
            Self::Byte(l) => list(f, l, Data::Byte),
            Self::Word(l) => list(f, l, Data::Word),
            Self::DWord(l) => list(f, l, Data::DWord),
            Self::LWord(l) => list(f, l, Data::LWord),
            Self::Real(l) => list(f, l, Data::Real),
            Self::LReal(l) => list(f, l, Data::LReal),
            Self::Rid(l) => list(f, l, Data::Rid),
            Self::Blob(l) => shown(f, l),
            Self::WString(l) => shown(f, l),
            Self::Struct(Structs::Packed(data)) => data.fmt(f),
            Self::Struct(Structs::CountFirst(l)) => shown(f, l),
            Self::Struct(Structs::IdFirst { id, elements }) => {
                write!(f, "{id}: ")?;
                for (i, element) in elements.iter().enumerate() {
                    f.write_str(comma(i))?;
                    members(f, element)?;
                }
                Ok(())
            }
        }?;
        f.write_str("]")
    }
}

fn members(f: &mut Formatter<'_>, members: &[Member]) -> fmt::Result {
    f.write_str("{")?;
    for (i, member) in members.iter().enumerate() {
        write!(f, "{}{}: {}", comma(i), member.id, member.value)?;
    }
    f.write_str("}")
}

impl Display for Struct {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.body {
            Body::Members(list) => {
                write!(f, "Struct {} ", self.id)?;
                members(f, list)
            }
            Body::Packed(packed) => {
                write!(f, "Struct {:08X} packed {}", self.id, Octets(&packed.octets))?;
                write!(f, " (interface {:016x}, transport {:x})", packed.timestamp, packed.transport)
            }
        }
    }
}

impl Display for Blob {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Octets(octets) => Octets(octets).fmt(f),
            Self::RootOne(octets) => write!(f, "root 1 {}", Octets(octets)),
            Self::Rooted(rooted) => {
                write!(f, "root {} ", rooted.root)?;
                match &rooted.content {
                    RootedContent::Members(list) => members(f, list),
                    RootedContent::Octets2(octets) => write!(f, "kind 2 {}", Octets(octets)),
                    RootedContent::Octets3(octets) => write!(f, "kind 3 {}", Octets(octets)),
                }
            }
        }
    }
}

impl Display for Text {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.as_str() {
            Some(text) => write!(f, "{text:?}"),
            None => write!(f, "no UTF-8: {}", Octets(&self.0)),
        }
    }
}

/// How many octets, and which.
struct Octets<'a>(&'a [u8]);

impl Display for Octets<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} octets", self.0.len())?;
        if !self.0.is_empty() {
            f.write_str(" ")?;
        }
        self.0.iter().try_for_each(|octet| write!(f, "{octet:02x}"))
    }
}
