//! Values as a table that lives: redrawn in place on a terminal, printed line by line into a pipe.
use std::io::{IsTerminal, Write};

/// One row.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Row {
    pub(crate) address: String,
    pub(crate) kind: String,
    /// The value, or what is wrong.
    pub(crate) text: String,
    pub(crate) good: bool,
    pub(crate) note: String,
}

/// Draws rows again and again.
#[derive(Debug)]
pub(crate) struct Table {
    plain: bool,
    before: Vec<Row>,
}

impl Table {
    /// `plain`: no colours, and only what has changed, a line each. So is everything that is no terminal.
    pub(crate) fn new(plain: bool) -> Self {
        Self { plain: plain || !std::io::stdout().is_terminal(), before: Vec::new() }
    }

    pub(crate) fn draw(&mut self, rows: Vec<Row>) -> std::io::Result<()> {
        // Teaches older Windows consoles the escapes that every other terminal knows.
        let mut out = anstream::stdout().lock();
        let width =
            |column: fn(&Row) -> &str| rows.iter().map(|row| column(row).chars().count()).max().unwrap_or(0);
        let (address, kind, text) = (width(|r| &r.address), width(|r| &r.kind), width(|r| &r.text).max(24));
        if !self.plain && !self.before.is_empty() {
            write!(out, "\x1b[{}A", self.before.len())?;
        }
        for (i, row) in rows.iter().enumerate() {
            let before = self.before.get(i);
            let changed = before.is_none_or(|before| before.text != row.text);
            if self.plain {
                if changed {
                    let line = format!(
                        "{:address$}  {:kind$}  {:text$}  {}",
                        row.address, row.kind, row.text, row.note
                    );
                    writeln!(out, "{}", line.trim_end())?;
                }
                continue;
            }
            let colour = match (row.good, changed && before.is_some()) {
                (false, _) => "\x1b[31m",
                (true, true) => "\x1b[1;32m",
                (true, false) => "",
            };
            let (address, kind) = (format!("{:address$}", row.address), format!("{:kind$}", row.kind));
            let text = format!("{:text$}", row.text);
            writeln!(
                out,
                "\x1b[2K{address}  \x1b[2m{kind}\x1b[0m  {colour}{text}\x1b[0m  \x1b[2m{}\x1b[0m",
                row.note
            )?;
        }
        self.before = rows;
        out.flush()
    }
}
