//! Where one stands in the tree: no terminal, no connection.
use hepta::plus::catalogue::{Catalogue, Children, Kind, Node, fits};
use std::collections::HashMap;

/// A line of the tree.
#[derive(Clone, Debug)]
pub(super) enum Row<'a> {
    /// Something with a name.
    Node { node: Node<'a>, depth: usize, open: bool },
    /// More of the same: an array may have more elements than anybody wants to see.
    More { rest: Children<'a>, depth: usize },
}

impl Row<'_> {
    pub(super) fn depth(&self) -> usize {
        match self {
            Self::Node { depth, .. } | Self::More { depth, .. } => *depth,
        }
    }
}

/// What a key means.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Key {
    Up,
    Down,
    PageUp,
    PageDown,
    Home,
    End,
    /// Open it, or go to what is in it.
    Right,
    /// Close it, or go to what it is in.
    Left,
    Char(char),
    Backspace,
    Enter,
    Escape,
    Quit,
}

/// Children that are shown at once.
const MANY: usize = 500;

/// A tree with some of its branches open.
#[derive(Debug)]
pub(super) struct Look<'a> {
    catalogue: &'a Catalogue,
    pub(super) rows: Vec<Row<'a>>,
    /// The line it stands on.
    pub(super) at: usize,
    /// The first line that is seen.
    pub(super) top: usize,
    /// Lines that are seen.
    pub(super) height: usize,
    /// What is being searched for, while it is typed.
    pub(super) typing: Option<String>,
    wanted: String,
    /// What the last search came to, if it has to be said.
    pub(super) said: Option<String>,
    /// What is known of the lines that are seen, by their names.
    pub(super) values: HashMap<String, Result<String, String>>,
}

