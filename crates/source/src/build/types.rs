//! Types as they are written to types of the core.
use super::{Build, Built, Constants, Decl, MAX_DEPTH, Scope, Space, Typed};
use crate::error::Fault;
use crate::read::Pos;
use crate::read::tree::{Constant, Expr, Kind, Member, Source, What};
use hepta_proto::data::{
    Field, LiteralFault, MAX_STRING, MAX_WSTRING, Notes, Origin, Section, Struct, System, Type, TypeFault,
    Value,
};
use std::collections::HashMap;

/// What unknown types are compared with, besides those that are declared.
pub(super) const KEYWORDS: [&str; 30] = [
    "Bool",
    "Byte",
    "Word",
    "DWord",
    "LWord",
    "SInt",
    "USInt",
    "Int",
    "UInt",
    "DInt",
    "UDInt",
    "LInt",
    "ULInt",
    "Real",
    "LReal",
    "Char",
    "WChar",
    "String",
    "WString",
    "Date",
    "Time",
    "LTime",
    "Time_Of_Day",
    "DTL",
    "Date_And_Time",
    "S5Time",
    "IEC_TIMER",
    "IEC_COUNTER",
    "Struct",
    "Array",
];

impl Build<'_> {
    /// The type of this name in its space; `None` if memory shows nothing of it, or nobody declares it.
    pub(super) fn named(
        &mut self,
        from: &Source,
        pos: Pos,
        space: Space,
        name: &str,
    ) -> Built<Option<Typed>> {
        let key = (space, name.to_lowercase());
        if let Some(done) = self.done.get(&key) {
            return Ok(done.clone());
        }
        let Some((source, decl)) = self.names.get(&key).copied() else { return Ok(None) };
        let none = HashMap::new();
        let here = Scope { source: from, of: name, constants: &none };
        if let Some(first) = self.open.iter().position(|(s, n, _)| *s == space && *n == key.1) {
            let by: Vec<String> =
                self.open.iter().skip(first).map(|(_, _, name)| format!("{name:?}")).collect();
            let what = Fault::Cycle { name: name.to_owned(), by: by.join(", ") };
            return Err(here.fault(pos, what));
        }
        let (declared, constants) = match decl {
            Decl::Type(decl) => (&decl.name, HashMap::new()),
            Decl::Fb(decl) => (&decl.name, self.constants(source, &decl.name.text, &decl.constants)?),
        };
        let scope = Scope { source, of: &declared.text, constants: &constants };
        self.open.push((space, key.1.clone(), declared.text.clone()));
        let typed = match decl {
            Decl::Type(decl) => match &decl.kind.what {
                What::Struct(members) => {
                    let origin = Origin::Udt(declared.text.clone());
                    self.members(scope, decl.kind.pos, origin, members)?
                }
                _ => self.kind(scope, &decl.kind)?,
            },
            // Without a member an instance is nothing, and no fault.
            Decl::Fb(decl) if decl.members.is_empty() => None,
            Decl::Fb(decl) => {
                self.members(scope, declared.pos, Origin::Fb(declared.text.clone()), &decl.members)?
            }
        };
        self.open.pop();
        self.done.insert(key, typed.clone());
        Ok(typed)
    }
    /// The constants of a block, as literals; each can be made of those before it.
    pub(super) fn constants(
        &mut self,
        source: &Source,
        of: &str,
        constants: &[Constant],
    ) -> Built<Constants> {
        let mut known = HashMap::new();
        for constant in constants {
            let scope = Scope { source, of, constants: &known };
            let literal = self.literal_of(scope, &constant.value)?;
            if let Some(kind) = &constant.kind
                && let Some(Typed { ty, .. }) = self.kind(scope, kind)?
            {
                self.scalar(scope, &ty, &constant.value)?;
            }
            known.insert(constant.name.text.to_lowercase(), (constant.name.text.clone(), literal));
        }
        Ok(known)
    }
    /// The type that is written; `None` if memory shows nothing of it.
    pub(super) fn kind(&mut self, scope: Scope<'_>, kind: &Kind) -> Built<Option<Typed>> {
        if self.depth >= MAX_DEPTH {
            return Err(scope.fault(kind.pos, Fault::Deep));
        }
        self.depth += 1;
        let typed = self.kind_here(scope, kind);
        self.depth -= 1;
        typed
    }
    fn kind_here(&mut self, scope: Scope<'_>, kind: &Kind) -> Built<Option<Typed>> {
        let plain = |ty| Ok(Some(Typed { ty, initial: None }));
        match &kind.what {
            What::Named { name, quoted } => {
                if !quoted && let Some(ty) = builtin(name) {
                    return plain(ty);
                }
                for space in [Space::Type, Space::Fb] {
                    if self.names.contains_key(&(space, name.to_lowercase())) {
                        return self.named(scope.source, kind.pos, space, name);
                    }
                }
                builtin(name).map_or_else(|| Err(self.unknown_type(scope, kind, name)), plain)
            }
            What::Text { wide, length } => {
                let (ty, max) = if *wide { ("WSTRING", MAX_WSTRING) } else { ("STRING", MAX_STRING.into()) };
                let length = match length {
                    None => u16::from(MAX_STRING),
                    Some(expr) => {
                        let length = self.integer(scope, expr)?;
                        let fits = u16::try_from(length).ok().filter(|length| *length <= max);
                        fits.ok_or_else(|| scope.fault(expr.pos, TypeFault::Length { ty, max }))?
                    }
                };
                plain(match u8::try_from(length) {
                    Ok(length) if !wide => Type::String(length),
                    _ => Type::WString(length),
                })
            }
            What::Array { bounds, element } => {
                let mut ranges = Vec::new();
                for (low, high) in bounds {
                    ranges.push(self.integer(scope, low)?..=self.integer(scope, high)?);
                }
                let Some(element) = self.kind(scope, element)? else { return Ok(None) };
                let ty = Type::array(element.ty, ranges).map_err(|what| scope.fault(kind.pos, what))?;
                let initial = match element.initial {
                    Some(value) => Some(self.repeat(scope, kind.pos, &value, ty.count())?),
                    None => None,
                };
                Ok(Some(Typed { ty, initial }))
            }
            What::Open => Err(scope.fault(kind.pos, Fault::Open)),
            What::Struct(members) => self.members(scope, kind.pos, Origin::Anonymous, members),
            What::Reference => Ok(None),
        }
    }
    /// The struct of these members.
    fn members(
        &mut self,
        scope: Scope<'_>,
        pos: Pos,
        origin: Origin,
        members: &[Member],
    ) -> Built<Option<Typed>> {
        let (mut fields, mut values) = (Vec::new(), Vec::new());
        for (field, value) in self.fields(scope, members)? {
            fields.push(field);
            values.push(value);
        }
        if fields.is_empty() && !members.is_empty() {
            return Ok(None);
        }
        let initial = if values.iter().any(Option::is_some) {
            let mut whole = Vec::new();
            for (field, value) in fields.iter().zip(values) {
                let value = match value {
                    Some(value) => value,
                    None => self.zero(scope, pos, &field.ty)?,
                };
                whole.push((field.name.clone(), value));
            }
            Some(Value::Struct(whole))
        } else {
            None
        };
        let made = Struct::of(origin, fields).map_err(|what| scope.fault(pos, what))?;
        Ok(Some(Typed { ty: Type::Struct(made), initial }))
    }
    /// Members with their types and first values, without those that no memory shows.
    pub(super) fn fields(
        &mut self,
        scope: Scope<'_>,
        members: &[Member],
    ) -> Built<Vec<(Field, Option<Value>)>> {
        let mut fields = Vec::with_capacity(members.len());
        let mut names: HashMap<String, Pos> = HashMap::new();
        for member in members {
            let (name, pos) = (&member.name.text, member.name.pos);
            self.charge(scope, pos, 1)?;
            if let Some(first) = names.insert(name.to_lowercase(), pos) {
                let what = Fault::Twice { name: name.to_string(), first: scope.source.at(first) };
                return Err(scope.fault(pos, what));
            }
            let refers = member.notes.section == Section::InOut;
            let typed = match &member.kind.what {
                What::Open if refers => Some(Typed { ty: Type::Pointer, initial: None }),
                _ => self.kind(scope, &member.kind)?,
            };
            let Some(Typed { ty, initial }) = typed else {
                self.skip(
                    scope,
                    pos,
                    format!("member {name:?} of {:?}: a reference, view or empty block", scope.of),
                );
                continue;
            };
            let stands_elsewhere = matches!(member.kind.what, What::Open) || refers && is_composed(&ty);
            if stands_elsewhere {
                let what =
                    format!("data behind {name:?} of {:?}: a pointer of six octets stands for it", scope.of);
                self.skip(scope, pos, what);
            }
            let typed = if stands_elsewhere {
                Typed { ty: Type::Pointer, initial: None }
            } else {
                Typed { ty, initial }
            };
            let initial = match &member.initial {
                Some(_) if stands_elsewhere => None,
                Some(expr) => Some(self.given(scope, &typed, expr)?),
                None => match typed.initial {
                    Some(value) => {
                        self.charge(scope, pos, super::values::cost(&value))?;
                        Some(value)
                    }
                    None => None,
                },
            };
            fields.push((Field { name: name.clone(), ty: typed.ty, notes: member.notes.clone() }, initial));
        }
        Ok(fields)
    }
    /// An index or length.
    pub(super) fn integer(&mut self, scope: Scope<'_>, expr: &Expr) -> Built<i32> {
        let value = self.scalar(scope, &Type::DInt, expr)?;
        i32::try_from(&value)
            .map_err(|_| scope.fault(expr.pos, Fault::Literal(LiteralFault::Expected("a number"))))
    }
}

