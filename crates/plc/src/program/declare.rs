//! Declarations: a data block, its variables, a tag of an area.
use super::fill;
use super::lids::Lids;
use super::plan::Planner;
use super::registry::Registry;
use super::{AREAS, DeclareError, Home, Interface, Kind, Shape};
use hepta_proto::classic::Area;
use hepta_proto::data::{MAX_SIZE, Notes, Struct, Type, Value};
use hepta_proto::plus::typed::Layout;
use std::sync::Arc;

/// Octets of the longest block of a declaration: with optimised access as of an S7-1500, else what addresses reach.
const fn longest(layout: Layout) -> usize {
    match layout {
        Layout::Optimised => MAX_SIZE,
        Layout::Standard => 65_536,
    }
}

/// A variable of a block, or a tag of an area.
///
/// ```
/// use hepta_plc::program::Var;
/// use hepta_proto::data::Type;
/// let speed = Var::new("speed", Type::Real).initial(1.5f32).lid(20).read_only();
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
    /// Most have none.
    pub(super) notes: Option<Box<Notes>>,
}

impl Var {
    /// A variable where it comes to stand, which starts as its type does: 0, an empty text, the first moment of the clock.
    pub fn new(name: impl Into<Arc<str>>, ty: Type) -> Self {
        Self { name: name.into(), ty, initial: None, lid: None, place: None, notes: None }
    }
    /// What it is at first.
    pub fn initial(mut self, value: impl Into<Value>) -> Self {
        self.initial = Some(value.into());
        self
    }
    /// Its local id, from 9 on. Without one it has the next: 9, or one more than that of the variable before.
    pub fn lid(mut self, lid: u32) -> Self {
        self.lid = Some(lid);
        self
    }
    /// Where it stands: octet and bit. Without it, behind the variable before.
    pub fn at(mut self, octet: usize, bit: u8) -> Self {
        self.place = Some((octet, bit));
        self
    }
    /// All else that is said of it: section, retain, who may see and write it, comment.
    pub fn notes(mut self, notes: Notes) -> Self {
        self.notes = (notes != Notes::default()).then(|| Box::new(notes));
        self
    }
    /// Clients may read it and not write it.
    pub fn read_only(self) -> Self {
        self.noted(|notes| notes.writable = false)
    }
    /// It keeps its value without power.
    pub fn retain(self) -> Self {
        self.noted(|notes| notes.retain = true)
    }
    /// What is to be known about it.
    pub fn comment(self, comment: impl Into<Arc<str>>) -> Self {
        self.noted(|notes| notes.comment = Some(comment.into()))
    }
    fn noted(mut self, note: impl FnOnce(&mut Notes)) -> Self {
        note(self.notes.get_or_insert_default());
        self
    }
}

/// What the members of a block come from.
#[derive(Clone, Debug)]
pub(super) enum Of {
    /// Its own variables.
    Vars,
    /// A type: variables only say what its members are at first.
    Type(Struct),
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
    pub(super) name: Arc<str>,
    number: u16,
    pub(super) layout: Layout,
    pub(super) modified: Option<u64>,
    pub(super) of: Of,
    pub(super) vars: Vec<Var>,
    comment: Option<Arc<str>>,
}

