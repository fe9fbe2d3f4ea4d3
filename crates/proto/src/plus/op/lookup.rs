//! Single symbols, without the whole program.
//!
//! ```text
//!  explore 3, filter: instances of 2574    the list of blocks, once
//!  read LID 1 of a block                   which type it has
//!  explore that type, and those below      as far as the symbols reach
//! ```
use super::browse::{described, descriptions, whole};
use super::{Operation, ReadItems, Ticket, Want};
use crate::error::{Error, Unexpected};
use crate::plus::catalogue::{Builder, Catalogue, Symbol, SymbolError, area_types};
use crate::plus::client::{Draft, Peer};
use crate::plus::code::ErrorCode;
use crate::plus::id::{Space, TypeSpace};
use crate::plus::message::{Ask, Context, Reply, Response, ask};
use crate::plus::value::{Array, Data, Member, Struct, Value};
use crate::plus::{Id, Rid};
use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::collections::BTreeSet;
use alloc::vec;
use alloc::vec::Vec;

/// Types that are asked for at the most, for all symbols together. Whoever needs more browses.
const MOST: usize = 16_384;

/// Looks symbols up, and asks the CPU for what is not known yet and no more. What was asked for stays in the catalogue.
#[derive(Debug)]
pub struct Lookup<'a> {
    symbols: &'a [&'a str],
    catalogue: Catalogue,
    found: Vec<Option<Result<Symbol, SymbolError>>>,
    /// Types and blocks that were asked for, ever: none is asked for twice.
    asked: BTreeSet<u32>,
    state: State,
}

/// What it is at.
#[derive(Debug)]
enum State {
    /// The list of blocks has to be asked for, or was.
    Blocks {
        asked: bool,
    },
    /// Descriptions of blocks and types: what is to be asked, the answers, how many are on their way.
    Types(Box<Round>),
    Done,
}

/// Descriptions of blocks and types that are asked for together.
#[derive(Debug)]
struct Round {
    blocks: Option<ReadItems<'static>>,
    rids: Vec<u32>,
    types: Vec<u32>,
    sent: usize,
    /// Requests that are on their way.
    open: usize,
    builder: Builder,
}

/// Tickets of explores are the relation id's place in the list; those of reads start here.
const READS: u32 = 1 << 30;

impl<'a> Lookup<'a> {
    /// These symbols, in a catalogue that is known already, or in none.
    pub fn new(symbols: &'a [&'a str], known: Option<Catalogue>) -> Self {
        let state = if known.is_some() { State::Done } else { State::Blocks { asked: false } };
        let found = vec![None; symbols.len()];
        let mut lookup =
            Self { symbols, catalogue: known.unwrap_or_default(), found, asked: BTreeSet::new(), state };
        if matches!(lookup.state, State::Done) {
            lookup.look();
        }
        lookup
    }

    /// Looks for all symbols that were not found yet; goes on to ask for what they need.
    fn look(&mut self) {
        let mut missing = BTreeSet::new();
        for (symbol, found) in self.symbols.iter().zip(&mut self.found) {
            if found.is_some() {
                continue;
            }
            let needs: Vec<u32> = match self.catalogue.find(symbol) {
                Ok(node) => {
                    let mut needs = Vec::new();
                    if !self.catalogue.is_whole() {
                        node.missing(&mut |rid| needs.push(rid));
                    }
                    needs.retain(|rid| !self.asked.contains(rid));
                    if needs.is_empty() {
                        *found = Some(Ok(node.symbol()));
                    }
                    needs
                }
                Err(error) => match Catalogue::missing(&error).filter(|rid| !self.asked.contains(rid)) {
                    // A tag may be in any area: all of them are asked for at once.
                    Some(rid) if Rid(rid).type_space() == TypeSpace::Area => area_types().collect(),
                    Some(rid) => vec![rid],
                    None => {
                        *found = Some(Err(error));
                        Vec::new()
                    }
                },
            };
            missing.extend(needs);
        }
        missing.retain(|rid| !self.asked.contains(rid));
        if missing.is_empty() || self.asked.len() > MOST {
            self.state = State::Done;
            return;
        }
        self.asked.extend(&missing);
        let (rids, types): (Vec<u32>, Vec<u32>) =
            missing.into_iter().partition(|rid| Rid(*rid).space() == Space::DB);
        let blocks = (!rids.is_empty()).then(|| descriptions(rids.iter().copied()));
        let builder = Builder::of(core::mem::take(&mut self.catalogue));
        self.state = State::Types(Box::new(Round { blocks, rids, types, sent: 0, open: 0, builder }));
    }

    /// One more answer is there; the last of a round brings the next.
    fn answered(&mut self) {
        let State::Types(round) = &mut self.state else { return };
        round.open = round.open.saturating_sub(1);
        if round.open == 0 && self.want() == Want::Nothing {
            self.settle();
        }
    }
    /// All answers of this round are there: they come to what is known.
    fn settle(&mut self) {
        let State::Types(round) = core::mem::replace(&mut self.state, State::Done) else { return };
        let Round { blocks, rids, types, mut builder, .. } = *round;
        for (rid, answer) in rids.iter().zip(blocks.map(ReadItems::finish).unwrap_or_default()) {
            builder.describe(*rid, described(&answer));
        }
        // What the CPU says nothing of is not asked for again: an area without tags, a type of its own.
        types.iter().for_each(|rid| builder.empty(*rid));
        self.catalogue = builder.finish();
        self.look();
    }
}

