//! Which program a CPU has now.
use super::browse::{described, descriptions, program, whole};
use super::{Operation, ReadItems, Ticket, Want};
use crate::error::{Error, Unexpected};
use crate::plus::Id;
use crate::plus::catalogue::{Builder, Stamp, structure};
use crate::plus::client::{Draft, Peer};
use crate::plus::message::{Ask, Reply, Response, ask};
use alloc::borrow::Cow;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;

/// Asks a CPU which program it has: by the hash of its structure; where it has none, or the hash is another than before, by its
/// blocks and the times of their interfaces.
#[derive(Debug)]
pub struct ReadStamp<'a> {
    known: Option<&'a Stamp>,
    structure: Option<[u8; 32]>,
    state: State,
    builder: Builder,
    reads: Option<ReadItems<'static>>,
    /// Blocks with their types, once these are known.
    described: Vec<(u32, u32)>,
    /// Types, and when they changed.
    types: BTreeMap<u32, Option<u64>>,
    todo: Vec<u32>,
    open: usize,
}

/// What it is at.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum State {
    Structure { asked: bool },
    Blocks { asked: bool },
    Descriptions,
    Types,
    Done,
}

impl<'a> ReadStamp<'a> {
    /// Of a program that was browsed before, or of any. If the structure is still the one of `known`, no more is asked.
    pub const fn new(known: Option<&'a Stamp>) -> Self {
        Self {
            known,
            structure: None,
            state: State::Structure { asked: false },
            builder: Builder::new(),
            reads: None,
            described: Vec::new(),
            types: BTreeMap::new(),
            todo: Vec::new(),
            open: 0,
        }
    }
    /// The descriptions are there: asks for the times of the types.
    fn descend(&mut self) {
        let answers = self.reads.take().map(ReadItems::finish).unwrap_or_default();
        self.described = self.builder.wanted().zip(answers.iter().map(described)).collect();
        self.types =
            self.described.iter().filter(|(_, rid)| *rid != 0).map(|(_, rid)| (*rid, None)).collect();
        self.todo = self.types.keys().copied().collect();
        self.state = if self.todo.is_empty() { State::Done } else { State::Types };
    }
}

impl Operation for ReadStamp<'_> {
    type Output = Stamp;

    fn want(&self) -> Want {
        match self.state {
            State::Structure { asked: false } | State::Blocks { asked: false } => Want::Ask,
            State::Descriptions => self.reads.as_ref().map_or(Want::Nothing, Operation::want),
            State::Types if !self.todo.is_empty() => Want::Ask,
            _ => Want::Nothing,
        }
    }

    fn write(&mut self, peer: &Peer, draft: &mut Draft<'_>) -> Result<Ticket, Error> {
        self.open += 1;
        match &mut self.state {
            State::Structure { asked } => {
                *asked = true;
                draft.ask(&Ask::Explore(structure::ask()));
            }
            State::Blocks { asked } => {
                *asked = true;
                draft.ask(&Ask::Explore(program(false)));
            }
            State::Descriptions => {
                if let Some(reads) = &mut self.reads {
                    return reads.write(peer, draft);
                }
            }
            State::Types | State::Done => {
                const TIME: &[u32] = &[Id::VariableTypeStructModificationTime.0];
                let rid = self.todo.pop().unwrap_or(0);
                draft.ask(&Ask::Explore(ask::Explore { recursive: 0, ..whole(rid, Cow::Borrowed(TIME)) }));
                return Ok(Ticket(rid));
            }
        }
        Ok(Ticket(0))
    }

    fn take(&mut self, ticket: Ticket, response: Response<'_>) -> Result<(), Error> {
        self.open = self.open.saturating_sub(1);
        let function = response.head.function;
        match self.state {
            State::Structure { .. } => {
                self.structure = structure::digest(&response);
                let same =
                    self.known.and_then(Stamp::structure).is_some_and(|known| Some(*known) == self.structure);
                self.state = if same { State::Done } else { State::Blocks { asked: false } };
            }
            State::Blocks { .. } => {
                let Reply::Explore(reply) = super::accepted(response)? else {
                    return Err(Unexpected::Reply(function).into());
                };
                self.builder.blocks(&reply.objects);
                self.reads = Some(descriptions(self.builder.wanted()));
                self.state = State::Descriptions;
                if self.builder.wanted().len() == 0 {
                    self.descend();
                }
            }
            State::Descriptions => {
                if let Some(reads) = &mut self.reads {
                    reads.take(ticket, response)?;
                }
                if self.open == 0 && self.want() == Want::Nothing {
                    self.descend();
                }
            }
            State::Types | State::Done => {
                // A type that cannot be explored by itself has no time that could be compared.
                let time = match response.reply {
                    Reply::Explore(reply) => structure::modified(&reply.objects),
                    _ => None,
                };
                self.types.insert(ticket.0, time);
            }
        }
        Ok(())
    }

    fn finish(self) -> Stamp {
        match (self.known, self.state) {
            // The structure is the one it was: so is all else.
            (Some(known), State::Done)
                if self.described.is_empty()
                    && known.structure.is_some()
                    && known.structure == self.structure =>
            {
                known.clone()
            }
            _ => self.builder.stamp(self.structure, &self.described, &self.types),
        }
    }

    fn changes(&self) -> bool {
        false
    }
}
