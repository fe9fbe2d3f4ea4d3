//! `hepta import`: what sources declare, without a CPU.
use crate::exit::{Exit, Failure, told};
use crate::source;
use hepta_proto::data::{Area, Type};
use hepta_source::{BlockKind, Program, Tag};
use serde_json::json;
use std::io::Write;
use std::path::PathBuf;

/// Read sources of TIA Portal (.db, .udt, .scl) and tag tables (XML, xlsx, CSV), and tell what they declare: what `hepta serve
/// --program` would hold. An error names file, line and column.
#[derive(Debug, clap::Args)]
pub(crate) struct Import {
    /// Sources and tag tables, in any order, or folders of them.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// A TOML file with numbers of data blocks, by their names: `"My DB" = 5`.
    #[arg(long, value_name = "FILE")]
    numbers: Option<PathBuf>,
    /// Only check: tell how much there is, and what is left out.
    #[arg(long)]
    check: bool,
    /// One JSON object: {"ok","blocks","types","fbs","tags","skipped"}.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Import) -> Result<Exit, Failure> {
    told(args.json, import(args))
}

fn import(args: &Import) -> Result<Exit, Failure> {
    let program = source::read(&args.files, args.numbers.as_deref())?;
    let mut out = std::io::stdout().lock();
    if args.json {
        writeln!(out, "{}", object(&program))?;
        return Ok(Exit::Good);
    }
    if !args.check {
        list(&mut out, &program)?;
    }
    let Program { types, blocks, fbs, tags, skipped } = &program;
    writeln!(
        out,
        "{} data blocks, {} PLC data types, {} function blocks, {} tags",
        blocks.len(),
        types.len(),
        fbs.len(),
        tags.len()
    )?;
    if !skipped.is_empty() {
        writeln!(out, "left out:")?;
        skipped.iter().try_for_each(|skipped| writeln!(out, "  {}: {}", skipped.at, skipped.what))?;
    }
    Ok(Exit::Good)
}

fn list(out: &mut impl Write, program: &Program) -> std::io::Result<()> {
    for block in &program.blocks {
        let access = if block.optimised { "optimised" } else { "standard access" };
        let kind = match &block.kind {
            BlockKind::Global => String::new(),
            BlockKind::Typed(of) | BlockKind::Instance(of) => {
                format!("  of {of}")
            }
        };
        writeln!(out, "DB{:<5} {:?}{kind}  {access}", block.number, block.name)?;
        for variable in &block.variables {
            let initial = variable.initial.as_ref().map_or_else(String::new, |value| format!(" := {value}"));
            writeln!(out, "        {} : {}{initial}", variable.name, variable.ty)?;
        }
    }
    program.tags.iter().try_for_each(|tag| writeln!(out, "{:<8} {:?} : {}", place(tag), tag.name, tag.ty))
}

fn object(program: &Program) -> serde_json::Value {
    let blocks: Vec<_> = program
        .blocks
        .iter()
        .map(|block| {
            let variables: Vec<_> = block
                .variables
                .iter()
                .map(|var| json!({"name": &*var.name, "type": var.ty.to_string(), "initial": var.initial.as_ref().map(crate::values::json)}))
                .collect();
            json!({"name": &*block.name, "number": block.number, "optimised": block.optimised, "variables": variables})
        })
        .collect();
    let names =
        |all: &[hepta_proto::data::Struct]| -> Vec<String> { all.iter().map(ToString::to_string).collect() };
    let tags: Vec<_> = program
        .tags
        .iter()
        .map(|tag| json!({"name": &*tag.name, "table": &*tag.table, "address": place(tag), "type": tag.ty.to_string()}))
        .collect();
    let skipped: Vec<_> =
        program.skipped.iter().map(|s| json!({"what": s.what, "at": s.at.to_string()})).collect();
    json!({"ok": true, "blocks": blocks, "types": names(&program.types), "fbs": names(&program.fbs), "tags": tags, "skipped": skipped})
}

/// Where a tag stands, as it would be addressed: `M10.3`, `IB4`, `T5`.
fn place(tag: &Tag) -> String {
    let area = match tag.area {
        Area::Input => "I",
        Area::Output => "Q",
        Area::Flag => "M",
        Area::Timer => return format!("T{}", tag.octet),
        Area::Counter => return format!("C{}", tag.octet),
        _ => "?",
    };
    match tag.ty {
        Type::Bool => format!("{area}{}.{}", tag.octet, tag.bit),
        _ => format!("{area}B{}", tag.octet),
    }
}
