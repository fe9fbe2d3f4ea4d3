//! Data blocks: members, first values, numbers.
use super::values::cost;
use super::{Build, Built, Scope, Space, Typed};
use crate::error::{At, Fault, ImportError, Near};
use crate::model::{Block, BlockKind, Variable};
use crate::read::tree::{Body, DbDecl, Kind, Set, Source, Step, What};
use crate::sidecar;
use hepta_proto::data::{Notes, Origin, Section, Struct, Type, Value};
use std::collections::{HashMap, HashSet};

impl Build<'_> {
    /// All data blocks, in the order of files and of what stands in each.
    pub(super) fn blocks(&mut self) -> Built<Vec<Block>> {
        let sources = self.sources;
        let decls: Vec<(&Source, &DbDecl)> =
            sources.iter().flat_map(|source| source.dbs.iter().map(move |db| (source, db))).collect();
        let numbers = self.numbers(&decls)?;
        let mut blocks = Vec::with_capacity(decls.len());
        for ((source, db), number) in decls.into_iter().zip(numbers) {
            let constants = self.constants(source, &db.name.text, &db.constants)?;
            let scope = Scope { source, of: &db.name.text, constants: &constants };
            let (kind, mut variables) = self.body(scope, db)?;
            for set in &db.sets {
                self.set(scope, &mut variables, set)?;
            }
            for variable in &mut variables {
                variable.notes.retain |= db.retain;
            }
            blocks.push(Block {
                name: db.name.text.clone(),
                number,
                kind,
                optimised: db.optimised,
                variables,
                comment: db.comment.clone(),
                at: source.at(db.name.pos),
            });
        }
        Ok(blocks)
    }
    /// A number for each: from the sidecar, else from the name, else the next that nobody has.
    fn numbers(&self, decls: &[(&Source, &DbDecl)]) -> Built<Vec<u16>> {
        let mut names: HashMap<String, At> = HashMap::new();
        let mut taken: HashMap<u16, &str> = HashMap::new();
        let mut given = Vec::with_capacity(decls.len());
        for (source, db) in decls {
            let (key, at) = (db.name.text.to_lowercase(), source.at(db.name.pos));
            let fault = |what| ImportError { at: at.clone(), what };
            let listed = self.sidecar.numbers.get(&key).map(|listed| listed.number);
            let number = match (listed, key.strip_prefix("db")) {
                (Some(number), _) => Some(number),
                (None, Some(digits)) if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) => {
                    let number: i64 = digits.parse().unwrap_or(i64::MAX);
                    let fits = u16::try_from(number).ok().filter(|number| *number > 0);
                    Some(fits.ok_or_else(|| fault(Fault::Number(number)))?)
                }
                _ => None,
            };
            if let Some(number) = number
                && let Some(first) = taken.insert(number, &db.name.text)
            {
                return Err(fault(Fault::NumberTaken { number, first: first.to_owned() }));
            }
            if let Some(first) = names.insert(key, at.clone()) {
                return Err(fault(Fault::Twice { name: db.name.text.to_string(), first }));
            }
            given.push((number, at));
        }
        let mut unknown: Vec<_> = self
            .sidecar
            .numbers
            .iter()
            .filter(|(key, _)| !names.contains_key(*key))
            .map(|(_, listed)| listed)
            .collect();
        unknown.sort_by(|a, b| a.name.cmp(&b.name));
        if let Some(listed) = unknown.first() {
            let near = Near::of(&listed.name, decls.iter().map(|(_, db)| &*db.name.text));
            let what = Fault::UnknownBlock { name: listed.name.to_string(), near };
            return Err(ImportError { at: At { file: sidecar::FILE.into(), line: 0, column: 0 }, what });
        }
        let taken: HashSet<u16> = taken.into_keys().collect();
        let mut free = (1..=u16::MAX).filter(|number| !taken.contains(number));
        let numbered = given.into_iter().map(|(number, at)| {
            number.or_else(|| free.next()).ok_or(ImportError { at, what: Fault::NoNumber })
        });
        numbered.collect()
    }
    fn body(&mut self, scope: Scope<'_>, db: &DbDecl) -> Built<(BlockKind, Vec<Variable>)> {
        let kind = match &db.body {
            Body::Members(members) => {
                let fields = self.fields(scope, members)?;
                if !fields.is_empty() {
                    // Names and size as of any struct.
                    let whole = Struct::of(Origin::Anonymous, fields.iter().map(|(field, _)| field.clone()));
                    whole.map_err(|what| scope.fault(db.name.pos, what))?;
                }
                let fields = fields.into_iter();
                let variables = fields.map(|(field, initial)| Variable {
                    name: field.name,
                    ty: field.ty,
                    initial,
                    notes: field.notes,
                });
                return Ok((BlockKind::Global, variables.collect()));
            }
            Body::Of(kind) => kind,
        };
        let wrong = |what: &str| scope.fault(kind.pos, Fault::Body(what.to_owned()));
        let typed = self.kind(scope, kind)?;
        match typed {
            Some(Typed { ty: Type::Struct(members), initial }) => {
                let values = initial.as_ref().map_or(0, cost);
                self.charge(scope, kind.pos, values + members.members().len())?;
                let variables = variables(&members, initial);
                let kind = if self.is_instance(kind, &members) {
                    BlockKind::Instance(members)
                } else {
                    BlockKind::Typed(members)
                };
                Ok((kind, variables))
            }
            // TIA Portal calls the one member of a block that is an array so.
            Some(Typed { ty: ty @ Type::Array(_), initial }) => {
                self.charge(scope, kind.pos, initial.as_ref().map_or(1, cost))?;
                let notes = Notes { section: Section::Static, ..Notes::default() };
                Ok((BlockKind::Global, vec![Variable { name: "THIS".into(), ty, initial, notes }]))
            }
            Some(Typed { ty, .. }) => Err(wrong(&ty.to_string())),
            // A function block without a member: the instance is empty, too.
            None if matches!(kind.what, What::Named { .. }) => Ok((BlockKind::Global, Vec::new())),
            None => Err(wrong("a reference")),
        }
    }
    /// Is the block one of a function block? Those of the system are called by their instruction.
    fn is_instance(&self, kind: &Kind, members: &Struct) -> bool {
        match (&kind.what, members.origin()) {
            (_, Origin::Fb(_)) => true,
            (What::Named { name, .. }, Origin::System(system)) => {
                !self.names.contains_key(&(Space::Type, name.to_lowercase()))
                    && !system.name().eq_ignore_ascii_case(name)
            }
            _ => false,
        }
    }
    /// One assignment behind `BEGIN`.
    fn set(&mut self, scope: Scope<'_>, variables: &mut [Variable], set: &Set) -> Built<()> {
        let (name, pos, steps) = match set.path.split_first() {
            Some((Step::Name(name), rest)) => (&*name.text, name.pos, rest),
            Some((Step::Index(pos, _), _)) => ("THIS", *pos, &set.path[..]),
            None => return Ok(()),
        };
        let lower = name.to_lowercase();
        let exact = variables.iter().position(|variable| *variable.name == *name);
        let at =
            exact.or_else(|| variables.iter().position(|variable| variable.name.to_lowercase() == lower));
        let Some(variable) = at.and_then(|at| variables.get_mut(at)) else {
            let near = Near::of(name, variables.iter().map(|variable| &*variable.name));
            return Err(scope.fault(pos, Fault::UnknownMember { name: name.to_owned(), near }));
        };
        if variable.initial.is_none() {
            variable.initial = Some(self.zero(scope, pos, &variable.ty)?);
        }
        let Some(value) = &mut variable.initial else { return Ok(()) };
        self.assign_at(scope, &variable.ty, steps, &set.value, value)
    }
}

/// The members of a struct as those of a block.
fn variables(members: &Struct, initial: Option<Value>) -> Vec<Variable> {
    let mut values = match initial {
        Some(Value::Struct(values)) => values.into_iter(),
        _ => Vec::new().into_iter(),
    };
    let variable = |member: &hepta_proto::data::Member| {
        let mut notes = member.notes().cloned().unwrap_or_default();
        if notes.section == Section::None {
            notes.section = Section::Static;
        }
        let initial = values.next().map(|(_, value)| value);
        Variable { name: member.name().into(), ty: member.ty().clone(), initial, notes }
    };
    members.members().iter().map(variable).collect()
}
