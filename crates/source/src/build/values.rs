//! Values as they are written to values of types: lists, structs, assignments to parts.
use super::{Build, Built, Scope, Typed};
use crate::error::{Fault, Near};
use crate::read::Pos;
use crate::read::tree::{Expr, Given, Item, Step};
use hepta_proto::data::time::Civil;
use hepta_proto::data::{Array, Struct, Type, Value};

/// How much a value takes, about: one for each plain value, more for long texts.
pub(super) fn cost(value: &Value) -> usize {
    match value {
        Value::Array(items) => items.iter().map(cost).sum::<usize>() + 1,
        Value::Struct(members) => members.iter().map(|(_, value)| cost(value)).sum::<usize>() + 1,
        Value::String(text) | Value::WString(text) => 1 + text.len() / 32,
        Value::Bytes(octets) => 1 + octets.len() / 32,
        _ => 1,
    }
}

/// The name of a type, not a whole struct.
fn short(ty: &Type) -> String {
    match ty {
        Type::Struct(members) => {
            members.origin().name().map_or_else(|| "this struct".to_owned(), |n| format!("{n:?}"))
        }
        Type::Array(array) => {
            let bounds: Vec<_> =
                array.bounds().iter().map(|b| format!("{}..{}", b.start(), b.end())).collect();
            format!("ARRAY[{}]", bounds.join(","))
        }
        simple => simple.to_string(),
    }
}

