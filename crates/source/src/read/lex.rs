//! Characters to words. The reader asks for one at a time, because titles and code are no words.
use super::{Fault, Pos};

/// A word of a source. Texts of names are without their quotes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Word<'a> {
    /// A plain name or keyword.
    Plain(&'a str),
    /// A name in double quotes.
    Quoted(&'a str),
    /// A number, a literal with `#`, a text in single quotes: as it stands.
    Literal(&'a str),
    /// `:=`, `..`, or one character.
    Sign(&'a str),
    /// The end of the file.
    End,
}

/// A word, and where it starts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token<'a> {
    pub(super) word: Word<'a>,
    pub(super) pos: Pos,
}

/// Reads words from left to right.
#[derive(Clone, Debug)]
pub(super) struct Lexer<'a> {
    rest: &'a str,
    pos: Pos,
    /// The comment that begins behind the last word, on its line.
    pub(super) beside: Option<&'a str>,
    /// All comments, while somebody wants them.
    pub(super) comments: Option<Vec<&'a str>>,
}

type Lexed<T> = Result<T, (Pos, Fault)>;

impl<'a> Lexer<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { rest: text, pos: Pos { line: 1, column: 1 }, beside: None, comments: None }
    }
    /// Goes over so many octets, which end between two characters.
    fn take(&mut self, octets: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at_checked(octets).unwrap_or((self.rest, ""));
        for c in taken.chars() {
            if c == '\n' {
                self.pos = Pos { line: self.pos.line.saturating_add(1), column: 1 };
            } else {
                self.pos.column = self.pos.column.saturating_add(1);
            }
        }
        self.rest = rest;
        taken
    }
    fn take_while(&mut self, want: impl Fn(char) -> bool) -> &'a str {
        self.take(self.rest.find(|c| !want(c)).unwrap_or(self.rest.len()))
    }
    /// How long the part up to and with `end` is; of an open one all that is left, if that is as good.
    fn until(&self, from: usize, end: &str) -> Option<usize> {
        let at = self.rest.get(from..)?.find(end)?;
        Some(from + at + end.len())
    }
    /// The rest of the line, without its end.
    pub(super) fn line(&mut self) -> &'a str {
        self.take_while(|c| c != '\n').trim()
    }
    /// Blanks and comments.
    fn blanks(&mut self) -> Lexed<()> {
        self.beside = None;
        let line = self.pos.line;
        loop {
            // A mark may stand where files were put behind each other, and old editors end a file with ^Z.
            self.take_while(|c| c.is_whitespace() || matches!(c, '\u{feff}' | '\u{1a}'));
            let start = self.pos;
            let text = if self.rest.starts_with("//") {
                self.line().trim_start_matches('/').trim()
            } else if let Some(end) = ["(*", "/*"].iter().position(|open| self.rest.starts_with(open)) {
                let close = if end == 0 { "*)" } else { "*/" };
                let len = self.until(2, close).ok_or((start, Fault::Unclosed { what: "comment", close }))?;
                let all = self.take(len);
                let inner = all.get(2..len.saturating_sub(2)).unwrap_or_default();
                inner.trim_start_matches('*').trim()
            } else {
                return Ok(());
            };
            if !text.is_empty() {
                if let Some(comments) = &mut self.comments {
                    comments.push(text);
                }
                if start.line == line && self.beside.is_none() {
                    self.beside = Some(text);
                }
            }
        }
    }
    /// The next word.
    pub(super) fn next(&mut self) -> Lexed<Token<'a>> {
        self.blanks()?;
        let pos = self.pos;
        let Some(first) = self.rest.chars().next() else { return Ok(Token { word: Word::End, pos }) };
        let word = match first {
            '"' => {
                let inner = self.rest.get(1..).unwrap_or_default();
                let end =
                    inner.find(['"', '\n']).filter(|at| inner.get(*at..).is_some_and(|r| r.starts_with('"')));
                let end = end.ok_or((pos, Fault::Unclosed { what: "name", close: "\"" }))?;
                self.take(end + 2);
                Word::Quoted(inner.get(..end).unwrap_or_default())
            }
            '\'' => Word::Literal(self.quoted(0)?),
            c if c.is_ascii_digit() => Word::Literal(self.number()?),
            c if is_name(c) => {
                let len = self.rest.find(|c| !is_name(c)).unwrap_or(self.rest.len());
                if self.rest.get(len..).is_some_and(|rest| rest.starts_with('#')) {
                    Word::Literal(self.typed(len)?)
                } else {
                    Word::Plain(self.take(len))
                }
            }
            _ if self.rest.starts_with(":=") || self.rest.starts_with("..") => Word::Sign(self.take(2)),
            ':' | ';' | ',' | '.' | '(' | ')' | '[' | ']' | '{' | '}' | '=' | '+' | '-' | '*' | '#' | '&'
            | '%' => Word::Sign(self.take(1)),
            c => return Err((pos, Fault::Character(c))),
        };
        Ok(Token { word, pos })
    }
    /// A text in single quotes that opens after `from` octets.
    fn quoted(&mut self, from: usize) -> Lexed<&'a str> {
        let mut escaped = false;
        let inner = self.rest.get(from + 1..).unwrap_or_default();
        for (at, c) in inner.char_indices() {
            match c {
                '\n' => break,
                _ if escaped => escaped = false,
                '$' => escaped = true,
                '\'' => return Ok(self.take(from + at + 2)),
                _ => {}
            }
        }
        Err((self.pos, Fault::Unclosed { what: "text", close: "'" }))
    }
    /// `12`, `1_000`, `1.5e-3`, `16#FF`. A point belongs to it only before a digit: `0..9` are two.
    fn number(&mut self) -> Lexed<&'a str> {
        let mut len = self.span(0, |c| c.is_ascii_digit() || c == '_');
        let at = |at: usize| self.rest.get(at..).and_then(|rest| rest.chars().next());
        if at(len) == Some('#') {
            return self.typed(len);
        }
        if at(len) == Some('.') && at(len + 1).is_some_and(|c| c.is_ascii_digit()) {
            len = self.span(len + 1, |c| c.is_ascii_digit() || c == '_');
        }
        if matches!(at(len), Some('e' | 'E')) {
            let sign = usize::from(matches!(at(len + 1), Some('+' | '-')));
            if at(len + 1 + sign).is_some_and(|c| c.is_ascii_digit()) {
                len = self.span(len + 1 + sign, |c| c.is_ascii_digit());
            }
        }
        Ok(self.take(len))
    }
    /// What stands behind the `#` after `len` octets: a text, or all that dates, spans and numbers are made of.
    fn typed(&mut self, len: usize) -> Lexed<&'a str> {
        let word = self.rest.get(..len).unwrap_or_default();
        if self.rest.get(len + 1..).is_some_and(|rest| rest.starts_with('\'')) {
            return self.quoted(len + 1);
        }
        let date = DATES.iter().any(|date| date.eq_ignore_ascii_case(word));
        let (mut end, mut before) = (len + 1, '#');
        for c in self.rest.get(end..).unwrap_or_default().chars() {
            let next = self.rest.get(end + c.len_utf8()..).unwrap_or_default();
            let part = match c {
                '.' => !next.starts_with('.'),
                ':' => date && !next.starts_with('='),
                '-' | '+' => date || before == '#' || matches!(before, 'e' | 'E') && !is_based(word),
                c => is_name(c) || c == '#',
            };
            if !part {
                break;
            }
            before = c;
            end += c.len_utf8();
        }
        Ok(self.take(end))
    }
    fn span(&self, from: usize, want: impl Fn(char) -> bool) -> usize {
        let rest = self.rest.get(from..).unwrap_or_default();
        from + rest.find(|c| !want(c)).unwrap_or(rest.len())
    }
    /// Does a type stand next, so that the word before is a name? Whatever it looks like.
    pub(super) fn before_type(&self) -> bool {
        self.followed_by(":") && !self.followed_by(":=")
    }
    /// Is this next, blanks aside?
    pub(super) fn followed_by(&self, sign: &str) -> bool {
        self.rest.trim_start().starts_with(sign)
    }
    /// Goes over code up to the word `end`, which is left. `None`: the file ends first.
    ///
    /// Code is read as little as can be: comments, texts and names that close on their line, and words.
    pub(super) fn skip_to(&mut self, end: &str) -> Option<&'a str> {
        let all = self.rest;
        loop {
            let c = self.rest.chars().next()?;
            let whole = match c {
                '/' if self.rest.starts_with("//") => Some(self.span(0, |c| c != '\n')),
                '/' if self.rest.starts_with("/*") => Some(self.until(2, "*/")?),
                '(' if self.rest.starts_with("(*") => Some(self.until(2, "*)")?),
                '\'' | '"' => {
                    let close = self.rest.get(1..).and_then(|rest| rest.find([c, '\n'])).map(|at| at + 1);
                    close.filter(|at| self.rest.get(*at..).is_some_and(|r| r.starts_with(c))).map(|at| at + 1)
                }
                c if is_name(c) => {
                    let len = self.span(0, is_name);
                    if self.rest.get(..len).is_some_and(|word| word.eq_ignore_ascii_case(end)) {
                        return all.get(..all.len() - self.rest.len());
                    }
                    Some(len)
                }
                _ => None,
            };
            self.take(whole.unwrap_or_else(|| c.len_utf8()));
        }
    }
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn is_based(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_digit())
}

/// What may stand before `#` where `-` and `:` are parts of the literal.
static DATES: [&str; 11] = [
    "D",
    "DATE",
    "TOD",
    "TIME_OF_DAY",
    "LTOD",
    "LTIME_OF_DAY",
    "DT",
    "DATE_AND_TIME",
    "LDT",
    "DATE_AND_LTIME",
    "DTL",
];
