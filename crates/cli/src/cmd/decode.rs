//! `hepta decode`: captures and hex as readable text.
use crate::exit::{Exit, Failure, remark};
use hepta_capture::{Capture, Direction, Kind};
use hepta_proto::classic::Complaint;
use hepta_proto::plus::trace::{Piece, Told};
use hepta_proto::tap::Sender;
use hepta_proto::trace::{Difference, Trace};
use hepta_tls::{Opener, Secrets};
use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Print every message of a capture file, or of frames in hex: classic S7 and S7CommPlus.
///
/// What is malformed or not understood stands below its message, marked with !, and makes the exit status 1.
#[derive(Debug, clap::Args)]
pub(crate) struct Decode {
    /// A pcap or pcapng file; with --hex a text file with one whole TPKT frame a line, or - for standard input.
    file: PathBuf,
    /// The file holds frames in hex. An unfinished COTP message waits for the next line, and the direction is taken from the
    /// message.
    #[arg(long)]
    hex: bool,
    /// Each line of hex is a piece of S7CommPlus by itself: frame (what starts with 72), pvalue, object, vlq-u32, vlq-s32,
    /// vlq-u64, vlq-s64, item-address, object-qualifier or system-event.
    #[arg(long = "as", value_name = "PIECE", requires = "hex", value_parser = piece)]
    piece: Option<Piece>,
    /// Open what TLS 1.3 sealed in the capture, with the keys of this key log (lines `LABEL CLIENT_RANDOM SECRET`, as
    /// SSLKEYLOGFILE has them). Whoever has the file reads what was said.
    #[arg(long, value_name = "FILE", alias = "key-log", conflicts_with = "hex")]
    keylog: Option<PathBuf>,
    /// Write every message back and report each difference to what was read.
    #[arg(long)]
    round_trip: bool,
    /// Unknown codes, octets that no field accounts for, and TLS that stays closed do not make the exit status 1.
    #[arg(long)]
    allow_unknown: bool,
    /// TCP ports of servers, beside 102, where a capture does not show who connected.
    #[arg(long, value_name = "PORT")]
    port: Vec<u16>,
}

pub(crate) fn run(args: &Decode) -> Result<Exit, Failure> {
    let out = std::io::stdout().lock();
    let mut report = Report { out, args, frames: 0, not_understood: 0, different: 0, bad: false };
    if args.hex {
        hex(args, &mut report)?;
    } else {
        capture(args, &mut report)?;
    }
    report.out.flush()?;
    let Report { frames, not_understood, different, bad, .. } = report;
    let differ =
        if args.round_trip { format!(", {different} differ when written back") } else { String::new() };
    remark(format_args!("{frames} frames, {not_understood} not understood{differ}"));
    Ok(if bad { Exit::Partly } else { Exit::Good })
}

struct Report<'a> {
    out: std::io::StdoutLock<'static>,
    args: &'a Decode,
    frames: usize,
    not_understood: usize,
    different: usize,
    bad: bool,
}

impl Report<'_> {
    fn tell(
        &mut self,
        prefix: &str,
        text: &str,
        complaints: &[Complaint],
        difference: Option<Difference>,
    ) -> std::io::Result<()> {
        self.frames += 1;
        writeln!(self.out, "{prefix}{text}")?;
        for complaint in complaints {
            writeln!(self.out, "      ! {complaint}")?;
            if *complaint == Complaint::Sealed && self.args.keylog.is_none() {
                writeln!(self.out, "        --keylog FILE opens it, if one of the two wrote its keys down")?;
            }
            let allowed =
                matches!(complaint, Complaint::Unknown { .. } | Complaint::Raw { .. } | Complaint::Sealed);
            self.bad |= !(allowed && self.args.allow_unknown);
        }
        self.not_understood += usize::from(!complaints.is_empty());
        if let (Some(difference), true) = (difference, self.args.round_trip) {
            writeln!(self.out, "      ~ {difference}")?;
            self.different += 1;
            self.bad = true;
        }
        Ok(())
    }
}

fn hex(args: &Decode, report: &mut Report<'_>) -> Result<(), Failure> {
    let input: Box<dyn BufRead> = if args.file == Path::new("-") {
        Box::new(std::io::stdin().lock())
    } else {
        let file = std::fs::File::open(&args.file).map_err(|e| Failure::file(&args.file, e))?;
        Box::new(BufReader::new(file))
    };
    let mut trace = Trace::default();
    for (number, line) in input.lines().enumerate() {
        let line = line.map_err(|e| Failure::file(&args.file, e))?;
        let text = line.split('#').next().unwrap_or_default();
        if text.trim().is_empty() {
            continue;
        }
        let frame = octets(text).map_err(|column| {
            let message =
                format_args!("line {} column {column}: two hex digits an octet are expected", number + 1);
            Failure::file(&args.file, message)
        })?;
        if let Some(piece) = args.piece {
            let told = Told::piece(piece, &frame);
            report.tell("", &told.text, &told.complaints, told.difference)?;
        } else {
            let told = trace.frame(None, &frame);
            report.tell("", &told.text, &told.complaints, told.difference)?;
        }
    }
    Ok(())
}

