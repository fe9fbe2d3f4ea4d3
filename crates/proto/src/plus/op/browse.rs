//! The whole program of a CPU.
//!
//! ```text
//!  explore 3      ─┐                 blocks: names, numbers, comments
//!  explore 537    ─┼─ at once        all types, of any length
//!  explore 8A11FFFF┘                 the structure, of which the hash is kept
//!  read LID 1 of each block          which type it has: of an instance that of its function block
//! ```
use super::{Operation, ReadItems, Ticket, Want};
use crate::error::{Error, Unexpected};
use crate::plus::address::ItemAddress;
use crate::plus::catalogue::{Builder, Catalogue, structure};
use crate::plus::client::{Draft, Peer};
use crate::plus::message::{Ask, Context, Reply, Response, ask};
use crate::plus::outcome::ReturnValue;
use crate::plus::value::{Data, Value};
use crate::plus::{Id, Rid};
use alloc::borrow::Cow;
use alloc::vec::Vec;
use core::fmt;

/// Attributes of a block that are asked for: name, number, comment.
const BLOCK: &[u32] = &[Id::ObjectVariableTypeName.0, Id::Block_BlockNumber.0, Id::ASObjectES_Comment.0];

/// Reads LID 1, the description: of what type the values of a block are.
const DESCRIPTION: u32 = 1;

/// How far a browse is.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Progress {
    /// Octets of types that have come.
    pub octets: usize,
    /// Blocks that are known.
    pub blocks: usize,
    /// Types that are read.
    pub types: usize,
}

/// Who is told how far a browse is.
pub type Tell<'a> = &'a (dyn Fn(Progress) + Send + Sync);

/// What a [`Browse`] asks for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct BrowseOptions {
    /// The comments of blocks; asked for by default.
    pub comments: bool,
    /// The hash of the program's structure, by which a change of the program is noticed at once: one request more. Asked for by
    /// default; a CPU that has none is compared by its blocks and the times of their interfaces.
    pub structure: bool,
}

impl Default for BrowseOptions {
    fn default() -> Self {
        Self { comments: true, structure: true }
    }
}

impl BrowseOptions {
    /// With or without the comments of blocks.
    pub const fn comments(mut self, yes: bool) -> Self {
        self.comments = yes;
        self
    }
    /// With or without the hash of the program's structure.
    pub const fn structure(mut self, yes: bool) -> Self {
        self.structure = yes;
        self
    }
}

/// Browses the whole program: all types in one answer, which may be tens of megabytes in hundreds of frames, and is read without
/// being copied once it is here.
pub struct Browse<'a> {
    options: BrowseOptions,
    tell: Option<Tell<'a>>,
    progress: Progress,
    builder: Builder,
    structure: Option<[u8; 32]>,
    /// Of the three explores, those that were asked.
    asked: u32,
    reads: Option<ReadItems<'static>>,
}

/// Tickets: the three explores, then those of the reads.
const PROGRAM: u32 = 0;
const TYPES: u32 = 1;
const STRUCTURE: u32 = 2;
const READS: u32 = 3;

impl<'a> Browse<'a> {
    /// As the options say.
    pub fn new(options: BrowseOptions) -> Self {
        Self {
            options,
            tell: None,
            progress: Progress::default(),
            builder: Builder::new(),
            structure: None,
            asked: 0,
            reads: None,
        }
    }
    /// The same, and tells how far it is: now and then while octets come, and at every step.
    pub fn telling(mut self, tell: Tell<'a>) -> Self {
        self.tell = Some(tell);
        self
    }
    fn last(&self) -> u32 {
        if self.options.structure { STRUCTURE } else { TYPES }
    }
    fn tell(&self) {
        if let Some(tell) = self.tell {
            tell(self.progress);
        }
    }
}

impl fmt::Debug for Browse<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Browse").field("progress", &self.progress).finish_non_exhaustive()
    }
}

