//! Many variables, looked up once.
use super::Quality;
use super::shape::{Bits, Form, Part, Tag, Whole};
use crate::data::{self, EncodeError, Options, Type};
use crate::plus::address::ItemAddress;
use crate::plus::op::Item;
use crate::plus::outcome::ReturnValue;
use crate::plus::tags::{ItemError, Writes};
use crate::plus::typed;
use crate::plus::value::Value;
use alloc::boxed::Box;
use alloc::collections::BTreeSet;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

/// What the CPU has answered to one item.
pub type Answer = Result<Value, ReturnValue>;

/// What became of one variable that was read.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Reading {
    /// Its value, or why there is none: of what is put together, of the first part that has none.
    pub value: Result<data::Value, ItemError>,
    /// How good that is.
    pub quality: Quality,
}

impl Reading {
    /// Of this value.
    pub const fn new(value: Result<data::Value, ItemError>) -> Self {
        Self { quality: Quality::of(&value), value }
    }
}

/// Variables that were looked up, in the caller's order, to be read and written as often as wanted.
///
/// What could not be looked up keeps its place, and its reading is why.
#[derive(Clone, Debug, Default)]
pub struct Tags {
    entries: Vec<Entry>,
    /// What the entries are put together of, one after the other.
    parts: Vec<Part>,
    /// What is asked for, for all parts, one after the other.
    items: Vec<ItemAddress>,
    /// When the interfaces of packed structs were changed, by their ids: the same for all variables of a CPU.
    stamps: Vec<(u32, u64)>,
    options: Options,
}

#[derive(Clone, Debug)]
struct Entry {
    name: Arc<str>,
    form: Result<Form, ItemError>,
    /// Behind its last part.
    end: usize,
}

/// What is asked for besides, to know how the rest is to be asked for.
#[derive(Clone, Debug)]
pub struct Look {
    items: Vec<ItemAddress>,
    /// Which of the parts each of them is of.
    parts: Vec<usize>,
    /// Elements are asked for, of arrays that were refused.
    elements: bool,
}

/// What was learned of a CPU by reading: for sets that are made later.
#[derive(Clone, Debug, Default)]
pub struct Known {
    stamps: Vec<(u32, u64)>,
    /// Arrays that it does not give whole.
    one_by_one: BTreeSet<(u32, Vec<u32>)>,
}

fn key(item: &ItemAddress) -> (u32, Vec<u32>) {
    (item.area, item.lids.to_vec())
}

impl Look {
    fn at(elements: bool) -> Self {
        Self { items: Vec::new(), parts: Vec::new(), elements }
    }
    /// What to ask for.
    pub fn items(&self) -> &[ItemAddress] {
        &self.items
    }
    fn push(&mut self, item: ItemAddress, part: usize) {
        self.items.push(item);
        self.parts.push(part);
    }
    fn some(self) -> Option<Self> {
        (!self.items.is_empty()).then_some(self)
    }
}

impl Tags {
    /// Of these variables, or of names that are none and why. `options` says what the octets of texts mean.
    pub fn new(tags: impl IntoIterator<Item = Result<Tag, (Arc<str>, ItemError)>>, options: Options) -> Self {
        let mut parts = Vec::new();
        let entry = |tag| {
            let (name, form) = match tag {
                Ok(Tag { name, shape }) => (name, Ok(Form::of(shape, &mut parts))),
                Err((name, why)) => (name, Err(why)),
            };
            Entry { name, form, end: parts.len() }
        };
        let entries = tags.into_iter().map(entry).collect();
        let mut set = Self { entries, parts, options, ..Self::default() };
        set.plan();
        set
    }
    /// How many.
    pub fn len(&self) -> usize {
        self.entries.len()
    }
    /// Is there none?
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
    /// Their names, each with the reason why there is no such variable, if there is none.
    pub fn names(&self) -> impl ExactSizeIterator<Item = (&str, Option<&ItemError>)> {
        self.entries.iter().map(|entry| (&*entry.name, entry.form.as_ref().err()))
    }
    /// What to ask the CPU for, to read all of them.
    pub fn items(&self) -> &[ItemAddress] {
        &self.items
    }
    /// Takes a variable of one value for one of another type than the program says, as some users know better: a `TIME` for what is
    /// a `DINT` there. What is put together of several values stays as it is.
    pub fn retype(&mut self, entry: usize, ty: &Type) {
        let one = matches!(self.entries.get(entry), Some(Entry { form: Ok(Form::Part), .. }));
        let range = self.parts_of(entry);
        if let Some(part) = self.parts.get_mut(range.start).filter(|_| one) {
            part.retype(ty);
            self.plan();
        }
    }
    /// Says when the interface of a packed struct was changed, in nanoseconds since 1970: attribute 529 of its type. Whatever is
    /// read says it, too, and counts more.
    pub fn stamp(&mut self, id: u32, modified: u64) {
        note(&mut self.stamps, id, modified);
    }

