//! Members and their types.
use super::Fault;
use super::lex::Word;
use super::parse::{Parsed, Parser, is_true};
use super::tree::{Kind, Member, Name, What};
use hepta_proto::data::Notes;
use std::sync::Arc;

impl Parser<'_> {
    /// Members up to the keyword, which is eaten; each begins with the same notes.
    pub(super) fn members(&mut self, end: &'static str, notes: &Notes) -> Parsed<Vec<Member>> {
        let mut members = Vec::new();
        loop {
            // A member may be called as the keyword is.
            if self.is(end) && !self.lexer.before_type() {
                self.bump()?;
                return Ok(members);
            }
            self.member(end, notes, &mut members)?;
        }
    }
    /// `a, b { attributes } : type := value; // comment`
    fn member(&mut self, end: &'static str, notes: &Notes, members: &mut Vec<Member>) -> Parsed<()> {
        let mut notes = notes.clone();
        let mut names: Vec<Name> = Vec::new();
        loop {
            if !matches!(self.token.word, Word::Plain(_) | Word::Quoted(_)) {
                return Err(self.expected(match end {
                    "END_STRUCT" => "the name of a member, or END_STRUCT",
                    _ => "the name of a member, or END_VAR",
                }));
            }
            names.push(self.name("the name of a member")?);
            while self.is_sign("{") {
                self.pragma(|key, value| attribute(&mut notes, key, value))?;
            }
            if !self.eat_sign(",")? {
                break;
            }
        }
        // A view of another member's octets, of which there is nothing to store.
        let view = self.eat("AT")?;
        if view {
            self.name("the member that is looked at")?;
        }
        self.expect_sign(":")?;
        let mut comment = None;
        while self.is_sign("{") {
            self.pragma(|key, value| attribute(&mut notes, key, value))?;
        }
        if self.is("STRUCT") {
            // Behind STRUCT, on its line, stands what is said of the struct.
            comment = self.comment_beside();
        }
        let kind = self.kind()?;
        let kind = if view { Kind { pos: kind.pos, what: What::Reference } } else { kind };
        let kind = Arc::new(kind);
        let initial = if self.eat_sign(":=")? { Some(Arc::new(self.initial()?)) } else { None };
        if !self.is_sign(";") {
            return Err(self.expected(";"));
        }
        self.bump()?;
        notes.comment = comment.or_else(|| self.lexer.beside.map(Into::into));
        members.extend(names.into_iter().map(|name| Member {
            name,
            kind: kind.clone(),
            initial: initial.clone(),
            notes: notes.clone(),
        }));
        Ok(())
    }
    /// The comment behind the next word, on its line.
    fn comment_beside(&self) -> Option<Arc<str>> {
        let mut ahead = self.lexer.clone();
        ahead.next().ok()?;
        ahead.beside.map(Into::into)
    }

    /// A type.
    pub(super) fn kind(&mut self) -> Parsed<Kind> {
        self.deeper(Self::kind_here)
    }
    fn kind_here(&mut self) -> Parsed<Kind> {
        let pos = self.token.pos;
        let want = "a type, as Int, \"Motor\", Array[0..9] of Real or Struct,";
        let quoted = matches!(self.token.word, Word::Quoted(_));
        let word = match self.token.word {
            Word::Quoted(_) => "",
            Word::Plain(word) => word,
            _ => return Err(self.expected(want)),
        };
        let is = |keyword: &str| word.eq_ignore_ascii_case(keyword);
        let what = if is("ARRAY") {
            self.bump()?;
            self.array()?
        } else if is("STRUCT") {
            self.bump()?;
            What::Struct(self.members("END_STRUCT", &Notes::default())?)
        } else if is("STRING") || is("WSTRING") {
            self.bump()?;
            let length = if self.eat_sign("[")? {
                let length = self.expr()?;
                self.expect_sign("]")?;
                Some(Box::new(length))
            } else {
                None
            };
            What::Text { wide: is("WSTRING"), length }
        } else if is("REF_TO") {
            self.bump()?;
            self.kind()?;
            What::Reference
        } else if is("VARIANT") {
            self.bump()?;
            What::Reference
        } else {
            let name = self.name(want)?;
            let name = if quoted { name } else { self.numbered(name)? };
            What::Named { name: name.text, quoted }
        };
        Ok(Kind { pos, what })
    }
    /// `[0..9, 1..2] of Int`, behind `Array`.
    fn array(&mut self) -> Parsed<What> {
        self.expect_sign("[")?;
        let (mut bounds, mut open) = (Vec::new(), false);
        loop {
            if self.eat_sign("*")? {
                open = true;
            } else {
                let low = self.expr()?;
                self.expect_sign("..")?;
                bounds.push((low, self.expr()?));
            }
            if !self.eat_sign(",")? {
                break;
            }
        }
        self.expect_sign("]")?;
        self.expect("OF")?;
        let element = Box::new(self.kind()?);
        if !open {
            Ok(What::Array { bounds, element })
        } else if bounds.is_empty() {
            Ok(What::Open)
        } else {
            Err((element.pos, Fault::HalfOpen))
        }
    }
}

/// An attribute of a member; those that say nothing of memory and access are not looked at.
fn attribute(notes: &mut Notes, key: &str, value: &str) {
    let yes = is_true(value);
    if key.eq_ignore_ascii_case("ExternalVisible") {
        notes.visible = yes;
    } else if key.eq_ignore_ascii_case("ExternalAccessible") {
        notes.accessible = yes;
    } else if key.eq_ignore_ascii_case("ExternalWritable") {
        notes.writable = yes;
    }
}
