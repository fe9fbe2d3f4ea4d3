//! What is told to who explores: a part at a time, so that a program of tens of megabytes is never put together in memory.
use super::objects::{self, Child, PROGRAM, TYPES, program_object, type_object};
use super::{Types, content};
use crate::plc::Plc;
use hepta_proto::plus::message::ask::Explore;
use hepta_proto::plus::object::{Element, Object, Tag};
use hepta_proto::plus::value::{Array, Data, Value};
use hepta_proto::plus::{ErrorCode, ReturnValue, Rid};
use hepta_proto::wire::Wire as _;
use std::collections::VecDeque;
use std::sync::Arc;

/// Ids of a filter: struct, operation, how many addresses, addresses, value.
const FILTER: u32 = 1246;
const FILTER_OPERATION: u32 = 1247;
const FILTER_ADDRESSES: u32 = 1249;
const FILTER_ADDRESS: u32 = 1250;
const FILTER_VALUE: u32 = 1251;

/// Operations: comparisons of an attribute, and of the class.
const EQUAL: i32 = 1;
const UNEQUAL: i32 = 2;
const LESS: i32 = 3;
const LESS_OR_EQUAL: i32 = 4;
const GREATER: i32 = 5;
const GREATER_OR_EQUAL: i32 = 6;
const INSTANCE_OF: i32 = 8;

/// The objects that an exploration is answered with, one after the other. It holds the program as it was when it was asked
/// for, by reference.
#[derive(Debug)]
pub struct Exploration {
    start: u32,
    /// Objects that are open around what follows, with their attributes; the innermost last.
    around: VecDeque<Object>,
    open: usize,
    children: Children,
    wanted: Box<[u32]>,
    filter: Option<Filter>,
    /// When the program was changed last, for who asks.
    changed: Option<Value>,
}

#[derive(Debug)]
enum Children {
    None,
    Blocks(VecDeque<Child>),
    Types(Arc<Types>, usize),
    Objects(VecDeque<Object>),
}

/// What an object must be like.
#[derive(Clone, Debug)]
enum Filter {
    Class(u32),
    Attribute { operation: i32, id: u32, value: Value },
}

impl Plc {
    /// Answers an exploration: of an object that is there what was asked for, as a list of octets to be taken bit by bit.
    ///
    /// Filters by class and by comparison of an attribute are answered with a flat list; others are refused.
    pub fn explore(&self, ask: &Explore<'_>) -> Result<Exploration, ReturnValue> {
        let mut filters = ask.filters.iter();
        let filter = filters.next().map(Filter::read).transpose()?;
        if filters.next().is_some() {
            return Err(ReturnValue::of(ErrorCode::NotImplemented));
        }
        let (rid, not_found) = (ask.object, ReturnValue::OBJECT_NOT_FOUND);
        // What stands around it, if parents are asked for; itself, if it has others inside; these.
        let (around, object, children, changed): (&[u32], _, _, _) = self.memory(|memory| {
            let program = &memory.program;
            let changed = program.changed().map(|time| Value::new(Data::Timestamp(time)));
            let (around, object, children): (&[u32], _, _) = match rid {
                PROGRAM => (&[], Some(program_object()), Children::Blocks(program.children().into())),
                TYPES => {
                    let object = Object::new(TYPES, objects::CLASS_TYPES);
                    (&[], Some(object), Children::Types(Arc::clone(program.types()), 0))
                }
                content::RID => (&[PROGRAM], None, Children::None),
                _ => match (program.child(rid), program.type_object(rid)) {
                    (Some(child), _) => (&[PROGRAM], None, Children::Blocks([child].into())),
                    (None, Some(object)) => (&[TYPES], None, Children::Objects([object].into())),
                    (None, None) => (&[], None, Children::Objects(VecDeque::new())),
                },
            };
            (around, object, children, changed)
        });
        let children = match children {
            Children::None => Children::Objects([self.content()].into()),
            Children::Objects(objects) if objects.is_empty() => {
                Children::Objects([self.cpu_object(rid).ok_or(not_found)?].into())
            }
            other => other,
        };
        // With parents the answer starts at the root; the container of types says 201 of itself (recorded).
        let start = match rid {
            _ if ask.parents != 0 => Rid::ASRoot.0,
            TYPES => Rid::ObjectRoot.0,
            rid => rid,
        };
        let mut exploration = Exploration {
            start,
            around: VecDeque::new(),
            open: 0,
            children,
            wanted: (&*ask.attributes).into(),
            filter,
            changed,
        };
        if ask.association != 0 {
            // Nothing here is associated with anything.
            exploration.children = Children::None;
            return Ok(exploration);
        }
        if exploration.filter.is_some() {
            if ask.recursive == 0 && object.is_some() {
                exploration.children = Children::None;
            }
            if let Some(object) = object.filter(|object| exploration.fits(object)) {
                exploration.around.push_back(object);
            }
            return Ok(exploration);
        }
        if ask.parents != 0 {
            exploration.around.push_back(Object::new(Rid::ASRoot.0, 0));
            let classes = [(PROGRAM, objects::CLASS_PROGRAM), (TYPES, objects::CLASS_TYPES)];
            let parents = classes.iter().filter(|(rid, _)| around.contains(rid));
            exploration.around.extend(parents.map(|(rid, class)| Object::new(*rid, *class)));
        }
        if object.is_some() && ask.recursive == 0 {
            exploration.children = Children::None;
        }
        exploration.around.extend(object);
        exploration.open = exploration.around.len();
        Ok(exploration)
    }
}