    /// Takes over what is known of the CPU already.
    pub fn recall(&mut self, known: &Known) {
        for (id, modified) in &known.stamps {
            note(&mut self.stamps, *id, *modified);
        }
        let mut changed = false;
        for part in self.parts.iter_mut().filter(|part| part.whole == Whole::Unknown) {
            if known.one_by_one.contains(&key(&part.item)) {
                (part.whole, changed) = (Whole::No, true);
            }
        }
        if changed {
            self.plan();
        }
    }
    /// Says what was learned of the CPU to what is known already.
    pub fn tell(&self, known: &mut Known) {
        for (id, modified) in &self.stamps {
            note(&mut known.stamps, *id, *modified);
        }
        let learned =
            self.parts.iter().filter(|part| part.whole == Whole::No && *part.ty.element() != Type::Dtl);
        known.one_by_one.extend(learned.map(|part| key(&part.item)));
    }

    /// Writes down anew what is asked for.
    fn plan(&mut self) {
        self.items.clear();
        for part in &mut self.parts {
            part.first = self.items.len();
            match part.answers() {
                _ if part.whole != Whole::No => self.items.push(part.item.clone()),
                many => self.items.extend((0..many).map(|at| part.element(at))),
            }
        }
    }

    /// What to ask for as well, once these are the answers to [`Self::items`]: one element of each array that was refused as a
    /// whole, for the first time. Nothing, as a rule.
    pub fn probes(&self, answers: &[Answer]) -> Option<Look> {
        let mut look = Look::at(true);
        // Most sets have no arrays, and most answers are none of refusal.
        if answers.iter().any(Result::is_err) {
            for (at, part) in self.parts.iter().enumerate() {
                if part.whole == Whole::Unknown && answers.get(part.first).is_some_and(Result::is_err) {
                    look.push(part.element(0), at);
                }
            }
        }
        look.some()
    }
    /// Takes the answers. `Ok(true)`: there is something else to ask for now, so all is to be read again. `Err`: there is more to
    /// look at first.
    pub fn learn(&mut self, look: &Look, answers: &[Answer]) -> Result<bool, Look> {
        let (mut changed, mut more) = (false, Look::at(true));
        for (at, answer) in look.parts.iter().zip(answers) {
            let Some(part) = self.parts.get_mut(*at) else { continue };
            if let Ok(value) = answer {
                stamped(&mut self.stamps, value);
            }
            match (part.whole, look.elements, answer) {
                (Whole::Unknown, true, Ok(_)) => {
                    part.whole = Whole::No;
                    changed = true;
                }
                (Whole::Unknown, true, Err(_)) => part.whole = Whole::Neither,
                (Whole::Unknown, false, Ok(_)) => part.whole = Whole::Yes,
                (Whole::Unknown, false, Err(_)) => more.push(part.element(0), *at),
                _ => {}
            }
        }
        if changed {
            self.plan();
        }
        more.some().map_or(Ok(changed), Err)
    }

    /// What became of each, by the answers to [`Self::items`], in their order.
    pub fn readings(&mut self, answers: &[Answer]) -> Vec<Reading> {
        let Self { entries, parts, stamps, options, .. } = self;
        let mut walk = Walk { answers, parts, at: 0, stamps, options: *options };
        let read = |entry: &Entry| {
            let value = match &entry.form {
                Ok(form) => walk.value(form),
                Err(why) => Err(why.clone()),
            };
            // What has failed may have parts that were not looked at.
            walk.at = entry.end;
            Reading::new(value)
        };
        entries.iter().map(read).collect()
    }