impl<'a> Look<'a> {
    pub(super) fn new(catalogue: &'a Catalogue) -> Self {
        let roots = catalogue.roots().filter(|root| root.children().next().is_some());
        let rows = roots.map(|node| Row::Node { node, depth: 0, open: false }).collect();
        let (wanted, typing, said) = (String::new(), None, None);
        Self { catalogue, rows, at: 0, top: 0, height: 20, typing, wanted, said, values: HashMap::new() }
    }
    /// Does what a key says; `false`: enough.
    pub(super) fn press(&mut self, key: Key) -> bool {
        if self.typing.is_some() {
            self.type_in(key);
            return true;
        }
        self.said = None;
        let last = self.rows.len().saturating_sub(1);
        match key {
            Key::Quit | Key::Escape | Key::Char('q') => return false,
            Key::Up | Key::Char('k') => self.at = self.at.saturating_sub(1),
            Key::Down | Key::Char('j') => self.at = (self.at + 1).min(last),
            Key::PageUp => self.at = self.at.saturating_sub(self.height),
            Key::PageDown => self.at = (self.at + self.height).min(last),
            Key::Home => self.at = 0,
            Key::End => self.at = last,
            Key::Right | Key::Enter | Key::Char('l') => self.right(),
            Key::Left | Key::Char('h') => self.left(),
            Key::Char('/') => self.typing = Some(String::new()),
            Key::Char('n') => self.find(),
            Key::Char(_) | Key::Backspace => {}
        }
        self.scroll();
        true
    }
    fn type_in(&mut self, key: Key) {
        let Some(text) = &mut self.typing else { return };
        match key {
            Key::Char(c) => text.push(c),
            Key::Backspace => _ = text.pop(),
            Key::Enter => {
                self.wanted = self.typing.take().unwrap_or_default();
                self.find();
                self.scroll();
            }
            Key::Escape | Key::Quit => self.typing = None,
            _ => {}
        }
    }
    /// Keeps the line it stands on in sight.
    pub(super) fn scroll(&mut self) {
        self.top = self.top.min(self.at);
        if self.at >= self.top + self.height {
            self.top = self.at + 1 - self.height;
        }
    }
    fn right(&mut self) {
        match self.rows.get(self.at) {
            Some(Row::Node { open: true, .. }) => {
                self.at = (self.at + 1).min(self.rows.len().saturating_sub(1));
            }
            Some(_) => self.open(self.at),
            None => {}
        }
    }
    fn left(&mut self) {
        let Some(row) = self.rows.get(self.at) else { return };
        let depth = row.depth();
        if matches!(row, Row::Node { open: true, .. }) {
            return self.close(self.at);
        }
        let above = self.rows.iter().take(self.at).rposition(|row| row.depth() < depth);
        self.at = above.unwrap_or(self.at);
    }
    /// Shows what is in a line, or more of what it stands for.
    fn open(&mut self, at: usize) {
        let (mut rest, depth, from) = match self.rows.get_mut(at) {
            Some(Row::Node { node, depth, open: open @ false }) if opens(node) => {
                *open = true;
                (node.children(), *depth + 1, at + 1)
            }
            Some(Row::More { rest, depth }) => {
                let more = (rest.clone(), *depth, at);
                self.rows.remove(at);
                more
            }
            _ => return,
        };
        let mut rows: Vec<Row<'a>> =
            rest.by_ref().take(MANY).map(|node| Row::Node { node, depth, open: false }).collect();
        if rest.clone().next().is_some() {
            rows.push(Row::More { rest, depth });
        }
        self.rows.splice(from..from, rows);
    }
    fn close(&mut self, at: usize) {
        let Some(Row::Node { depth, open, .. }) = self.rows.get_mut(at) else { return };
        *open = false;
        let depth = *depth;
        let below = self.rows.iter().skip(at + 1).take_while(|row| row.depth() > depth).count();
        self.rows.drain(at + 1..at + 1 + below);
    }
    /// Goes to the next leaf that fits, from where it stands, and on from the start.
    fn find(&mut self) {
        if self.wanted.is_empty() {
            return;
        }
        let pattern = format!("*{}*", self.wanted.replace('"', ""));
        let here = match self.rows.get(self.at) {
            Some(Row::Node { node, .. }) => node.path(),
            _ => String::new(),
        };
        // Leaves come in the order of the tree: what comes behind the place where it stands goes before the first of all.
        let (mut first, mut next, mut passed) = (None, None, false);
        for leaf in self.catalogue.leaves() {
            let path = leaf.path();
            let above = within(&here, &path);
            passed |= above || within(&path, &here);
            if fits(&pattern, &path) {
                if passed && !above {
                    next = Some(path);
                    break;
                }
                first.get_or_insert(path);
            }
        }
        match next.or(first) {
            Some(path) => self.go(&path),
            None => self.said = Some(format!("nothing has {:?} in its name", self.wanted)),
        }
    }
    /// Opens what is above that leaf, and goes there.
    fn go(&mut self, path: &str) {
        let (mut at, mut depth) = (0, 0);
        while let Some(row) = self.rows.get(at).filter(|row| row.depth() >= depth) {
            match row {
                Row::Node { node, depth: of, open } if *of == depth && within(path, &node.path()) => {
                    self.at = at;
                    if node.path() == path {
                        break;
                    }
                    if !open {
                        self.open(at);
                    }
                    depth += 1;
                    at += 1;
                }
                Row::More { depth: of, .. } if *of == depth => self.open(at),
                _ => at += 1,
            }
        }
    }
    /// The values that are in sight.
    pub(super) fn seen(&self) -> Vec<Node<'a>> {
        let seen = self.rows.iter().skip(self.top).take(self.height);
        seen.filter_map(|row| match row {
            Row::Node { node, .. } if node.kind() == Kind::Value => Some(node.clone()),
            _ => None,
        })
        .collect()
    }
}

/// Has it something in it that can be shown?
pub(super) fn opens(node: &Node<'_>) -> bool {
    node.children().next().is_some()
}

/// Is that name of something within this one?
fn within(path: &str, above: &str) -> bool {
    path.strip_prefix(above).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}