impl Exploration {
    /// The relation id that the answer starts at.
    pub fn start(&self) -> u32 {
        self.start
    }
    /// Appends the next object, or the beginning of one that has others inside. Gives false behind the last.
    pub fn write(&mut self, out: &mut Vec<u8>) -> bool {
        if let Some(around) = self.around.pop_front() {
            let mut object = self.pruned(around);
            if let Some(changed) = self.changed.take_if(|_| object.rid == PROGRAM)
                && self.wanted.contains(&objects::PROGRAM_TIME)
            {
                object = object.with(objects::PROGRAM_TIME, changed);
            }
            object.write(out);
            if self.open > 0 {
                // It is closed behind what stands inside.
                out.pop();
            }
            return true;
        }
        loop {
            let next = match &mut self.children {
                Children::None => None,
                Children::Blocks(blocks) => blocks.pop_front().map(|child| self.child(&child)),
                Children::Types(types, at) => {
                    *at += 1;
                    types.all.get(*at - 1).map(|shape| type_object(shape))
                }
                Children::Objects(objects) => objects.pop_front(),
            };
            match next {
                Some(object) if self.fits(&object) => {
                    self.pruned(object).write(out);
                    return true;
                }
                Some(_) => {}
                None => break,
            }
        }
        out.resize(out.len() + core::mem::take(&mut self.open), Tag::End.0);
        false
    }
    fn fits(&self, object: &Object) -> bool {
        self.filter.as_ref().is_none_or(|filter| filter.fits(object))
    }
    fn child(&self, child: &Child) -> Object {
        let asked = self.wanted.iter().filter_map(|id| Some((*id, child.on_request(*id)?)));
        asked.fold(child.object(), |object, (id, value)| object.with(id, value))
    }
    /// Of an object the attributes that are asked for, if any are.
    fn pruned(&self, mut object: Object) -> Object {
        if !self.wanted.is_empty() {
            let wanted = |id: &u32| self.wanted.contains(id);
            object
                .elements
                .retain(|element| !matches!(element, Element::Attribute { id, .. } if !wanted(id)));
        }
        object
    }
}

impl Filter {
    /// What a filter asks for; what no simple comparison is, is refused.
    fn read(value: &Value) -> Result<Self, ReturnValue> {
        let bad = ReturnValue::of(ErrorCode::InvalidArgumentValue);
        let filter = value.as_struct().filter(|filter| filter.id() == FILTER).ok_or(bad)?;
        let operation = filter.member(FILTER_OPERATION).and_then(Value::as_i32).ok_or(bad)?;
        let count = filter.member(FILTER_ADDRESSES).and_then(Value::as_u32).ok_or(bad)?;
        let value = filter.member(FILTER_VALUE).ok_or(bad)?;
        match (operation, count) {
            (INSTANCE_OF, 0) => value.as_u32().map(Self::Class).ok_or(bad),
            (EQUAL..=GREATER_OR_EQUAL, 1) => {
                let address = filter.member(FILTER_ADDRESS).map(Value::data);
                let Some(Data::Array(Array::UDInt(address))) = address else { return Err(bad) };
                let id = *address.first().ok_or(bad)?;
                Ok(Self::Attribute { operation, id, value: value.clone() })
            }
            _ => Err(ReturnValue::of(ErrorCode::NotImplemented)),
        }
    }
    fn fits(&self, object: &Object) -> bool {
        let Self::Attribute { operation, id, value } = self else {
            return matches!(self, Self::Class(class) if *class == object.class);
        };
        let Some(own) = object.attribute(*id) else { return false };
        // Numbers with numbers, texts with texts.
        let order = match (own.as_u64(), value.as_u64(), own.as_str(), value.as_str()) {
            (Some(own), Some(value), ..) => own.cmp(&value),
            (.., Some(own), Some(value)) => own.cmp(value),
            _ => return false,
        };
        match *operation {
            EQUAL => order.is_eq(),
            UNEQUAL => order.is_ne(),
            LESS => order.is_lt(),
            LESS_OR_EQUAL => order.is_le(),
            GREATER => order.is_gt(),
            _ => order.is_ge(),
        }
    }
}