    /// What to look at before these are written, by their numbers: does the CPU take an array whole, and when was the interface
    /// of a system type changed. Nothing where that is known.
    pub fn look(&self, chosen: impl IntoIterator<Item = usize>) -> Option<Look> {
        let mut look = Look::at(false);
        let mut stamped = self.stamps.iter().any(|(id, _)| *id == typed::DTL.id);
        let mut seen = alloc::vec![false; self.parts.len()];
        for entry in chosen {
            for at in self.parts_of(entry) {
                let Some((part, seen)) = self.parts.get(at).zip(seen.get_mut(at)) else { continue };
                let dtl = *part.ty.element() == Type::Dtl;
                if core::mem::replace(seen, true) || !(part.whole == Whole::Unknown || dtl && !stamped) {
                    continue;
                }
                stamped |= dtl;
                look.push(if part.whole == Whole::No { part.element(0) } else { part.item.clone() }, at);
            }
        }
        look.some()
    }
    fn parts_of(&self, entry: usize) -> core::ops::Range<usize> {
        let end = |at: usize| self.entries.get(at).map_or(0, |entry| entry.end);
        entry.checked_sub(1).map_or(0, end)..end(entry)
    }
    /// What to write, of values for the variables of these numbers, in their order. What does not fit is refused, and all else is
    /// not: nothing of a variable is written if a part of it does not fit.
    pub fn writes(&self, pairs: &[(usize, &data::Value)]) -> Writes {
        let mut writes = Writes::default();
        for (owner, (entry, value)) in pairs.iter().enumerate() {
            let mut items = Vec::new();
            let made = match self.entries.get(*entry).map(|entry| &entry.form) {
                Some(Ok(form)) => {
                    let parts = self.parts.get(self.parts_of(*entry)).unwrap_or_default().iter();
                    let mut fill =
                        Fill { parts, items: &mut items, stamps: &self.stamps, options: self.options };
                    fill.form(form, value)
                }
                Some(Err(why)) => Err(why.clone()),
                None => Err(ItemError::NoTag),
            };
            match made {
                Ok(()) => writes.add(owner, items),
                Err(why) => writes.refuse(owner, why),
            }
        }
        writes
    }
}

/// Notes the time of an interface.
fn note(stamps: &mut Vec<(u32, u64)>, id: u32, modified: u64) {
    match stamps.iter_mut().find(|(known, _)| *known == id) {
        Some((_, known)) => *known = modified,
        None => stamps.push((id, modified)),
    }
}

/// Notes the time of the interface of a packed struct.
fn stamped(stamps: &mut Vec<(u32, u64)>, value: &Value) {
    if let Some((id, modified)) =
        value.as_struct().map(super::super::value::Struct::id).zip(typed::stamp(value))
    {
        note(stamps, id, modified);
    }
}

/// Values of parts, put together.
struct Walk<'a> {
    answers: &'a [Answer],
    parts: &'a mut [Part],
    /// The next of them.
    at: usize,
    stamps: &'a mut Vec<(u32, u64)>,
    options: Options,
}

impl Walk<'_> {
    fn value(&mut self, form: &Form) -> Result<data::Value, ItemError> {
        match form {
            Form::Part => self.part(),
            Form::Bits(bits) => self.part().map(|whole| bits.of(&whole)),
            Form::Elements(elements) => {
                elements.iter().map(|form| self.value(form)).collect::<Result<_, _>>().map(put_together)
            }
            Form::Struct(members) => {
                let value = |(name, form): &(Arc<str>, Form)| Ok((Arc::clone(name), self.value(form)?));
                members.iter().map(value).collect::<Result<_, _>>().map(data::Value::Struct)
            }
        }
    }
    fn part(&mut self) -> Result<data::Value, ItemError> {
        let part = self.parts.get_mut(self.at).ok_or(ItemError::NotRead)?;
        self.at += 1;
        if part.whole == Whole::No {
            let own = self.answers.get(part.first..part.first + part.answers()).ok_or(ItemError::NotRead)?;
            let element = part.ty.element();
            let each = own.iter().map(|answer| decode(element, answer, self.stamps, self.options));
            return Ok(put_together(each.collect::<Result<_, _>>()?));
        }
        let answer = self.answers.get(part.first).ok_or(ItemError::NotRead)?;
        let value = decode(&part.ty, answer, self.stamps, self.options);
        if part.whole != Whole::Yes && answer.is_ok() {
            part.whole = Whole::Yes;
        }
        value
    }
}

fn decode(
    ty: &Type,
    answer: &Answer,
    stamps: &mut Vec<(u32, u64)>,
    options: Options,
) -> Result<data::Value, ItemError> {
    let found = answer.as_ref().map_err(|refused| ItemError::Refused(*refused))?;
    let value = typed::decode(ty, found, options)?;
    if *ty == Type::Dtl {
        stamped(stamps, found);
    }
    Ok(value)
}

