//! `hepta export`: all tags with their values.
use super::browse::browse;
use crate::exit::{Exit, Failure};
use crate::file::NewFile;
use crate::program::{Wanted, access, type_of};
use crate::url::Link;
use crate::values::{self, Why, csv};
use hepta::plc::ItemError;
use hepta::plus::{Client, Leaf, Node, Tag, Tags};
use serde_json::json;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

/// Read all tags of the program by name, and write them with their types and values. By S7CommPlus.
#[derive(Debug, clap::Args)]
pub(crate) struct Export {
    #[command(flatten)]
    link: Link,
    #[command(flatten)]
    wanted: Wanted,
    /// A JSON object a line: {"symbol","type","access","value","ok":true,"time"}, or "ok":false with "code", "error", "hint".
    /// Without it: comma separated, symbol,type,access,value,ok,code,error,time.
    #[arg(long)]
    json: bool,
    /// Into this file, which is there when all is read, not before.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Tags of one call: enough to keep the CPU busy, few enough that the first lines come soon.
const MANY: usize = 2_000;
const COLUMNS: [&str; 8] = ["symbol", "type", "access", "value", "ok", "code", "error", "time"];

pub(crate) async fn run(args: Export) -> Result<Exit, Failure> {
    let client = args.link.plus().await?;
    let done = export(&client, &args).await;
    client.close().await;
    done
}

async fn export(client: &Client, args: &Export) -> Result<Exit, Failure> {
    let mut exit = Exit::Good;
    let catalogue = browse(client).await?;
    let filter = args.wanted.filter();
    let mut out = Out::new(args.out.as_deref())?;
    if !args.json {
        csv(&mut out, &COLUMNS)?;
    }
    let mut leaves = filter.leaves(&catalogue);
    let mut any = false;
    loop {
        let some: Vec<Leaf<'_>> = leaves.by_ref().take(MANY).collect();
        if some.is_empty() {
            break;
        }
        any = true;
        let values = client.read_tags(&mut tags(client, some.iter().map(|leaf| &**leaf))).await?;
        let time = values::now();
        for (leaf, reading) in some.iter().zip(values) {
            let value = reading.value.map_err(ItemError::from);
            let why = value.as_ref().map_err(Why::Item);
            exit = exit.max(if why.is_ok() { Exit::Good } else { Exit::Partly });
            let (symbol, ty, access) = (leaf.tia(), type_of(leaf), access(leaf));
            match (&why, args.json) {
                (Ok(value), true) => {
                    let line = json!({"symbol": symbol, "type": ty, "access": access, "value": values::json(value), "ok": true, "time": time});
                    writeln!(out, "{line}")?;
                }
                (Err(why), true) => {
                    let mut line = values::refused(&symbol, why);
                    if let Some(object) = line.as_object_mut() {
                        let name = object.remove("address").unwrap_or_default();
                        object.insert("symbol".to_owned(), name);
                    }
                    writeln!(out, "{line}")?;
                }
                (Ok(value), false) => {
                    csv(&mut out, &[&symbol, &ty, &access, &values::text(value), "true", "", "", &time])?;
                }
                (Err(why), false) => {
                    let code = why.code().map_or_else(String::new, |code| format!("{code:02x}"));
                    csv(&mut out, &[&symbol, &ty, &access, "", "false", &code, &why.to_string(), &time])?;
                }
            }
        }
    }
    out.done()?;
    Ok(if any || filter.all() { exit } else { Exit::Partly })
}

/// What is read for these.
pub(super) fn tags<'a>(client: &Client, nodes: impl Iterator<Item = &'a Node<'a>>) -> Tags {
    let tag = |node: &Node<'_>| Tag::of(node).map_err(|why| (node.path().into(), why));
    Tags::new(nodes.map(tag), client.options().texts())
}

/// Where it goes: standard output, or a file.
enum Out {
    Pipe(BufWriter<std::io::Stdout>),
    File(NewFile),
}

impl Out {
    fn new(path: Option<&Path>) -> Result<Self, Failure> {
        Ok(match path {
            Some(path) => Self::File(NewFile::create(path)?),
            None => Self::Pipe(BufWriter::new(std::io::stdout())),
        })
    }
    fn done(self) -> Result<(), Failure> {
        match self {
            Self::Pipe(mut out) => Ok(out.flush()?),
            Self::File(file) => file.done(),
        }
    }
}

impl Write for Out {
    fn write(&mut self, octets: &[u8]) -> std::io::Result<usize> {
        match self {
            Self::Pipe(out) => out.write(octets),
            Self::File(file) => file.write(octets),
        }
    }
    fn flush(&mut self) -> std::io::Result<()> {
        match self {
            Self::Pipe(out) => out.flush(),
            Self::File(file) => file.flush(),
        }
    }
}