fn piece(name: &str) -> Result<Piece, String> {
    Piece::named(name).ok_or_else(|| {
        let known: Vec<_> = Piece::names().collect();
        format!("there are {}", known.join(", "))
    })
}

/// Octets of a line of hex; blanks may stand between octets. `Err` is the column of what is no hex.
pub(crate) fn octets(text: &str) -> Result<Vec<u8>, usize> {
    let mut octets = Vec::with_capacity(text.len() / 2);
    let mut high: Option<(usize, u32)> = None;
    for (column, character) in text.chars().enumerate() {
        match (character.to_digit(16), high.take()) {
            (Some(digit), None) => high = Some((column, digit)),
            (Some(digit), Some((_, before))) => octets.push(u8::try_from(before << 4 | digit).unwrap_or(0)),
            (None, None) if character.is_whitespace() => {}
            (None, _) => return Err(column + 1),
        }
    }
    match high {
        Some((column, _)) => Err(column + 1),
        None => Ok(octets),
    }
}

/// What is known of one conversation of a capture.
enum Conversation {
    /// Nothing came yet, or a first octet alone.
    New,
    S7(Box<Trace>),
    /// It does not start with a TPKT.
    Other,
}

impl Conversation {
    fn unopened(&self) -> usize {
        match self {
            Self::S7(trace) => trace.unopened(),
            Self::New | Self::Other => 0,
        }
    }
}

fn capture(args: &Decode, report: &mut Report<'_>) -> Result<(), Failure> {
    let secrets = match &args.keylog {
        Some(path) => {
            let text = std::fs::read_to_string(path).map_err(|e| Failure::file(path, e))?;
            Some(Arc::new(Secrets::read(&text).map_err(|e| Failure::file(path, e))?))
        }
        None => None,
    };
    let mut capture = Capture::open(&args.file, &args.port).map_err(|e| Failure::file(&args.file, e))?;
    let mut conversations: HashMap<usize, Conversation> = HashMap::new();
    let (mut start, mut others) = (None, 0);
    while let Some(event) = capture.next_event().map_err(|e| Failure::file(&args.file, e))? {
        let sender = match event.direction {
            Direction::ClientToServer => Sender::Client,
            Direction::ServerToClient => Sender::Server,
        };
        let time = event.time.saturating_sub(*start.get_or_insert(event.time)).as_secs_f64();
        let prefix = format!("{time:.6} #{} ", event.conversation);
        let conversation = conversations.entry(event.conversation).or_insert(Conversation::New);
        match event.kind {
            Kind::Octets(octets) => {
                if let Conversation::New = conversation {
                    *conversation = match octets {
                        [3, 0, ..] | [3] => {
                            writeln!(
                                report.out,
                                "#{}: {} -> {}",
                                event.conversation, event.client, event.server
                            )?;
                            let trace = Trace::default();
                            Conversation::S7(Box::new(match &secrets {
                                Some(secrets) => trace.opened_by(Box::new(Opener::with(Arc::clone(secrets)))),
                                None => trace,
                            }))
                        }
                        _ => {
                            others += 1;
                            Conversation::Other
                        }
                    };
                }
                if let Conversation::S7(trace) = conversation {
                    let mut told = Ok(());
                    trace.octets(sender, octets, |entry| {
                        if told.is_ok() {
                            told = report.tell(&prefix, &entry.text, &entry.complaints, entry.difference);
                        }
                    });
                    told?;
                }
            }
            Kind::Gap(missing) => {
                if let Conversation::S7(trace) = conversation {
                    trace.gap(sender);
                    writeln!(report.out, "{prefix}{missing} octets are not in the capture")?;
                    report.bad = true;
                }
            }
            Kind::Closed => {}
        }
    }
    let unopened: usize = conversations.values().map(Conversation::unopened).sum();
    if unopened > 0 {
        report.frames += unopened;
        report.not_understood += unopened;
        remark(format_args!("{unopened} further frames are TLS that stays closed"));
    }
    if others > 0 {
        remark(format_args!("{others} other TCP conversations (they do not start with a TPKT)"));
    }
    remark(capture.tally());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_in_any_spacing() {
        assert_eq!(octets("03 0016\t1Ff0"), Ok(vec![3, 0, 0x16, 0x1f, 0xf0]));
        assert_eq!((octets("03 0"), octets("0x"), octets("0 3")), (Err(4), Err(2), Err(2)));
    }
}