impl Operation for Browse<'_> {
    type Output = Catalogue;

    fn want(&self) -> Want {
        if self.asked <= self.last() {
            return Want::Ask;
        }
        self.reads.as_ref().map_or(Want::Nothing, Operation::want)
    }

    fn write(&mut self, peer: &Peer, draft: &mut Draft<'_>) -> Result<Ticket, Error> {
        if self.asked > self.last() {
            let Some(reads) = &mut self.reads else { return Ok(Ticket(READS)) };
            return reads.write(peer, draft).map(|Ticket(n)| Ticket(n.saturating_add(READS)));
        }
        let at = self.asked;
        self.asked += 1;
        if at == TYPES {
            draft.watch();
        }
        draft.ask(&Ask::Explore(match at {
            PROGRAM => program(self.options.comments),
            TYPES => whole(Rid::ObjectOMSTypeInfoContainer.0, Cow::Borrowed(&[])),
            _ => structure::ask(),
        }));
        Ok(Ticket(at))
    }

    fn message(&mut self, Ticket(at): Ticket, message: &[u8], cx: Context) -> Option<Result<(), Error>> {
        if at != TYPES {
            return None;
        }
        let Self { builder, progress, tell, .. } = self;
        progress.octets = message.len();
        let told = Response::explored(message, cx, |r| {
            builder.types(r, |types| {
                progress.types = types;
                if types.is_multiple_of(256)
                    && let Some(tell) = tell
                {
                    tell(*progress);
                }
            })
        });
        self.tell();
        Some(match told {
            Ok((function, outcome)) if outcome.failed() => Err(Error::Returned { function, outcome }),
            Ok(_) => Ok(()),
            Err(malformed) => Err(malformed.into()),
        })
    }

    fn progress(&mut self, _: Ticket, octets: usize) {
        self.progress.octets = octets;
        self.tell();
    }

    fn take(&mut self, Ticket(at): Ticket, response: Response<'_>) -> Result<(), Error> {
        match at {
            PROGRAM => {
                let function = response.head.function;
                let Reply::Explore(reply) = super::accepted(response)? else {
                    return Err(Unexpected::Reply(function).into());
                };
                self.builder.blocks(&reply.objects);
                self.progress.blocks = self.builder.wanted().len();
                self.reads = Some(descriptions(self.builder.wanted()));
                self.tell();
                Ok(())
            }
            // A CPU that has none says so, and that is an answer, too.
            STRUCTURE => {
                self.structure = structure::digest(&response);
                Ok(())
            }
            at => match &mut self.reads {
                Some(reads) => reads.take(Ticket(at.saturating_sub(READS)), response),
                None => Err(Unexpected::Reply(response.head.function).into()),
            },
        }
    }

    fn finish(self) -> Catalogue {
        let Self { mut builder, reads, structure, .. } = self;
        builder.describe_all(reads.map(ReadItems::finish).unwrap_or_default().iter().map(described));
        builder.structure(structure);
        builder.finish()
    }

    fn changes(&self) -> bool {
        false
    }
}

/// An object with all below it.
pub(super) fn whole(object: u32, attributes: Cow<'_, [u32]>) -> ask::Explore<'_> {
    ask::Explore {
        object,
        association: 0,
        recursive: 1,
        unknown: 1,
        parents: 0,
        filters: Vec::new(),
        attributes,
    }
}

/// The blocks of the program.
pub(super) fn program(comments: bool) -> ask::Explore<'static> {
    let attributes = if comments { BLOCK } else { BLOCK.get(..2).unwrap_or(BLOCK) };
    whole(Rid::PLCProgram.0, Cow::Borrowed(attributes))
}

/// Reads of what types these blocks have.
pub(super) fn descriptions(blocks: impl Iterator<Item = u32>) -> ReadItems<'static> {
    ReadItems::new(blocks.map(|rid| ItemAddress::new(rid, [DESCRIPTION])).collect::<Vec<_>>())
}

/// What such a read says: 0 of a block that has no values.
pub(super) fn described(answer: &Result<Value, ReturnValue>) -> u32 {
    match answer.as_ref().map(Value::data) {
        Ok(Data::Rid(rid)) => *rid,
        _ => 0,
    }
}
