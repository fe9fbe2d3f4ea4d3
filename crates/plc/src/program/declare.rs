//! Declarations: a data block, its variables, a tag of an area.
use super::plan::{self, Place, Rids};
use super::{AREAS, FIRST_LID, Home, Interface, Shape};
use core::fmt;
use hepta_proto::classic::Area;
use hepta_proto::data::{EncodeError, Type, TypeFault, Value};
use hepta_proto::plus::typed::Layout;
use std::sync::Arc;

/// Octets of the longest block of a declaration.
const LONGEST: usize = 65_536;

/// A variable of a block, or a tag of an area.
///
/// ```
/// use hepta_plc::program::Var;
/// use hepta_proto::data::Type;
/// let speed = Var::new("speed", Type::Real).initial(1.5f32).lid(20);
/// # let _ = speed;
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Var {
    pub(super) name: Arc<str>,
    pub(super) ty: Type,
    pub(super) initial: Option<Value>,
    pub(super) lid: Option<u32>,
    pub(super) place: Option<(usize, u8)>,
}

impl Var {
    /// A variable where it comes to stand, which starts as its type does: 0, an empty text, the first moment of the clock.
    pub fn new(name: impl Into<Arc<str>>, ty: Type) -> Self {
        Self { name: name.into(), ty, initial: None, lid: None, place: None }
    }
    /// What it is at first.
    pub fn initial(mut self, value: impl Into<Value>) -> Self {
        self.initial = Some(value.into());
        self
    }
    /// Its local id. Without one it has the next: 9, or one more than that of the variable before.
    pub fn lid(mut self, lid: u32) -> Self {
        self.lid = Some(lid);
        self
    }
    /// Where it stands: octet and bit. Without it, behind the variable before.
    pub fn at(mut self, octet: usize, bit: u8) -> Self {
        self.place = Some((octet, bit));
        self
    }
}

/// The declaration of a data block.
///
/// ```
/// use hepta_plc::program::DataBlock;
/// use hepta_plc::{Plc, Profile};
/// use hepta_proto::data::Type;
///
/// let plc = Plc::new(Profile::s7_1500());
/// let block = DataBlock::optimised("Demo", 1).var("bo", Type::Bool, true)?.var("s", Type::String(10), "Hello")?;
/// plc.add_program_block(&block)?;
/// assert_eq!(plc.blocks(), [(1, 13)]);
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct DataBlock {
    name: Arc<str>,
    number: u16,
    layout: Layout,
    modified: Option<u64>,
    vars: Vec<Var>,
}

impl DataBlock {
    /// A block with optimised access: its variables are found by name alone.
    pub fn optimised(name: impl Into<Arc<str>>, number: u16) -> Self {
        Self { name: name.into(), number, layout: Layout::Optimised, modified: None, vars: Vec::new() }
    }
    /// A block with standard access: its variables have addresses, too.
    pub fn standard(name: impl Into<Arc<str>>, number: u16) -> Self {
        Self { layout: Layout::Standard, ..Self::optimised(name, number) }
    }
    /// When its structure was changed last, in nanoseconds since 1970. Clients take another time for another program.
    pub fn modified(mut self, nanos: u64) -> Self {
        self.modified = Some(nanos);
        self
    }
    /// The next variable, and what it is at first.
    pub fn var(self, name: &str, ty: Type, initial: impl Into<Value>) -> Result<Self, DeclareError> {
        self.with(Var::new(name, ty).initial(initial))
    }
    /// The next variable, with all that is said of it. It is checked here, so that the error is where the mistake is.
    pub fn with(mut self, var: Var) -> Result<Self, DeclareError> {
        let rest = core::mem::replace(&mut self.vars, vec![var]);
        let checked = self.compile();
        let var = core::mem::replace(&mut self.vars, rest);
        self.vars.extend(var);
        checked.map(|_| self)
    }
    /// Its number.
    pub fn number(&self) -> u16 {
        self.number
    }

    /// The places, and the octets at first.
    pub(crate) fn compile(&self) -> Result<(Interface, Vec<u8>), DeclareError> {
        let Self { name, number, layout, modified, vars } = self;
        let rid = 0x9200_0000 | u32::from(*number);
        let mut shape = if vars.is_empty() {
            Shape { rid, align: 1, ..Shape::default() }
        } else {
            plan::shape(rid, vars, *layout, &mut Rids { number: *number, used: 0 })?
        };
        shape.modified = *modified;
        if shape.size > LONGEST {
            return Err(DeclareError::Size { number: *number, octets: shape.size });
        }
        let mut octets = vec![0; shape.size];
        for (member, var) in shape.members.iter().zip(vars) {
            plan::fill(&mut octets, member, var.initial.as_ref(), *layout)?;
        }
        let interface = Interface {
            name: name.clone(),
            home: Home::Db(*number),
            layout: *layout,
            shape,
            initial: Some(octets.clone().into()),
        };
        Ok((interface, octets))
    }
}

