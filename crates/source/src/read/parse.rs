//! Blocks and types of a source: heads, sections, code.
use super::lex::{Lexer, Token, Word};
use super::tree::{Body, Constant, DbDecl, FbDecl, Kind, Member, Name, Source, TypeDecl, What};
use super::{Fault, Pos};
use crate::{At, ImportError, Skipped};
use hepta_proto::data::{Notes, Section};
use std::sync::Arc;

/// Does a text begin as a source does?
pub(crate) fn is_source(text: &str) -> bool {
    let mut lexer = Lexer::new(text);
    let mut attributes = false;
    let first = core::iter::from_fn(|| lexer.next().ok()).find(|token| {
        attributes = token.word == Word::Sign("{") || attributes && token.word != Word::Sign("}");
        token.word == Word::End || !attributes && !matches!(token.word, Word::Sign(_))
    });
    let Some(Token { word: Word::Plain(word), .. }) = first else { return false };
    DECLARATIONS.iter().any(|known| known.eq_ignore_ascii_case(word))
}

/// What one source declares.
pub(crate) fn parse(file: &Arc<str>, text: &str) -> Result<Source, ImportError> {
    let mut lexer = Lexer::new(text);
    let fault = |(pos, what): (Pos, Fault)| ImportError {
        at: At { file: file.clone(), line: pos.line, column: pos.column },
        what,
    };
    let token = lexer.next().map_err(fault)?;
    let source = Source {
        file: file.clone(),
        types: Vec::new(),
        fbs: Vec::new(),
        dbs: Vec::new(),
        skipped: Vec::new(),
    };
    let mut parser = Parser { lexer, token, depth: 0, source };
    parser.blocks().map_err(fault)?;
    Ok(parser.source)
}

/// Reads a source: `token` is the next word.
pub(super) struct Parser<'a> {
    pub(super) lexer: Lexer<'a>,
    pub(super) token: Token<'a>,
    pub(super) depth: u32,
    source: Source,
}

pub(super) type Parsed<T> = Result<T, (Pos, Fault)>;

/// What stands between the name of a block and its members.
#[derive(Default)]
struct Head {
    optimised: Option<bool>,
    retain: Option<bool>,
    title: Option<Arc<str>>,
}

/// Deeper than any struct of a CPU; what is allowed, types say themselves.
const MAX_DEPTH: u32 = 40;

/// What a source declares begins with one of these.
static DECLARATIONS: [&str; 5] = ["DATA_BLOCK", "TYPE", "FUNCTION_BLOCK", "FUNCTION", "ORGANIZATION_BLOCK"];