impl DataBlock {
    /// A block with optimised access: its variables are found by name alone.
    pub fn optimised(name: impl Into<Arc<str>>, number: u16) -> Self {
        let (name, layout, vars) = (name.into(), Layout::Optimised, Vec::new());
        Self { name, number, layout, modified: None, of: Of::Vars, vars, comment: None }
    }
    /// A block with standard access: its variables have addresses, too.
    pub fn standard(name: impl Into<Arc<str>>, number: u16) -> Self {
        Self { layout: Layout::Standard, ..Self::optimised(name, number) }
    }
    /// Makes it an instance of a function block (a struct of [`Origin::Fb`](hepta_proto::data::Origin::Fb)), or a block of a PLC
    /// data type or of a type that every CPU has: its members are those of the type. [`Self::var`] then says what
    /// they are at first.
    ///
    /// ```
    /// use hepta_plc::{Plc, Profile, program::{DataBlock, Home}};
    /// use hepta_proto::data::{System, Type};
    /// let plc = Plc::new(Profile::s7_1500());
    /// plc.add_program_block(&DataBlock::optimised("Delay", 4).of(System::IecTimer.members()))?;
    /// assert_eq!(plc.interface(Home::Db(4)).map(|delay| delay.type_rid()), Some(0x0200_001f));
    /// # Ok::<(), hepta_plc::Error>(())
    /// ```
    pub fn of(mut self, ty: Struct) -> Self {
        self.of = Of::Type(ty);
        self
    }
    /// When its structure was changed last, in nanoseconds since 1970. Clients take another time for another program; if
    /// nothing is said, it is when the block comes to the CPU.
    pub fn modified(mut self, nanos: u64) -> Self {
        self.modified = Some(nanos);
        self
    }
    /// The comment at its head.
    pub fn comment(mut self, comment: impl Into<Arc<str>>) -> Self {
        self.comment = Some(comment.into());
        self
    }
    /// The next variable, and what it is at first.
    pub fn var(self, name: &str, ty: Type, initial: impl Into<Value>) -> Result<Self, DeclareError> {
        self.with(Var::new(name, ty).initial(initial))
    }
    /// The next variable, with all that is said of it. It is checked here, so that the error is where the mistake is.
    pub fn with(mut self, var: Var) -> Result<Self, DeclareError> {
        let rest = core::mem::replace(&mut self.vars, vec![var]);
        let (registry, lids) = (Registry::default(), Lids::default());
        let checked = self.compile(&mut Planner::new(&registry, &lids, &|_| false, 0));
        let var = core::mem::replace(&mut self.vars, rest);
        self.vars.extend(var);
        checked.map(|_| self)
    }
    /// The same unchecked: all of it is when it comes to the CPU.
    pub(super) fn push(&mut self, var: Var) {
        self.vars.push(var);
    }
    /// Its number.
    pub fn number(&self) -> u16 {
        self.number
    }
    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The places, and the octets at first.
    pub(super) fn compile(&self, planner: &mut Planner<'_>) -> Result<(Interface, Vec<u8>), DeclareError> {
        let Self { name, number, layout, vars, .. } = self;
        if name.is_empty() || name.contains('"') || name.contains(char::is_control) {
            return Err(DeclareError::Type(hepta_proto::data::TypeFault::Name(name.to_string())));
        }
        let shape = planner.block(self)?;
        let size = shape.size(*layout);
        let most = longest(*layout);
        if size > most {
            return Err(DeclareError::Size { number: *number, octets: size, most });
        }
        let mut octets = vec![0; size];
        let mut initial: Vec<Option<&Value>> = vec![None; shape.members.len()];
        match &self.of {
            Of::Vars => initial = vars.iter().map(|var| var.initial.as_ref()).collect(),
            Of::Type(of) => {
                for var in vars {
                    let at = shape.members.iter().position(|member| member.name == var.name);
                    let place =
                        at.and_then(|at| initial.get_mut(at)).ok_or_else(|| DeclareError::NoMember {
                            name: Arc::clone(&var.name),
                            ty: of.origin().name().unwrap_or_default().into(),
                        })?;
                    *place = var.initial.as_ref();
                }
            }
        }
        fill::members(&mut octets, &shape, *layout, |i, _| initial.get(i).copied().flatten())?;
        let interface = Interface {
            name: name.clone(),
            home: Home::Db(*number),
            layout: *layout,
            shape,
            initial: Some(octets.clone().into()),
            comment: self.comment.clone(),
            changed: Some(self.modified.unwrap_or(planner.now)),
        };
        Ok((interface, octets))
    }
}

impl Interface {
    /// A block of which nothing but its number is known.
    pub(crate) fn of_block(
        number: u16,
        layout: Layout,
        size: usize,
        initial: Option<Box<[u8]>>,
        now: u64,
    ) -> Self {
        let rid = 0x9200_0000 | u32::from(number);
        let shape = Shape { modified: Some(now), ..Shape::empty(rid, Kind::Block(layout), size) };
        let (name, home) = (format!("DB{number}").into(), Home::Db(number));
        Self { name, home, layout, shape: Arc::new(shape), initial, comment: None, changed: Some(now) }
    }
    /// An area without tags yet.
    pub(crate) fn of_area(area: Area) -> Option<Self> {
        let ids = AREAS.iter().find(|ids| ids.area == area)?;
        let shape = Arc::new(Shape::empty(ids.type_rid, Kind::Block(Layout::Standard), 0));
        let (layout, name, home) = (Layout::Standard, ids.name.into(), Home::Area(area));
        Some(Self { name, home, layout, shape, initial: None, comment: None, changed: None })
    }
}

/// Data blocks one after the other, as a builder declares them: each with the next number, optimised unless said otherwise.
/// What is wrong is told when they come to a CPU.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct Blocks {
    pub(crate) all: Vec<DataBlock>,
    /// The first mistake.
    pub(crate) fault: Option<DeclareError>,
}

impl Blocks {
    /// Begins a block with optimised access and the next number.
    pub fn db(self, name: impl Into<Arc<str>>) -> Self {
        self.db_after(name, 0)
    }
    /// The same, with a number above `last` at least.
    pub fn db_after(mut self, name: impl Into<Arc<str>>, last: u16) -> Self {
        let last = self.all.iter().map(DataBlock::number).max().unwrap_or(0).max(last);
        self.all.push(DataBlock::optimised(name, last.saturating_add(1)));
        self
    }
    /// Adds a block that is declared, in whichever way.
    pub fn block(mut self, block: DataBlock) -> Self {
        self.all.push(block);
        self
    }
    /// The next variable of the block that was begun last, and what it is at first.
    pub fn var(self, name: &str, ty: Type, initial: impl Into<Value>) -> Self {
        self.with(Var::new(name, ty).initial(initial))
    }
    /// The next variable of the block that was begun last.
    pub fn with(mut self, var: Var) -> Self {
        match self.all.last_mut() {
            Some(block) => block.push(var),
            None => {
                self.fault.get_or_insert(DeclareError::NoBlock(var.name));
            }
        }
        self
    }
}