/// An array of these elements: of `BYTE` it is octets.
fn put_together(values: Vec<data::Value>) -> data::Value {
    let octet = |value: &data::Value| if let data::Value::Byte(octet) = value { Some(*octet) } else { None };
    match values.iter().map(octet).collect::<Option<Vec<u8>>>() {
        Some(octets) if !octets.is_empty() => data::Value::Bytes(octets),
        _ => data::Value::Array(values),
    }
}

impl Bits {
    /// These bits of a whole; of what is no number they are 0.
    fn of(self, whole: &data::Value) -> data::Value {
        let number = i128::try_from(whole).unwrap_or_default();
        let [.., a, b, c, d] = number.checked_shr(self.shift.into()).unwrap_or(0).to_be_bytes();
        match self.width {
            1 => data::Value::Bool(d & 1 == 1),
            8 => data::Value::Byte(d),
            16 => data::Value::Word(u16::from_be_bytes([c, d])),
            _ => data::Value::DWord(u32::from_be_bytes([a, b, c, d])),
        }
    }
}

/// Values taken apart.
struct Fill<'a> {
    parts: core::slice::Iter<'a, Part>,
    items: &'a mut Vec<Item>,
    stamps: &'a [(u32, u64)],
    options: Options,
}

impl Fill<'_> {
    fn form(&mut self, form: &Form, value: &data::Value) -> Result<(), ItemError> {
        if matches!(form, Form::Bits(_)) {
            return Err(ItemError::Bits);
        }
        self.put(form, value).map_err(ItemError::Value)
    }
    fn put(&mut self, form: &Form, value: &data::Value) -> Result<(), EncodeError> {
        match (form, value) {
            (Form::Part | Form::Bits(_), _) => self.part(value),
            (Form::Elements(forms), data::Value::Array(values)) if forms.len() == values.len() => {
                for (index, (form, value)) in forms.iter().zip(values).enumerate() {
                    self.put(form, value)
                        .map_err(|why| EncodeError::Element { index, why: Box::new(why) })?;
                }
                Ok(())
            }
            (Form::Elements(forms), data::Value::Bytes(octets)) if forms.len() == octets.len() => forms
                .iter()
                .zip(octets)
                .try_for_each(|(form, octet)| self.put(form, &data::Value::Byte(*octet))),
            (Form::Struct(members), data::Value::Struct(values)) => {
                for at in 0..members.len().max(values.len()) {
                    let (member, given) = (members.get(at), values.get(at));
                    match (member, given) {
                        (Some((name, form)), Some((own, value))) if name == own => {
                            let why =
                                |why| EncodeError::Within { name: String::from(&**name), why: Box::new(why) };
                            self.put(form, value).map_err(why)?;
                        }
                        _ => {
                            let want = member.map(|(name, _)| String::from(&**name)).unwrap_or_default();
                            let got = given.map(|(name, _)| String::from(&**name)).unwrap_or_default();
                            return Err(EncodeError::Member { want, got });
                        }
                    }
                }
                Ok(())
            }
            (form, value) => Err(EncodeError::Shape { want: form.kind(), got: value.kind() }),
        }
    }
    fn part(&mut self, value: &data::Value) -> Result<(), EncodeError> {
        let Some(part) = self.parts.next() else { return Ok(()) };
        if part.whole != Whole::No {
            return self.push(part.item.clone(), &part.ty, value);
        }
        let (ty, many) = (&part.ty, part.ty.count());
        let of = |at: usize| match value {
            data::Value::Array(values) => values.get(at).cloned(),
            data::Value::Bytes(octets) => octets.get(at).copied().map(data::Value::Byte),
            _ => None,
        };
        let got = match value {
            data::Value::Array(values) => values.len(),
            data::Value::Bytes(octets) => octets.len(),
            _ => return Err(EncodeError::Kind { ty: ty.clone(), got: value.kind() }),
        };
        if got != many {
            return Err(EncodeError::Count { ty: ty.clone(), want: many, got });
        }
        for (index, value) in (0..many).filter_map(|at| Some((at, of(at)?))) {
            let why = |why| EncodeError::Element { index, why: Box::new(why) };
            self.push(part.element(index), ty.element(), &value).map_err(why)?;
        }
        Ok(())
    }
    fn push(&mut self, item: ItemAddress, ty: &Type, value: &data::Value) -> Result<(), EncodeError> {
        let mut made = typed::encode(ty, value, self.options)?;
        if let Some(id) = made.as_struct().map(super::super::value::Struct::id)
            && let Some((_, modified)) = self.stamps.iter().find(|(known, _)| *known == id)
        {
            made = typed::stamped(made, *modified);
        }
        self.items.push((item, made));
        Ok(())
    }
}
