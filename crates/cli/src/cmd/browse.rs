//! `hepta browse`: the program of a CPU by its names.
use crate::exit::{Exit, Failure, remark};
use crate::program::{Filter, Wanted, access, label, notes, object, type_of};
use crate::session::clean;
use crate::url::Link;
use crate::values::csv;
use hepta::plus::{BrowseOptions, Catalogue, Client, Node, Progress};
use std::io::{BufWriter, IsTerminal, Write};
use std::sync::Arc;

/// Show the program: data blocks and tags, what they are made of, and where it stands. By S7CommPlus.
#[derive(Debug, clap::Args)]
pub(crate) struct Browse {
    #[command(flatten)]
    link: Link,
    #[command(flatten)]
    wanted: Wanted,
    #[command(flatten)]
    form: Form,
    /// Show so many levels of the tree.
    #[arg(long, default_value_t = usize::MAX, hide_default_value = true, value_name = "LEVELS")]
    depth: usize,
}

/// How it is shown; as a tree, if nothing is said.
#[derive(Clone, Copy, Debug, clap::Args)]
#[group(multiple = false)]
struct Form {
    /// A line for each leaf: its name, type and access path.
    #[arg(long)]
    flat: bool,
    /// JSON: a list with {"name","symbol","type","access","crc","dimensions","optimised","classic", ...} for each leaf.
    #[arg(long)]
    json: bool,
    /// Comma separated: name,type,access,octet,bit,classic octet,classic bit,notes.
    #[arg(long)]
    csv: bool,
}

const COLUMNS: [&str; 8] =
    ["name", "type", "access", "octet", "bit", "classic_octet", "classic_bit", "notes"];

pub(crate) async fn run(args: Browse) -> Result<Exit, Failure> {
    let client = args.link.plus().await?;
    let catalogue = browse(&client).await;
    client.close().await;
    let catalogue = catalogue?;
    let filter = args.wanted.filter();
    let mut out = BufWriter::new(std::io::stdout().lock());
    let shown = match args.form {
        Form { flat: true, .. } => flat(&mut out, &catalogue, &filter)?,
        Form { json: true, .. } => list(&mut out, &catalogue, &filter)?,
        Form { csv: true, .. } => table(&mut out, &catalogue, &filter)?,
        Form { .. } => Tree { out: &mut out, filter: &filter, depth: args.depth }.draw(&catalogue)?,
    };
    out.flush()?;
    let odd = catalogue.problems();
    odd.iter().for_each(|problem| remark(format_args!("hepta: {}", clean(&problem.to_string()))));
    Ok(if odd.is_empty() && (shown || filter.all()) { Exit::Good } else { Exit::Partly })
}

/// Loads the program; on a terminal it tells how far it is.
pub(crate) async fn browse(client: &Client) -> Result<Arc<Catalogue>, Failure> {
    let loud = std::io::stderr().is_terminal();
    let tell = |Progress { octets, blocks, types, .. }: Progress| {
        if loud {
            let kilobytes = octets / 1024;
            let _ = write!(std::io::stderr(), "\r{blocks} blocks, {types} types, {kilobytes} KB\x1b[K");
        }
    };
    let loaded = client.browse_with(BrowseOptions::default(), &tell).await;
    if loud {
        let _ = write!(std::io::stderr(), "\r\x1b[K");
    }
    Ok(loaded?)
}

fn flat(out: &mut impl Write, catalogue: &Catalogue, filter: &Filter) -> std::io::Result<bool> {
    let mut any = false;
    for leaf in filter.leaves(catalogue) {
        any = true;
        writeln!(out, "{}  {}  {}", clean(&leaf.tia()), type_of(&leaf), access(&leaf))?;
    }
    Ok(any)
}

/// One object a line, so that it can be cut and searched without being read as a whole.
fn list(out: &mut impl Write, catalogue: &Catalogue, filter: &Filter) -> std::io::Result<bool> {
    let mut any = false;
    for leaf in filter.leaves(catalogue) {
        write!(out, "{}{}", if any { ",\n" } else { "[" }, object(&leaf))?;
        any = true;
    }
    writeln!(out, "{}", if any { "]" } else { "[]" })?;
    Ok(any)
}

fn table(out: &mut impl Write, catalogue: &Catalogue, filter: &Filter) -> std::io::Result<bool> {
    csv(out, &COLUMNS)?;
    let mut any = false;
    for leaf in filter.leaves(catalogue) {
        any = true;
        let (optimised, classic) = (leaf.optimised(), leaf.classic());
        let numbers = [optimised.octet, optimised.bit.into(), classic.octet, classic.bit.into()]
            .map(|n: u32| n.to_string());
        let [octet, bit, classic_octet, classic_bit] = numbers.each_ref().map(String::as_str);
        let notes = notes(&leaf).join(" ");
        csv(
            out,
            &[&leaf.tia(), &type_of(&leaf), &access(&leaf), octet, bit, classic_octet, classic_bit, &notes],
        )?;
    }
    Ok(any)
}

/// The program as a tree.
struct Tree<'a, W> {
    out: &'a mut W,
    filter: &'a Filter,
    depth: usize,
}

impl<W: Write> Tree<'_, W> {
    fn draw(&mut self, catalogue: &Catalogue) -> std::io::Result<bool> {
        let mut any = false;
        for root in catalogue.roots().filter(|root| root.children().next().is_some()) {
            if !self.filter.within(&root) {
                continue;
            }
            any = true;
            let number = root.root().number().map_or_else(String::new, |number| format!("  DB{number}"));
            let comment = root.comment(None).map_or_else(String::new, |text| format!("  // {}", clean(text)));
            writeln!(self.out, "{}{number}{comment}", clean(root.name()))?;
            self.below(&root, "", 1)?;
        }
        Ok(any)
    }
    fn below(&mut self, node: &Node<'_>, indent: &str, level: usize) -> std::io::Result<()> {
        if level >= self.depth {
            return Ok(());
        }
        let mut children = node.children().filter(|child| self.filter.within(child)).peekable();
        while let Some(child) = children.next() {
            let (branch, deeper) =
                if children.peek().is_some() { ("├─ ", "│  ") } else { ("└─ ", "   ") };
            let notes = notes(&child).join(", ");
            let gap = if notes.is_empty() { "" } else { "  " };
            writeln!(self.out, "{indent}{branch}{}  {}{gap}{notes}", label(&child), type_of(&child))?;
            if self.filter.opens(&child) {
                self.below(&child, &format!("{indent}{deeper}"), level + 1)?;
            }
        }
        Ok(())
    }
}
