//! Objects of the CPU that have no symbols: limits, state, protection, and their attributes.
//!
//! | object | attribute | is |
//! |---|---|---|
//! | 201 root | 1037, 1081 | limits and what is free of them, sparse by LID |
//! | 50 CPU common | 233, 3451 | its name; RUN 8, STOP 4 |
//! | 3 program, blocks, types | 233, 529, 1502, 2521, 2523, 4288, 7730, 7733 | names, times, sizes: see `program` |
//! | 52 execution unit | 2167, 2237 | the state that is asked for: RUN 3, STOP 1; the state, as a struct |
use crate::changes::Who;
use crate::plc::{Plc, State};
use crate::program::refused;
use hepta_proto::plus::object::Object;
use hepta_proto::plus::value::{Data, Member, Sparse, Struct, ValueType};
use hepta_proto::plus::{ItemAddress, ReturnValue, Value};

/// Objects.
const ROOT: u32 = 201;
const CPU_COMMON: u32 = 50;
const EXECUTION_UNIT: u32 = 52;

/// Attributes.
const NAME: u32 = 233;
const SYSTEM_LIMITS: u32 = 1037;
const FREE_ITEMS: u32 = 1081;
const STATE_REQUEST: u32 = 2167;
const STATE_RECORD: u32 = 2237;
const STATE_STRUCT: u32 = 3481;
const STATE_OWN: u32 = 3482;
const STATE_OPERATING: u32 = 3486;
const STATE: u32 = 3451;

/// What is asked for by attribute 2167.
const STOP: i32 = 1;
const RUN: i32 = 3;

impl Plc {
    /// An attribute of an object: [`Plc::read_item`] takes it apart by key, if it is sparse.
    ///
    /// The free amounts are the limits: what a server takes of them is its own.
    pub fn attribute(&self, object: u32, attribute: u32) -> Result<Value, ReturnValue> {
        let (limits, state) = (self.profile().plus, self.state());
        let by_lid = |of: &[(u32, i32)]| {
            // Keys are one more than LIDs: 0 ends the list.
            let elements = of.iter().map(|(lid, value)| (lid + 1, Data::DInt(*value))).collect();
            Sparse::new(ValueType::DInt, elements).map(Value::from).ok_or(refused::ATTRIBUTE)
        };
        let first = [(0, limits.subscriptions), (1, limits.attributes), (2, limits.memory)];
        Ok(match (object, attribute) {
            (ROOT, SYSTEM_LIMITS) => {
                by_lid(&[first.as_slice(), &[(1000, limits.read), (1001, limits.write)]].concat())?
            }
            (ROOT, FREE_ITEMS) => by_lid(&first)?,
            (CPU_COMMON, NAME) => Value::text(&self.profile().identity.station),
            (CPU_COMMON, STATE) => Value::from(operating(state)),
            (EXECUTION_UNIT, STATE_REQUEST) => Value::from(if state == State::Run { RUN } else { STOP }),
            (EXECUTION_UNIT, STATE_RECORD) => {
                let state = [STATE_OWN, STATE_OPERATING].map(|id| Member::new(id, operating(state)));
                Struct::new(STATE_STRUCT, state.into()).into()
            }
            (ROOT | CPU_COMMON | EXECUTION_UNIT, _) => return Err(refused::ATTRIBUTE),
            _ => return self.memory(|memory| memory.program.attribute(object, attribute)),
        })
    }
    /// One of these objects with all its attributes. No source has their classes; they are 0 here.
    pub(crate) fn cpu_object(&self, rid: u32) -> Option<Object> {
        let ids: &[u32] = match rid {
            ROOT => &[SYSTEM_LIMITS, FREE_ITEMS],
            CPU_COMMON => &[NAME, STATE],
            EXECUTION_UNIT => &[STATE_RECORD],
            _ => return None,
        };
        let values = ids.iter().filter_map(|id| Some((*id, self.attribute(rid, *id).ok()?)));
        Some(values.fold(Object::new(rid, 0), |object, (id, value)| object.with(id, value)))
    }
    /// Writes an attribute: of the execution unit the state that is asked for.
    pub fn set_attribute(
        &self,
        who: Who,
        object: u32,
        attribute: u32,
        value: &Value,
    ) -> Result<(), ReturnValue> {
        match (object, attribute, value.data()) {
            (EXECUTION_UNIT, STATE_REQUEST, Data::DInt(RUN)) => self.go(who, State::Run),
            (EXECUTION_UNIT, STATE_REQUEST, Data::DInt(STOP)) => self.go(who, State::Stop),
            (EXECUTION_UNIT, STATE_REQUEST, Data::DInt(_)) => return Err(refused::RANGE),
            (EXECUTION_UNIT, STATE_REQUEST, _) => return Err(refused::CONVERSION),
            _ => return Err(self.attribute(object, attribute).err().unwrap_or(refused::READ_ONLY)),
        }
        Ok(())
    }

    /// The same as an item: LIDs are keys of a sparse attribute.
    pub(crate) fn read_attribute(&self, address: &ItemAddress) -> Result<Value, ReturnValue> {
        let value = self.attribute(address.area, address.sub_area)?;
        match (value.as_sparse(), &*address.lids) {
            (_, []) => Ok(value),
            (Some(items), [lid]) => {
                let item = lid.checked_add(1).and_then(|key| items.element(key));
                item.cloned().map(Value::new).ok_or(refused::LID)
            }
            _ => Err(refused::LID),
        }
    }
    pub(crate) fn write_attribute(
        &self,
        who: Who,
        address: &ItemAddress,
        value: &Value,
    ) -> Result<(), ReturnValue> {
        match &*address.lids {
            [] => self.set_attribute(who, address.area, address.sub_area, value),
            _ => Err(self.read_attribute(address).err().unwrap_or(refused::READ_ONLY)),
        }
    }
}

/// The operating state, as an S7-1511 numbers it.
const fn operating(state: State) -> i32 {
    match state {
        State::Run => 8,
        State::Stop => 4,
    }
}
