//! Where the members of a struct or block stand, by the rules of standard (non-optimised) access.
//!
//! - A `BOOL` takes the next bit; after bits, the next octet is a new one.
//! - `BYTE`, `CHAR`, `SINT` and `USINT` take the next octet.
//! - All else starts at the next even octet: words and larger, strings, arrays and structs.
//! - After an array or a struct the next member starts at an even offset too, and a struct's size is even. A single octet
//!   after a string of odd size stands right behind it (not compared with a device yet).
//!
//! Where an export of TIA Portal gives the offsets, [`Struct::placed`] takes these instead.
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;

use super::interface::{Field, Notes, Origin, System};
use super::types::{MAX_DEPTH, MAX_SIZE, Type, TypeFault, write_name};

/// Named members in their order, each with its place.
///
/// ```
/// use hepta_proto::data::{Struct, Type};
/// let motor = Struct::new([("on", Type::Bool), ("fault", Type::Bool), ("speed", Type::Real)])?;
/// let places: Vec<_> = motor.members().iter().map(|m| (m.name(), m.offset(), m.bit())).collect();
/// assert_eq!(places, [("on", 0, 0), ("fault", 0, 1), ("speed", 2, 0)]);
/// assert_eq!(motor.size(), 6);
/// # Ok::<(), hepta_proto::data::TypeFault>(())
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Struct(Arc<Inner>);

#[derive(Debug, Eq, PartialEq)]
struct Inner {
    origin: Origin,
    members: Vec<Member>,
    size: usize,
    depth: usize,
}

/// A member of a struct.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Member {
    name: Arc<str>,
    ty: Type,
    offset: usize,
    bit: u8,
    /// Most members have nothing said of them.
    notes: Option<Arc<Notes>>,
}

impl Member {
    /// Its name, without quotes.
    pub fn name(&self) -> &str {
        &self.name
    }
    /// Its type.
    pub fn ty(&self) -> &Type {
        &self.ty
    }
    /// Where it starts in the struct, in octets.
    pub fn offset(&self) -> usize {
        self.offset
    }
    /// The bit it starts at, 0 to 7; 0 for all but `BOOL`.
    pub fn bit(&self) -> u8 {
        self.bit
    }
    /// What else is said of it; `None` if nothing is: see [`Notes::default`].
    pub fn notes(&self) -> Option<&Notes> {
        self.notes.as_deref()
    }
    pub(super) fn shared_name(&self) -> Arc<str> {
        self.name.clone()
    }
}

impl Struct {
    /// The struct of these members, one after the other by the rules above.
    pub fn new<N: Into<Arc<str>>>(members: impl IntoIterator<Item = (N, Type)>) -> Result<Self, TypeFault> {
        Self::of(Origin::Anonymous, members.into_iter().map(|(name, ty)| Field::new(name, ty)))
    }
    /// The same with all that an interface says: where the struct comes from, sections, comments.
    ///
    /// ```
    /// use hepta_proto::data::{Field, Notes, Origin, Struct, Type};
    /// let mut speed = Field::new("speed", Type::Real);
    /// speed.notes.comment = Some("rounds per minute".into());
    /// let motor = Struct::of(Origin::Udt("Motor".into()), [speed])?;
    /// assert_eq!(Type::Struct(motor).to_string(), "\"Motor\"");
    /// # Ok::<(), hepta_proto::data::TypeFault>(())
    /// ```
    pub fn of(origin: Origin, members: impl IntoIterator<Item = Field>) -> Result<Self, TypeFault> {
        let mut next = Next::default();
        let mut placed = Vec::new();
        for Field { name, ty, notes } in members {
            let (offset, bit) = next.place(&ty)?;
            let notes = (notes != Notes::default()).then(|| Arc::new(notes));
            placed.push(Member { name, ty, offset, bit, notes });
        }
        let size = next.octet().next_multiple_of(2);
        Self::checked(origin, placed, size)
    }
    /// A system type, whose members are known to fit.
    pub(super) fn system(system: System, members: Vec<(&str, Type)>) -> Self {
        let fields = members.into_iter().map(|(name, ty)| Field::new(name, ty));
        let empty = Inner { origin: Origin::System(system), members: Vec::new(), size: 0, depth: 1 };
        Self::of(Origin::System(system), fields).unwrap_or_else(|_| Self(Arc::new(empty)))
    }
    /// The struct of members whose places are known: name, type, octet, bit. `size` is the whole, in octets.
    ///
    /// For what an export of TIA Portal says, or a part of a block; members may overlap, as with `AT`.
    pub fn placed<N: Into<Arc<str>>>(
        members: impl IntoIterator<Item = (N, Type, usize, u8)>,
        size: usize,
    ) -> Result<Self, TypeFault> {
        let place = |(name, ty, offset, bit): (N, Type, usize, u8)| Member {
            name: name.into(),
            ty,
            offset,
            bit,
            notes: None,
        };
        Self::checked(Origin::Anonymous, members.into_iter().map(place).collect(), size)
    }