impl Operation for Lookup<'_> {
    /// What is known now, and what each symbol is.
    type Output = (Catalogue, Vec<Result<Symbol, SymbolError>>);

    fn want(&self) -> Want {
        match &self.state {
            State::Blocks { asked: false } => Want::Ask,
            State::Types(round) => {
                let Round { blocks, types, sent, .. } = &**round;
                let reads = blocks.as_ref().is_some_and(|reads| reads.want() == Want::Ask);
                if reads || *sent < types.len() { Want::Ask } else { Want::Nothing }
            }
            _ => Want::Nothing,
        }
    }

    fn write(&mut self, peer: &Peer, draft: &mut Draft<'_>) -> Result<Ticket, Error> {
        match &mut self.state {
            State::Blocks { asked } => {
                *asked = true;
                draft.ask(&Ask::Explore(block_list()));
                Ok(Ticket(0))
            }
            State::Types(round) => {
                let Round { blocks, types, sent, open, .. } = &mut **round;
                *open += 1;
                if let Some(reads) = blocks
                    && reads.want() == Want::Ask
                {
                    return reads.write(peer, draft).map(|Ticket(n)| Ticket(n.saturating_add(READS)));
                }
                let at = *sent;
                let rid = types.get(at).copied().unwrap_or(0);
                *sent += 1;
                draft.ask(&Ask::Explore(whole(rid, Cow::Borrowed(&[]))));
                Ok(super::ticket(at))
            }
            State::Done => Ok(Ticket(0)),
        }
    }

    fn message(&mut self, Ticket(at): Ticket, message: &[u8], cx: Context) -> Option<Result<(), Error>> {
        let State::Types(round) = &mut self.state else { return None };
        if at >= READS {
            return None;
        }
        let told = Response::explored(message, cx, |r| round.builder.types(r, |_| ()));
        self.answered();
        Some(match told {
            // A type that the CPU does not have has no members.
            Ok((function, outcome)) if outcome.failed() && outcome.code() != ErrorCode::ObjectNotFound => {
                Err(Error::Returned { function, outcome })
            }
            Ok(_) => Ok(()),
            Err(malformed) => Err(malformed.into()),
        })
    }

    fn take(&mut self, Ticket(at): Ticket, response: Response<'_>) -> Result<(), Error> {
        let function = response.head.function;
        match &mut self.state {
            State::Blocks { .. } => {
                let Reply::Explore(reply) = super::accepted(response)? else {
                    return Err(Unexpected::Reply(function).into());
                };
                let mut builder = Builder::new();
                builder.partial();
                builder.blocks(&reply.objects);
                self.catalogue = builder.finish();
                self.look();
                Ok(())
            }
            State::Types(round) => {
                let Some(reads) = &mut round.blocks else { return Err(Unexpected::Reply(function).into()) };
                reads.take(Ticket(at.saturating_sub(READS)), response)?;
                self.answered();
                Ok(())
            }
            State::Done => Err(Unexpected::Reply(function).into()),
        }
    }

    fn finish(self) -> Self::Output {
        let left = |found: Option<_>, symbol: &&str| match found {
            Some(found) => found,
            // It needs more than is asked for by itself.
            None => self.catalogue.symbol(symbol),
        };
        let found =
            self.found.into_iter().zip(self.symbols).map(|(found, symbol)| left(found, symbol)).collect();
        (self.catalogue, found)
    }

    fn changes(&self) -> bool {
        false
    }
}

/// The blocks alone, in a flat list: objects of the class 2574.
fn block_list() -> ask::Explore<'static> {
    const NAME: &[u32] = &[Id::ObjectVariableTypeName.0];
    ask::Explore {
        filters: vec![instances_of(Id::DB_Class_Rid.0)],
        ..whole(Rid::PLCProgram.0, Cow::Borrowed(NAME))
    }
}

/// A filter: instances of a class.
fn instances_of(class: u32) -> Value {
    const INSTANCE_OF: i32 = 8;
    let member = |id: Id, data: Data| Member { id: id.0, value: Value::new(data) };
    let members = vec![
        member(Id::FilterOperation, Data::DInt(INSTANCE_OF)),
        member(Id::AddressCount, Data::UDInt(0)),
        member(Id::Address, Data::Array(Array::UDInt(vec![0; 32]))),
        member(Id::FilterValue, Data::Rid(class)),
    ];
    Value::new(Data::Struct(Struct::new(Id::Filter.0, members)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plus::catalogue::structure;
    use crate::plus::header::{Head, Request};
    use crate::wire::Wire as _;
    use alloc::format;
    use alloc::string::String;

    /// The request as it goes out: session 70000380, sequence 32, integrity id 7.
    fn octets(explore: ask::Explore<'_>) -> String {
        let (ask, mut out) = (Ask::Explore(explore), Vec::new());
        let function = ask.function().unwrap();
        Head::Request(Request::new(function, 0x20, 0x7000_0380)).write(&mut out);
        ask.write(&ask.tail(Some(7)), &mut out);
        out.iter().fold(String::new(), |text, octet| format!("{text}{octet:02x}"))
    }

    #[test]
    fn requests_are_those_of_another_client() {
        assert_eq!(
            octets(super::super::browse::program(true)),
            "31000004bb0000002070000380340000000300010100000381699359a140070000000000"
        );
        let container = whole(Rid::ObjectOMSTypeInfoContainer.0, Cow::Borrowed(&[]));
        assert_eq!(octets(container), "31000004bb00000020700003803400000219000101000000070000000000");
        assert_eq!(
            octets(block_list()),
            "31000004bb0000002070000380340000000300010100010017000004de895f0008088961000400896210042000000000000000\
             000000000000000000000000000000000000000000000000008963001200000a0e0000018169070000000000"
        );
        assert_eq!(
            octets(structure::ask()),
            "31000004bb0000002070000380348a11ffff000101010001a133070000000000"
        );
    }
}
