//! Members of types as people read them: `LID 11 INT[3] from 1 at 50, classic 46 (crc df47457a, attributes aac0, bits 00)`.
use super::{Bounds, OffsetInfo, Place, Relation, Vartype};
use core::fmt::{self, Display, Formatter};

impl Display for Vartype {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "LID {:X} {}{}", self.lid, self.soft_type, self.offset)?;
        write!(f, " (crc {:08x}, attributes {:04x}, bits {:02x})", self.crc, self.attributes.0, self.bits.0)
    }
}

impl Display for OffsetInfo {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain { optimised, classic } => write!(f, " at {optimised}, classic {classic}"),
            Self::String(place) => write!(f, "[{}]{place}", place.a),
            Self::Array(place, bounds) | Self::Matrix(place, bounds, _) => write!(f, "{bounds}{place}"),
            Self::Struct(place, relation) | Self::Fb(place, relation, _) => write!(f, "{relation}{place}"),
            Self::StructArray(place, bounds, _, relation)
            | Self::StructMatrix(place, bounds, _, _, relation) => {
                write!(f, "{bounds}{relation}{place}")
            }
            Self::FbArray(array) => write!(f, "[{}]{}{}", array.count, array.relation, array.place),
        }
    }
}

impl Display for Place {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, " at {}, classic {}", self.optimised, self.classic)
    }
}

impl Display for Bounds {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "[{}] from {}", self.count, self.lower)
    }
}

impl Display for Relation {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, " of type {:08X}", self.rid)
    }
}