impl Interface {
    /// A block of which nothing but its number is known.
    pub(crate) fn of_block(number: u16, layout: Layout, size: usize, initial: Option<Box<[u8]>>) -> Self {
        let rid = 0x9200_0000 | u32::from(number);
        let shape = Shape { rid, size, classic: size, align: 1, ..Shape::default() };
        let name = format!("DB{number}").into();
        Self { name, home: Home::Db(number), layout, shape, initial }
    }
    /// An area without tags yet.
    pub(crate) fn of_area(area: Area) -> Option<Self> {
        let ids = AREAS.iter().find(|ids| ids.area == area)?;
        let shape = Shape { rid: ids.type_rid, align: 1, ..Shape::default() };
        let home = Home::Area(area);
        let (layout, name) = (Layout::Standard, ids.name.into());
        Some(Self { name, home, layout, shape, initial: None })
    }
    /// Adds a tag, and gives its LID. `size` is that of the area, in octets.
    pub(crate) fn add_tag(&mut self, var: &Var, size: usize) -> Result<u32, DeclareError> {
        let name = || var.name.clone();
        let (offset, bit) = var.place.ok_or_else(|| DeclareError::NoPlace(name()))?;
        if var.name.is_empty() || var.name.contains('"') {
            return Err(DeclareError::Type(TypeFault::Name(var.name.to_string())));
        }
        if self.shape.members.iter().any(|member| member.name == var.name) {
            return Err(DeclareError::Type(TypeFault::Twice(var.name.to_string())));
        }
        if bit > 7 || (bit > 0 && !var.ty.is_bits()) {
            return Err(DeclareError::Bit { name: name(), bit });
        }
        if matches!(plan::core_type(&var.ty), Type::Struct(_)) {
            return Err(DeclareError::StructTag(name()));
        }
        let end = offset.checked_add((usize::from(bit) + var.ty.bits()).div_ceil(8));
        if end.is_none_or(|end| end > size) {
            return Err(DeclareError::Outside { name: name(), octet: offset, size });
        }
        let next = self.shape.by_lid.last().map_or(FIRST_LID, |(lid, _)| lid.saturating_add(1));
        let lid = var.lid.unwrap_or(next);
        if self.shape.member(lid).is_some() {
            return Err(DeclareError::Lid(lid));
        }
        let place = Place { offset, bit, classic: offset };
        let member = plan::member(var, lid, place, self.layout, &mut Rids { number: 0, used: 0 })?;
        self.shape.members.push(member);
        self.shape.by_lid = plan::index(&self.shape.members);
        Ok(lid)
    }
}

/// A declaration that cannot be.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum DeclareError {
    /// A type, a name, or the members together.
    Type(TypeFault),
    /// The first value is none of the type.
    Value(EncodeError),
    /// The same of one of the members.
    Within {
        /// The member.
        name: Arc<str>,
        /// What is wrong.
        why: Box<Self>,
    },
    /// Two members have one LID.
    Lid(u32),
    /// A bit that the variable cannot start at.
    Bit {
        /// The variable.
        name: Arc<str>,
        /// The bit.
        bit: u8,
    },
    /// More structs than a block can have.
    Structs,
    /// The block is longer than a block can be.
    Size {
        /// Its number.
        number: u16,
        /// The octets that it takes.
        octets: usize,
    },
    /// A tag without a place.
    NoPlace(Arc<str>),
    /// A tag behind the end of its area.
    Outside {
        /// The tag.
        name: Arc<str>,
        /// Where it starts.
        octet: usize,
        /// Octets of the area.
        size: usize,
    },
    /// A tag that is a struct.
    StructTag(Arc<str>),
    /// An area that this CPU does not have, or that has no tags.
    NoArea(Area),
}

impl core::error::Error for DeclareError {}

impl fmt::Display for DeclareError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Type(why) => why.fmt(f),
            Self::Value(why) => why.fmt(f),
            Self::Within { name, why } => write!(f, "{name}: {why}"),
            Self::Lid(lid) => write!(f, "the LID {lid} is taken: leave it out, or choose another"),
            Self::Bit { name, bit } => {
                write!(
                    f,
                    "{name:?} cannot start at bit {bit}: in blocks with standard access BOOL starts at 0 to 7, all else at 0"
                )
            }
            Self::Structs => f.write_str("a block has 255 structs without a type of their own at most"),
            Self::Size { number, octets } => {
                write!(f, "DB{number} would have {octets} octets, and a data block has {LONGEST} at most")
            }
            Self::NoPlace(name) => write!(f, "the tag {name:?} has no place: give it one with `at`"),
            Self::Outside { name, octet, size } => {
                write!(
                    f,
                    "the tag {name:?} starts at {octet} and ends behind its area, which has {size} octets"
                )
            }
            Self::StructTag(name) => write!(f, "the tag {name:?} is a struct: tags are of simple types"),
            Self::NoArea(area) => write!(f, "this CPU has no area {area} for tags"),
        }
    }
}