impl Build<'_> {
    /// What a variable of the type is given, on top of what the type itself says.
    pub(super) fn given(&mut self, scope: Scope<'_>, typed: &Typed, expr: &Expr) -> Built<Value> {
        let mut value = match &typed.initial {
            Some(value) => {
                self.charge(scope, expr.pos, cost(value))?;
                value.clone()
            }
            None => self.zero(scope, expr.pos, &typed.ty)?,
        };
        self.assign(scope, &typed.ty, expr, &mut value)?;
        Ok(value)
    }
    /// What a type is if nobody says anything: zeros, empty texts, the first of all days; `CHAR` is a blank.
    pub(super) fn zero(&mut self, scope: Scope<'_>, pos: Pos, ty: &Type) -> Built<Value> {
        self.charge(scope, pos, 1)?;
        Ok(match ty {
            Type::Byte => Value::Byte(0),
            Type::Char => Value::Char(' '),
            Type::WChar => Value::WChar(' '),
            Type::String(_) => Value::String(String::new()),
            Type::WString(_) => Value::WString(String::new()),
            Type::DateAndTime => {
                Value::DateAndTime(Civil::new(1990, 1, 1).unwrap_or(Civil::from_unix_nanos(0)))
            }
            Type::Dtl => Value::Dtl(Civil::from_unix_nanos(0)),
            Type::Pointer | Type::Any | Type::Remote => Value::Bytes(vec![0; ty.size()]),
            Type::Array(array) if *array.element() == Type::Byte => {
                self.charge(scope, pos, array.count() / 32)?;
                Value::Bytes(vec![0; array.count()])
            }
            Type::Array(array) => {
                let element = self.zero(scope, pos, array.element())?;
                self.repeat(scope, pos, &element, array.count())?
            }
            Type::Struct(members) => {
                let mut values = Vec::new();
                for member in members.members() {
                    values.push((member.name().into(), self.zero(scope, pos, member.ty())?));
                }
                Value::Struct(values)
            }
            // All others are zero in octets, too.
            plain => plain.decode(&vec![0; plain.size()]).unwrap_or(Value::Bool(false)),
        })
    }
    /// The same for all elements.
    pub(super) fn repeat(&mut self, scope: Scope<'_>, pos: Pos, value: &Value, count: usize) -> Built<Value> {
        if let Value::Byte(octet) = value {
            self.charge(scope, pos, count / 32)?;
            return Ok(Value::Bytes(vec![*octet; count]));
        }
        self.charge(scope, pos, cost(value).saturating_mul(count))?;
        Ok(Value::Array(vec![value.clone(); count]))
    }
    /// Gives what is written to a value that is whole already; what is not mentioned stays.
    pub(super) fn assign(&mut self, scope: Scope<'_>, ty: &Type, expr: &Expr, slot: &mut Value) -> Built<()> {
        let shape = |given| scope.fault(expr.pos, Fault::Shape { ty: short(ty), given });
        match (ty, &expr.what) {
            (Type::Array(array), Given::List(items)) => {
                let end = array.count();
                self.fill(scope, array, Run { level: 0, next: 0, end }, items, slot).map(|_| ())
            }
            (Type::Array(array), Given::Literal(text))
                if *array.element() == Type::Char && text.contains('\'') =>
            {
                self.characters(scope, array, expr, slot)
            }
            // The list of one, as classic sources have it.
            (Type::Array(array), Given::Literal(_) | Given::Name { .. }) => {
                let items = [Item::One(expr.clone())];
                self.fill(scope, array, Run { level: 0, next: 0, end: array.count() }, &items, slot)
                    .map(|_| ())
            }
            (Type::Array(_), Given::Struct(_)) => Err(shape("(...); the values of an array stand in [...]")),
            (Type::Struct(members), Given::Struct(given)) => {
                let Value::Struct(values) = slot else { return Err(shape("a struct")) };
                for (at, (name, expr)) in given.iter().enumerate() {
                    let at = match name {
                        Some(name) => find(scope, members, &name.text, name.pos)?,
                        None => at,
                    };
                    let (Some(member), Some((_, slot))) = (members.members().get(at), values.get_mut(at))
                    else {
                        let room = values.len();
                        return Err(scope.fault(expr.pos, Fault::TooMany { ty: short(ty), room }));
                    };
                    self.assign(scope, member.ty(), expr, slot)?;
                }
                Ok(())
            }
            (Type::Struct(_), _) => Err(shape("one value; those of its members stand in (...)")),
            (_, Given::List(_)) => Err(shape("a list of values")),
            (_, Given::Struct(_)) => Err(shape("the values of a struct")),
            _ => {
                let value = self.scalar(scope, ty, expr)?;
                self.charge(scope, expr.pos, cost(&value))?;
                *slot = value;
                Ok(())
            }
        }
    }
    /// `'abc'` for characters.
    fn characters(&mut self, scope: Scope<'_>, array: &Array, expr: &Expr, slot: &mut Value) -> Built<()> {
        let room = array.count();
        let too_many =
            || scope.fault(expr.pos, Fault::TooMany { ty: short(&Type::Array(array.clone())), room });
        let text = self.scalar(scope, &Type::String(hepta_proto::data::MAX_STRING), expr)?;
        let text = text.as_str().unwrap_or_default();
        let Value::Array(items) = slot else { return Ok(()) };
        self.charge(scope, expr.pos, text.len())?;
        let mut items = items.iter_mut();
        for c in text.chars() {
            *items.next().ok_or_else(too_many)? = Value::Char(c);
        }
        Ok(())
    }
    /// Gives a list to the elements of a run, and says where it ends.
    fn fill(
        &mut self,
        scope: Scope<'_>,
        array: &Array,
        run: Run,
        items: &[Item],
        slot: &mut Value,
    ) -> Built<usize> {
        let room = run.end - run.next;
        let too_many =
            |pos| scope.fault(pos, Fault::TooMany { ty: short(&Type::Array(array.clone())), room });
        let mut next = run.next;
        for item in items {
            match item {
                Item::One(Expr { what: Given::List(row), pos })
                    if !matches!(array.element(), Type::Array(_)) =>
                {
                    // A row of a dimension further in.
                    let inner = array.bounds().iter().skip(run.level + 1);
                    let len: usize = inner.clone().map(|b| indices(*b.start(), *b.end())).product();
                    if inner.len() == 0 || next + len > run.end {
                        return Err(too_many(*pos));
                    }
                    self.charge(scope, *pos, 1)?;
                    let run = Run { level: run.level + 1, next, end: next + len };
                    self.fill(scope, array, run, row, slot)?;
                    next += len;
                }
                Item::One(expr) => {
                    if next >= run.end {
                        return Err(too_many(expr.pos));
                    }
                    match slot {
                        Value::Bytes(octets) => {
                            let mut value = Value::Byte(0);
                            self.assign(scope, array.element(), expr, &mut value)?;
                            if let (Some(octet), Value::Byte(given)) = (octets.get_mut(next), value) {
                                *octet = given;
                            }
                        }
                        Value::Array(items) => {
                            if let Some(slot) = items.get_mut(next) {
                                self.assign(scope, array.element(), expr, slot)?;
                            }
                        }
                        _ => {}
                    }
                    next += 1;
                }
                Item::Many { times, items } => {
                    let count = self.integer(scope, times)?;
                    let Ok(count) = usize::try_from(count) else { return Err(too_many(times.pos)) };
                    self.charge(scope, times.pos, 1)?;
                    if count == 0 {
                        continue;
                    }
                    let from = next;
                    next = self.fill(scope, array, Run { next, ..run }, items, slot)?;
                    let len = next - from;
                    let end = len.checked_mul(count).and_then(|len| from.checked_add(len));
                    let end = end.filter(|end| *end <= run.end).ok_or_else(|| too_many(times.pos))?;
                    self.copy(scope, times.pos, slot, (from, next, end))?;
                    next = end;
                }
            }
        }
        Ok(next)
    }
    /// What stands in `from..next` again and again, up to `end`.
    fn copy(
        &mut self,
        scope: Scope<'_>,
        pos: Pos,
        slot: &mut Value,
        (from, next, end): (usize, usize, usize),
    ) -> Built<()> {
        match slot {
            Value::Bytes(octets) => {
                let pattern = octets.get(from..next).unwrap_or_default().to_vec();
                self.charge(scope, pos, end.saturating_sub(next) / 32)?;
                let rest = octets.get_mut(next..end).unwrap_or_default();
                rest.iter_mut().zip(pattern.iter().cycle()).for_each(|(octet, same)| *octet = *same);
            }
            Value::Array(items) => {
                let pattern = items.get(from..next).unwrap_or_default().to_vec();
                let rest = items.get_mut(next..end).unwrap_or_default();
                for (item, same) in rest.iter_mut().zip(pattern.iter().cycle()) {
                    self.charge(scope, pos, cost(same))?;
                    *item = same.clone();
                }
            }
            _ => {}
        }
        Ok(())
    }
    /// Gives to a part: the steps lead from a value that is whole.
    pub(super) fn assign_at(
        &mut self,
        scope: Scope<'_>,
        ty: &Type,
        steps: &[Step],
        expr: &Expr,
        slot: &mut Value,
    ) -> Built<()> {
        let Some((step, rest)) = steps.split_first() else { return self.assign(scope, ty, expr, slot) };
        match (step, ty, slot) {
            (Step::Name(name), Type::Struct(members), Value::Struct(values)) => {
                let at = find(scope, members, &name.text, name.pos)?;
                match (members.members().get(at), values.get_mut(at)) {
                    (Some(member), Some((_, slot))) => self.assign_at(scope, member.ty(), rest, expr, slot),
                    _ => Ok(()),
                }
            }
            (Step::Index(pos, indices), Type::Array(array), slot) => {
                let at = self.element(scope, array, *pos, indices)?;
                match slot {
                    Value::Bytes(octets) => {
                        let mut value = Value::Byte(0);
                        self.assign_at(scope, array.element(), rest, expr, &mut value)?;
                        if let (Some(octet), Value::Byte(given)) = (octets.get_mut(at), value) {
                            *octet = given;
                        }
                    }
                    Value::Array(items) => {
                        if let Some(slot) = items.get_mut(at) {
                            self.assign_at(scope, array.element(), rest, expr, slot)?;
                        }
                    }
                    _ => {}
                }
                Ok(())
            }
            (Step::Name(name), ty, _) => {
                let what = Fault::Shape { ty: short(ty), given: "a member; only structs have some" };
                Err(scope.fault(name.pos, what))
            }
            (Step::Index(pos, _), ty, _) => {
                let what = Fault::Shape { ty: short(ty), given: "an index; only arrays have some" };
                Err(scope.fault(*pos, what))
            }
        }
    }
    /// The place of an element.
    fn element(&mut self, scope: Scope<'_>, array: &Array, pos: Pos, given: &[Expr]) -> Built<usize> {
        let mut numbers = Vec::with_capacity(given.len());
        for expr in given {
            numbers.push(self.integer(scope, expr)?);
        }
        let bounds = array.bounds();
        let inside = bounds.len() == numbers.len() && bounds.iter().zip(&numbers).all(|(b, n)| b.contains(n));
        if !inside {
            let index: Vec<_> = numbers.iter().map(ToString::to_string).collect();
            let index = format!("[{}]", index.join(","));
            return Err(scope.fault(pos, Fault::Index { ty: short(&Type::Array(array.clone())), index }));
        }
        let steps = bounds.iter().zip(&numbers);
        Ok(steps.fold(0, |at, (b, n)| at * indices(*b.start(), *b.end()) + indices(*b.start(), *n) - 1))
    }
}

/// Elements of an array that a list is given to.
#[derive(Clone, Copy)]
struct Run {
    /// The dimension that its items run along.
    level: usize,
    next: usize,
    end: usize,
}

/// From the first to the last; a checked array has no more than fit.
fn indices(first: i32, last: i32) -> usize {
    usize::try_from(i64::from(last) - i64::from(first) + 1).unwrap_or_default()
}

/// The place of a member; names are the same in upper and lower case.
fn find(scope: Scope<'_>, members: &Struct, name: &str, pos: Pos) -> Built<usize> {
    let members = members.members();
    let exact = members.iter().position(|member| member.name() == name);
    let lower = name.to_lowercase();
    exact.or_else(|| members.iter().position(|member| member.name().to_lowercase() == lower)).ok_or_else(
        || {
            let near = Near::of(name, members.iter().map(hepta_proto::data::Member::name));
            scope.fault(pos, Fault::UnknownMember { name: name.to_owned(), near })
        },
    )
}