    fn checked(origin: Origin, members: Vec<Member>, size: usize) -> Result<Self, TypeFault> {
        if size > MAX_SIZE {
            return Err(TypeFault::TooLarge);
        }
        let mut names: Vec<&str> = members.iter().map(Member::name).collect();
        names.sort_unstable();
        if let Some((name, _)) = names.iter().zip(names.iter().skip(1)).find(|(a, b)| a == b) {
            return Err(TypeFault::Twice(String::from(*name)));
        }
        for member in &members {
            if member.name.is_empty() || member.name.contains('"') {
                return Err(TypeFault::Name(String::from(member.name())));
            }
            let end = member.offset.checked_mul(8).and_then(|at| at.checked_add(usize::from(member.bit)));
            let end = end.and_then(|at| at.checked_add(member.ty.bits()));
            let aligned = member.bit == 0 || (member.bit <= 7 && member.ty.is_bits());
            if !aligned || end.is_none_or(|end| end > 8 * size) {
                return Err(TypeFault::Place(String::from(member.name())));
            }
        }
        let depth = 1 + members.iter().map(|m| m.ty.depth()).max().ok_or(TypeFault::Empty)?;
        if depth > MAX_DEPTH {
            Err(TypeFault::TooDeep)
        } else {
            Ok(Self(Arc::new(Inner { origin, members, size, depth })))
        }
    }
    /// What it is to the program: named, or where it stands.
    pub fn origin(&self) -> &Origin {
        &self.0.origin
    }
    /// The members, in their order.
    pub fn members(&self) -> &[Member] {
        &self.0.members
    }
    /// The member of this name; letters count as they are written.
    pub fn member(&self, name: &str) -> Option<&Member> {
        self.0.members.iter().find(|m| m.name() == name)
    }
    /// The octets that it takes.
    pub fn size(&self) -> usize {
        self.0.size
    }
    pub(super) fn depth(&self) -> usize {
        self.0.depth
    }
}

/// `STRUCT a : INT; b : BOOL; END_STRUCT`, without the places; of a named type its name: `"Motor"`, `IEC_TIMER`.
impl fmt::Display for Struct {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0.origin {
            Origin::Udt(name) | Origin::Fb(name) => return write!(f, "\"{name}\""),
            Origin::System(system) => return f.write_str(system.name()),
            Origin::Anonymous => {}
        }
        f.write_str("STRUCT ")?;
        for member in self.members() {
            write_name(f, member.name())?;
            write!(f, " : {}; ", member.ty)?;
        }
        f.write_str("END_STRUCT")
    }
}

/// The first free bit, counted from the start of the struct.
#[derive(Default)]
struct Next(usize);

impl Next {
    fn octet(&self) -> usize {
        self.0.div_ceil(8)
    }
    fn place(&mut self, ty: &Type) -> Result<(usize, u8), TypeFault> {
        if *ty == Type::Bool {
            let at = (self.0 / 8, u8::try_from(self.0 % 8).unwrap_or_default());
            self.0 += 1;
            return Ok(at);
        }
        let offset = if ty.is_even() { self.octet().next_multiple_of(2) } else { self.octet() };
        let end = offset + ty.size();
        // Each type ends below MAX_SIZE, and so did the members before: no sum here can wrap.
        if end > MAX_SIZE {
            return Err(TypeFault::TooLarge);
        }
        let whole = matches!(ty, Type::Array(_) | Type::Struct(_));
        self.0 = 8 * if whole { end.next_multiple_of(2) } else { end };
        Ok((offset, 0))
    }
}
