//! `hepta dump`: the octets of a data block or an area.
use crate::exit::{Exit, Failure, say, told};
use crate::url::{Client, Link};
use crate::values::hex;
use hepta::ErrorKind;
use hepta::plus::area;
use hepta_proto::classic::op::Span;
use hepta_proto::classic::{Area, ReturnCode};
use serde_json::json;
use std::io::Write;
use std::path::PathBuf;

/// Read all octets of a data block or an area, and show or save them. Blocks with optimised access have no octets to be read by
/// their offsets, by neither protocol.
#[derive(Debug, clap::Args)]
pub(crate) struct Dump {
    #[command(flatten)]
    link: Link,
    /// What: DB1, M, I, Q.
    area: String,
    /// The first octet.
    #[arg(long, default_value_t = 0)]
    start: u32,
    /// How many; up to the end if not given, which is searched for.
    #[arg(long)]
    len: Option<u32>,
    /// Write the octets as they are into a file instead of showing them.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Plain hex, without offsets and text.
    #[arg(long)]
    hex: bool,
    /// One JSON object: {"ok":true,"area","start","octets"}, the octets in hex; {"ok":false,"code","error","hint"} if it failed.
    #[arg(long, conflicts_with_all = ["hex", "out"])]
    json: bool,
}

/// Octets after which no area goes on.
const MOST: u32 = 65_536;

pub(crate) async fn run(args: Dump) -> Result<Exit, Failure> {
    told(args.json, dump(&args).await)
}

async fn dump(args: &Dump) -> Result<Exit, Failure> {
    let (area, db) = place(&args.area)?;
    let client = args.link.client().await?;
    let len = match args.len {
        Some(len) => len,
        None => length(&client, area, db, args.start).await?,
    };
    let octets = read(&client, area, db, args.start, len).await?;
    client.close().await;
    match &args.out {
        Some(path) => std::fs::write(path, &octets).map_err(|e| Failure::file(path, e))?,
        None => show(args, &octets)?,
    }
    Ok(Exit::Good)
}

fn place(text: &str) -> Result<(Area, u16), Failure> {
    let upper = text.to_ascii_uppercase();
    match upper.as_str() {
        "M" => return Ok((Area::Flags, 0)),
        "I" | "E" => return Ok((Area::Inputs, 0)),
        "Q" | "A" => return Ok((Area::Outputs, 0)),
        _ => {}
    }
    let number = upper.strip_prefix("DB").and_then(|number| number.parse().ok()).filter(|number| *number > 0);
    match number {
        Some(number) => Ok((Area::Db, number)),
        None => Err(Failure::usage(format_args!("{text}: no area; write DB1 to DB65535, M, I or Q"))),
    }
}

/// Octets by either protocol.
async fn read(client: &Client, area: Area, db: u16, start: u32, len: u32) -> Result<Vec<u8>, hepta::Error> {
    match client {
        Client::Classic(client) => client.read(Span::octets(area, db, start, len)).await,
        Client::Plus(client) => {
            let area = match area {
                Area::Inputs => area::INPUTS,
                Area::Outputs => area::OUTPUTS,
                Area::Flags => area::FLAGS,
                _ => area::DB + u32::from(db),
            };
            client.area_read(area, start, len).await
        }
    }
}

/// Where the area ends, by asking for single octets: the CPU says "out of range" behind it.
pub(super) async fn length(client: &Client, area: Area, db: u16, start: u32) -> Result<u32, Failure> {
    let there = async |at: u32| match read(client, area, db, at, 1).await {
        Ok(_) => Ok(true),
        Err(error) if ends(client, &error, at > start) => Ok(false),
        Err(error) => Err(Failure::from(error)),
    };
    if !there(start).await? {
        return Err(Failure::new(Exit::Refused, format_args!("there is no octet {start}")));
    }
    let (mut low, mut high) = (start, MOST);
    while low + 1 < high {
        let middle = low + (high - low) / 2;
        if there(middle).await? { low = middle } else { high = middle }
    }
    Ok(low + 1 - start)
}

/// Does the error say that the area ended before that octet? S7CommPlus has no word of its own for it: any refusal is the end,
/// behind an octet that is there.
fn ends(client: &Client, error: &hepta::Error, behind: bool) -> bool {
    match client {
        Client::Classic(_) => error.code() == Some(ReturnCode::OutOfRange.0.into()),
        Client::Plus(_) => {
            let refused = matches!(error.kind(), ErrorKind::Protocol(hepta::proto::Error::Returned { .. }));
            behind && refused
        }
    }
}

fn show(args: &Dump, octets: &[u8]) -> std::io::Result<()> {
    if args.json {
        let object = json!({"ok": true, "area": args.area, "start": args.start, "octets": hex(octets)});
        return say(object);
    }
    let mut out = std::io::stdout().lock();
    for (line, part) in octets.chunks(16).enumerate() {
        if args.hex {
            writeln!(out, "{}", hex(part))?;
            continue;
        }
        let pairs: Vec<String> = part.iter().map(|octet| hex(&[*octet])).collect();
        let text: String =
            part.iter().map(|o| if (0x20..0x7f).contains(o) { char::from(*o) } else { '.' }).collect();
        writeln!(out, "{:6}  {:47}  {text}", args.start as usize + line * 16, pairs.join(" "))?;
    }
    out.flush()
}
