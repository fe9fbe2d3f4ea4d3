//! Values as they are written, and what they are given to.
use super::lex::Word;
use super::parse::{Parsed, Parser};
use super::tree::{Expr, Given, Item, Name, Set, Step};
use std::sync::Arc;

impl Parser<'_> {
    /// What a member is at first: a value, or the list of an array without its brackets, as classic sources have it.
    pub(super) fn initial(&mut self) -> Parsed<Expr> {
        let pos = self.token.pos;
        let mut items = vec![self.item()?];
        while self.eat_sign(",")? {
            items.push(self.item()?);
        }
        Ok(match <[Item; 1]>::try_from(items) {
            Ok([Item::One(one)]) => one,
            Ok([many]) => Expr { pos, what: Given::List(vec![many]) },
            Err(items) => Expr { pos, what: Given::List(items) },
        })
    }
    /// A part of a list: `5`, `3(0)`, `2(1, 2)`.
    fn item(&mut self) -> Parsed<Item> {
        let value = self.expr()?;
        let counts = matches!(&value.what, Given::Name { .. })
            || matches!(&value.what, Given::Literal(text) if text.starts_with(|c: char| c.is_ascii_digit()));
        if !counts || !self.is_sign("(") {
            return Ok(Item::One(value));
        }
        self.bump()?;
        let items = self.deeper(|parser| {
            let mut items = vec![parser.item()?];
            while parser.eat_sign(",")? {
                items.push(parser.item()?);
            }
            Ok(items)
        })?;
        self.expect_sign(")")?;
        Ok(Item::Many { times: value, items })
    }
    /// A value.
    pub(super) fn expr(&mut self) -> Parsed<Expr> {
        let pos = self.token.pos;
        let what = match self.token.word {
            Word::Literal(text) => {
                self.bump()?;
                Given::Literal(self.pointer(text)?)
            }
            Word::Sign(sign @ ("-" | "+")) => {
                self.bump()?;
                let Word::Literal(text) = self.token.word else { return Err(self.expected("a number")) };
                self.bump()?;
                Given::Literal(if sign == "-" { format!("-{text}").into() } else { text.into() })
            }
            Word::Sign("#") => {
                self.bump()?;
                Given::Name { name: self.name("the name of a constant")?.text, quoted: true }
            }
            Word::Plain(name) => {
                self.bump()?;
                Given::Name { name: name.into(), quoted: false }
            }
            Word::Quoted(name) => {
                self.bump()?;
                Given::Name { name: name.into(), quoted: true }
            }
            Word::Sign("[") => self.deeper(Self::list)?,
            Word::Sign("(") => self.deeper(Self::structure)?,
            _ => return Err(self.expected("a value")),
        };
        Ok(Expr { pos, what })
    }
    /// A pointer with a length is three words: `P#M0.0 BYTE 10`.
    fn pointer(&mut self, text: &str) -> Parsed<Arc<str>> {
        let pointer = text.get(..2).is_some_and(|start| start.eq_ignore_ascii_case("P#"));
        match self.token.word {
            Word::Plain(ty) if pointer => {
                self.bump()?;
                let Word::Literal(count) = self.token.word else { return Err(self.expected("a count")) };
                self.bump()?;
                Ok(format!("{text} {ty} {count}").into())
            }
            _ => Ok(text.into()),
        }
    }
    fn list(&mut self) -> Parsed<Given> {
        self.bump()?;
        let mut items = Vec::new();
        while !self.is_sign("]") {
            items.push(self.item()?);
            if !self.eat_sign(",")? {
                break;
            }
        }
        self.expect_sign("]")?;
        Ok(Given::List(items))
    }
    fn structure(&mut self) -> Parsed<Given> {
        self.bump()?;
        let mut members: Vec<(Option<Name>, Expr)> = Vec::new();
        while !self.is_sign(")") {
            let named =
                matches!(self.token.word, Word::Plain(_) | Word::Quoted(_)) && self.lexer.followed_by(":=");
            let name = if named {
                let name = self.name("the name of a member")?;
                self.bump()?;
                Some(name)
            } else {
                None
            };
            members.push((name, self.expr()?));
            if !self.eat_sign(",")? {
                break;
            }
        }
        self.expect_sign(")")?;
        Ok(Given::Struct(members))
    }

    /// What stands behind `BEGIN` of a data block.
    pub(super) fn sets(&mut self) -> Parsed<Vec<Set>> {
        let mut sets = Vec::new();
        while !self.is("END_DATA_BLOCK") || self.lexer.followed_by(":=") {
            if self.eat_sign(";")? {
                continue;
            }
            let mut path = Vec::new();
            // The elements of a block that is an array have no name before them.
            if !self.is_sign("[") {
                self.eat_sign("#")?;
                path.push(Step::Name(self.name("the name of a member, or END_DATA_BLOCK")?));
            }
            loop {
                let pos = self.token.pos;
                if self.eat_sign(".")? {
                    path.push(Step::Name(self.name("the name of a member")?));
                } else if self.eat_sign("[")? {
                    let mut indices = vec![self.expr()?];
                    while self.eat_sign(",")? {
                        indices.push(self.expr()?);
                    }
                    self.expect_sign("]")?;
                    path.push(Step::Index(pos, indices));
                } else {
                    break;
                }
            }
            self.expect_sign(":=")?;
            let value = self.initial()?;
            self.expect_sign(";")?;
            sets.push(Set { path, value });
        }
        Ok(sets)
    }
}
