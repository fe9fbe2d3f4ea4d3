//! What stands in one source, before names are looked up.
use super::Pos;
use crate::{At, Skipped};
use hepta_proto::data::Notes;
use std::sync::Arc;

/// A file that was read.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) file: Arc<str>,
    pub(crate) types: Vec<TypeDecl>,
    pub(crate) fbs: Vec<FbDecl>,
    pub(crate) dbs: Vec<DbDecl>,
    pub(crate) skipped: Vec<Skipped>,
}

impl Source {
    pub(crate) fn at(&self, pos: Pos) -> At {
        At { file: self.file.clone(), line: pos.line, column: pos.column }
    }
}

/// A name without its quotes, and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct Name {
    pub(crate) text: Arc<str>,
    pub(crate) pos: Pos,
}

/// `TYPE`: a PLC data type.
#[derive(Debug)]
pub(crate) struct TypeDecl {
    pub(crate) name: Name,
    pub(crate) kind: Kind,
}

/// `FUNCTION_BLOCK`, without its code.
#[derive(Debug)]
pub(crate) struct FbDecl {
    pub(crate) name: Name,
    pub(crate) members: Vec<Member>,
    pub(crate) constants: Vec<Constant>,
}

/// `DATA_BLOCK`
#[derive(Debug)]
pub(crate) struct DbDecl {
    pub(crate) name: Name,
    pub(crate) body: Body,
    pub(crate) optimised: bool,
    pub(crate) retain: bool,
    pub(crate) comment: Option<Arc<str>>,
    pub(crate) constants: Vec<Constant>,
    pub(crate) sets: Vec<Set>,
}

/// What a data block is made of.
#[derive(Debug)]
pub(crate) enum Body {
    Members(Vec<Member>),
    Of(Kind),
}

/// A member of an interface or a struct.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    pub(crate) name: Name,
    /// One for all names of `a, b : Int`.
    pub(crate) kind: Arc<Kind>,
    pub(crate) initial: Option<Arc<Expr>>,
    pub(crate) notes: Notes,
}

/// A constant of a block.
#[derive(Debug)]
pub(crate) struct Constant {
    pub(crate) name: Name,
    pub(crate) kind: Option<Kind>,
    pub(crate) value: Expr,
}

/// A type as it is written.
#[derive(Clone, Debug)]
pub(crate) struct Kind {
    pub(crate) pos: Pos,
    pub(crate) what: What,
}

/// Of which kind it is.
#[derive(Clone, Debug)]
pub(crate) enum What {
    /// A name, in quotes or not.
    Named {
        name: Arc<str>,
        quoted: bool,
    },
    /// `STRING` or `WSTRING`, with its length.
    Text {
        wide: bool,
        length: Option<Box<Expr>>,
    },
    Array {
        bounds: Vec<(Expr, Expr)>,
        element: Box<Kind>,
    },
    /// `ARRAY[*]`: whatever the caller has.
    Open,
    Struct(Vec<Member>),
    /// `REF_TO` and `VARIANT`, which no memory shows.
    Reference,
}

/// A value as it is written.
#[derive(Clone, Debug)]
pub(crate) struct Expr {
    pub(crate) pos: Pos,
    pub(crate) what: Given,
}

/// Of which kind it is.
#[derive(Clone, Debug)]
pub(crate) enum Given {
    /// A literal, as it stands.
    Literal(Arc<str>),
    /// A constant; or `TRUE`, if it is not in quotes.
    Name { name: Arc<str>, quoted: bool },
    /// `[1, 2, 3(0)]`
    List(Vec<Item>),
    /// `(a := 1, b := 2)`, or `(1, 2)`.
    Struct(Vec<(Option<Name>, Expr)>),
}

/// A part of a list: items, so many times.
#[derive(Clone, Debug)]
pub(crate) enum Item {
    One(Expr),
    Many { times: Expr, items: Vec<Self> },
}

/// `a.b[3] := 5;` behind `BEGIN`.
#[derive(Debug)]
pub(crate) struct Set {
    pub(crate) path: Vec<Step>,
    pub(crate) value: Expr,
}

/// A step of a path.
#[derive(Debug)]
pub(crate) enum Step {
    Name(Name),
    Index(Pos, Vec<Expr>),
}