impl<'a> Parser<'a> {
    /// Goes over the next word.
    pub(super) fn bump(&mut self) -> Parsed<Token<'a>> {
        let next = self.lexer.next()?;
        Ok(core::mem::replace(&mut self.token, next))
    }
    /// Is the next word this keyword?
    pub(super) fn is(&self, keyword: &str) -> bool {
        matches!(self.token.word, Word::Plain(word) if word.eq_ignore_ascii_case(keyword))
    }
    pub(super) fn is_sign(&self, sign: &str) -> bool {
        self.token.word == Word::Sign(sign)
    }
    /// Goes over the keyword, if it is next.
    pub(super) fn eat(&mut self, keyword: &str) -> Parsed<bool> {
        let found = self.is(keyword);
        if found {
            self.bump()?;
        }
        Ok(found)
    }
    pub(super) fn eat_sign(&mut self, sign: &str) -> Parsed<bool> {
        let found = self.is_sign(sign);
        if found {
            self.bump()?;
        }
        Ok(found)
    }
    pub(super) fn expect(&mut self, keyword: &'static str) -> Parsed<()> {
        if self.eat(keyword)? { Ok(()) } else { Err(self.expected(keyword)) }
    }
    pub(super) fn expect_sign(&mut self, sign: &'static str) -> Parsed<()> {
        if self.eat_sign(sign)? { Ok(()) } else { Err(self.expected(sign)) }
    }
    /// The fault that something else stands here.
    pub(super) fn expected(&self, want: &'static str) -> (Pos, Fault) {
        let found = match self.token.word {
            Word::Plain(word) | Word::Literal(word) | Word::Sign(word) => word.chars().take(40).collect(),
            Word::Quoted(name) => format!("\"{name}\""),
            Word::End => "the end of the file".to_owned(),
        };
        (self.token.pos, Fault::Expected { want, found })
    }
    /// A name, in quotes or not.
    pub(super) fn name(&mut self, want: &'static str) -> Parsed<Name> {
        let (Word::Plain(text) | Word::Quoted(text)) = self.token.word else {
            return Err(self.expected(want));
        };
        let pos = self.bump()?.pos;
        Ok(Name { text: text.into(), pos })
    }
    /// One level deeper, as long as `inner` runs.
    pub(super) fn deeper<T>(&mut self, inner: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.depth >= MAX_DEPTH {
            return Err((self.token.pos, Fault::Deep));
        }
        self.depth += 1;
        let done = inner(self);
        self.depth -= 1;
        done
    }
    fn skip(&mut self, what: String, pos: Pos) {
        let at = self.source.at(pos);
        self.source.skipped.push(Skipped { what, at });
    }

    fn blocks(&mut self) -> Parsed<()> {
        loop {
            if self.eat("DATA_BLOCK")? {
                let db = self.data_block()?;
                self.source.dbs.push(db);
            } else if self.eat("TYPE")? {
                let ty = self.type_block()?;
                self.source.types.push(ty);
            } else if self.eat("FUNCTION_BLOCK")? {
                let fb = self.function_block()?;
                self.source.fbs.push(fb);
            } else if self.is("FUNCTION") {
                self.code("FUNCTION", "END_FUNCTION")?;
            } else if self.is("ORGANIZATION_BLOCK") {
                self.code("ORGANIZATION_BLOCK", "END_ORGANIZATION_BLOCK")?;
            } else if self.is_sign("{") {
                self.pragma(|_, _| {})?;
            } else if self.token.word == Word::End {
                return Ok(());
            } else if !self.eat_sign(";")? {
                return Err(self.expected(
                    "DATA_BLOCK, TYPE, FUNCTION_BLOCK, FUNCTION, ORGANIZATION_BLOCK or the end of the file",
                ));
            }
        }
    }
    /// The name of a block: `"Motor"`, `Motor`, `FB 5`, `FB5`.
    fn block_name(&mut self) -> Parsed<Name> {
        let plain = matches!(self.token.word, Word::Plain(_));
        if self.token.word == Word::Quoted("") {
            return Err(self.expected("the name of a block"));
        }
        let name = self.name("the name of a block")?;
        if plain { self.numbered(name) } else { Ok(name) }
    }
    /// `FB 5` is the name `FB5`.
    pub(super) fn numbered(&mut self, name: Name) -> Parsed<Name> {
        let classic =
            ["DB", "FB", "FC", "OB", "UDT", "SFB"].iter().any(|k| k.eq_ignore_ascii_case(&name.text));
        match self.token.word {
            Word::Literal(number) if classic && number.bytes().all(|b| b.is_ascii_digit()) => {
                self.bump()?;
                let number = number.trim_start_matches('0');
                let text = format!("{}{number}", name.text.to_ascii_uppercase());
                Ok(Name { text: text.into(), pos: name.pos })
            }
            _ => Ok(name),
        }
    }
    /// A block that is code alone.
    fn code(&mut self, what: &'static str, end: &'static str) -> Parsed<()> {
        let start = self.bump()?.pos;
        let name = self.block_name()?;
        self.skip(format!("{what} {:?}", name.text), start);
        // Its own end may be the next word already.
        if !self.is(end) {
            self.lexer.skip_to(end).ok_or((start, Fault::Unclosed { what, close: end }))?;
            self.bump()?;
        }
        self.bump()?;
        Ok(())
    }
    /// What stands between the name and the members. Its comments are those of the block.
    fn head(&mut self, head: &mut Head) -> Parsed<()> {
        loop {
            if self.is("TITLE") && self.lexer.followed_by("=") {
                self.bump()?;
                // The lexer stands behind the sign, before a text without quotes.
                head.title = Some(self.lexer.line()).filter(|title| !title.is_empty()).map(Into::into);
                self.bump()?;
            } else if self.is("VERSION") {
                self.bump()?;
                self.expect_sign(":")?;
                self.bump()?;
                // 1.0.2 is a number and more.
                while self.eat_sign(".")? {
                    self.bump()?;
                }
            } else if self.is("AUTHOR") || self.is("FAMILY") || self.is("NAME") {
                self.bump()?;
                if !self.is_sign(":") {
                    return Err(self.expected(":"));
                }
                self.lexer.line();
                self.bump()?;
            } else if self.is("NON_RETAIN") || self.is("RETAIN") {
                head.retain = Some(self.is("RETAIN"));
                self.bump()?;
            } else if FLAGS.iter().any(|flag| self.is(flag)) {
                self.bump()?;
            } else if self.is_sign("{") {
                self.pragma(|key, value| {
                    if key.eq_ignore_ascii_case("S7_Optimized_Access") {
                        head.optimised = Some(is_true(value));
                    }
                })?;
            } else {
                return Ok(());
            }
        }
    }
    /// `{ key := 'value'; ... }`
    pub(super) fn pragma(&mut self, mut tell: impl FnMut(&str, &str)) -> Parsed<()> {
        let open = self.bump()?.pos;
        let mut key = "";
        loop {
            let token = self.token;
            match token.word {
                Word::End => return Err((open, Fault::Unclosed { what: "list of attributes", close: "}" })),
                Word::Sign("}") => {
                    self.bump()?;
                    return Ok(());
                }
                Word::Sign(":=") => {
                    self.bump()?;
                    if let Word::Literal(value) | Word::Plain(value) | Word::Quoted(value) = self.token.word {
                        tell(key, value.trim_matches('\''));
                        self.bump()?;
                    }
                }
                word => {
                    if let Word::Plain(word) | Word::Quoted(word) = word {
                        key = word;
                    }
                    self.bump()?;
                }
            }
        }
    }

    fn type_block(&mut self) -> Parsed<TypeDecl> {
        let name = self.block_name()?;
        self.head(&mut Head::default())?;
        self.eat_sign(":")?;
        self.head(&mut Head::default())?;
        let kind = self.kind()?;
        self.eat_sign(";")?;
        self.expect("END_TYPE")?;
        Ok(TypeDecl { name, kind })
    }

    fn function_block(&mut self) -> Parsed<FbDecl> {
        let name = self.block_name()?;
        self.head(&mut Head::default())?;
        let (mut members, mut constants) = (Vec::new(), Vec::new());
        while self.section(&name, &mut members, &mut constants)? {}
        let end = "END_FUNCTION_BLOCK";
        if !self.is(end) {
            let (pos, begins) = (self.token.pos, self.is("BEGIN"));
            let code = self.lexer.skip_to(end);
            let code = code.ok_or((name.pos, Fault::Unclosed { what: "FUNCTION_BLOCK", close: end }))?;
            if !begins || !code.trim().is_empty() {
                self.skip(format!("code of {:?}", name.text), pos);
            }
            self.bump()?;
        }
        self.bump()?;
        Ok(FbDecl { name, members, constants })
    }
    /// A section of an interface, if one is next.
    fn section(
        &mut self,
        of: &Name,
        members: &mut Vec<Member>,
        constants: &mut Vec<Constant>,
    ) -> Parsed<bool> {
        let section = match SECTIONS.iter().find(|(keyword, _)| self.is(keyword)) {
            Some((_, section)) => *section,
            None if self.is("CONST") => return self.constants("END_CONST", constants),
            None if self.is("LABEL") => {
                self.bump()?;
                while !self.eat("END_LABEL")? {
                    if self.token.word == Word::End {
                        return Err(self.expected("END_LABEL"));
                    }
                    self.bump()?;
                }
                return Ok(true);
            }
            None => return Ok(false),
        };
        self.bump()?;
        let mut retain = false;
        while !self.lexer.before_type() {
            if self.is("CONSTANT") {
                return self.constants("END_VAR", constants);
            } else if self.is("RETAIN") {
                retain = true;
            } else if !self.is("NON_RETAIN") && !self.is("DB_SPECIFIC") {
                break;
            }
            self.bump()?;
        }
        let notes = Notes { section: section.unwrap_or_default(), retain, ..Notes::default() };
        let read = self.members("END_VAR", &notes)?;
        self.eat_sign(";")?;
        if section.is_some() {
            members.extend(read);
        } else {
            for temp in read {
                self.skip(format!("temporary {:?} of {:?}", temp.name.text, of.text), temp.name.pos);
            }
        }
        Ok(true)
    }
    /// `name : type := value;`, of classic SCL without the type. The keyword before them is still there.
    fn constants(&mut self, end: &'static str, constants: &mut Vec<Constant>) -> Parsed<bool> {
        self.bump()?;
        while !self.eat(end)? {
            let name = self.name("the name of a constant, or the end of the section")?;
            if self.is_sign("{") {
                self.pragma(|_, _| {})?;
            }
            let kind = if self.eat_sign(":")? { Some(self.kind()?) } else { None };
            self.expect_sign(":=")?;
            let value = self.expr()?;
            self.expect_sign(";")?;
            constants.push(Constant { name, kind, value });
        }
        self.eat_sign(";")?;
        Ok(true)
    }

    fn data_block(&mut self) -> Parsed<DbDecl> {
        self.lexer.comments = Some(Vec::new());
        let name = self.block_name()?;
        let mut head = Head::default();
        self.head(&mut head)?;
        let comments = self.lexer.comments.take().unwrap_or_default();
        let (mut members, mut constants) = (Vec::new(), Vec::new());
        let pos = self.token.pos;
        let mut sections = false;
        while self.section(&name, &mut members, &mut constants)? {
            sections = true;
        }
        let body = if sections {
            Body::Members(members)
        } else {
            let kind = self.kind()?;
            self.eat_sign(";")?;
            match kind.what {
                What::Struct(mut members) => {
                    members.iter_mut().for_each(|member| member.notes.section = Section::Static);
                    Body::Members(members)
                }
                what => Body::Of(Kind { pos, what }),
            }
        };
        self.head(&mut head)?;
        let sets = if self.eat("BEGIN")? { self.sets()? } else { Vec::new() };
        self.expect("END_DATA_BLOCK")?;
        // Of standard access all is retentive where nothing is said, as on S7-300 and S7-400.
        let optimised = head.optimised.unwrap_or(false);
        let comment = Some(comments.join("\n")).filter(|text| !text.is_empty()).map(Into::into);
        Ok(DbDecl {
            name,
            body,
            optimised,
            retain: head.retain.unwrap_or(!optimised),
            comment: comment.or(head.title),
            constants,
            sets,
        })
    }
}

pub(super) fn is_true(value: &str) -> bool {
    value.eq_ignore_ascii_case("TRUE") || value == "1"
}

/// Said of blocks, and nothing to a memory.
static FLAGS: [&str; 5] = ["KNOW_HOW_PROTECT", "UNLINKED", "READ_ONLY", "STANDARD", "CODE_VERSION1"];

/// Sections of an interface; `None` is no part of a memory.
static SECTIONS: [(&str, Option<Section>); 5] = [
    ("VAR_INPUT", Some(Section::Input)),
    ("VAR_OUTPUT", Some(Section::Output)),
    ("VAR_IN_OUT", Some(Section::InOut)),
    ("VAR", Some(Section::Static)),
    ("VAR_TEMP", None),
];