/// What stands elsewhere where it is passed in and out.
fn is_composed(ty: &Type) -> bool {
    matches!(
        ty,
        Type::Array(_) | Type::Struct(_) | Type::String(_) | Type::WString(_) | Type::DateAndTime | Type::Dtl
    )
}

/// A type that every CPU has.
fn builtin(name: &str) -> Option<Type> {
    let is = |names: &[&str]| names.iter().any(|known| known.eq_ignore_ascii_case(name));
    // Instructions without the type that they count in.
    if is(&["TON", "TOF", "TP", "TONR"]) {
        return Some(Type::Struct(System::IecTimer.members()));
    }
    if is(&["CTU", "CTD", "CTUD"]) {
        return System::named("IEC_COUNTER").map(|system| Type::Struct(system.members()));
    }
    if is(&["R_TRIG", "F_TRIG"]) {
        return edge(name);
    }
    name.parse().ok()
}

/// `R_TRIG` and `F_TRIG`, after the manual: the edge of a bit.
fn edge(name: &str) -> Option<Type> {
    let member = |name: &str, section| {
        let notes = Notes { section, ..Notes::default() };
        Field { notes, ..Field::new(name, Type::Bool) }
    };
    let members =
        [member("CLK", Section::Input), member("Q", Section::Output), member("Stat_Bit", Section::Static)];
    Struct::of(Origin::Fb(name.to_uppercase().into()), members).ok().map(Type::Struct)
}
