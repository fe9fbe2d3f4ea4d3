//! `hepta read`: values, once.
use crate::exit::{Exit, Failure};
use crate::source::{Symbols, named};
use crate::url::{Link, Refusal};
use crate::values::{self, Asked, COLUMNS, Format};

/// Read values.
#[derive(Debug, clap::Args)]
pub(crate) struct Read {
    #[command(flatten)]
    link: Link,
    /// What to read: DB1.DBD4:REAL, M10.3, DB1:10:STRING[20], DB1,REAL4; by S7CommPlus also names, Motor.axis[2].speed, whole
    /// arrays and structs among them, and access paths, 8A0E0001.B ...
    #[arg(required = true, value_name = "ADDRESS")]
    addresses: Vec<String>,
    #[command(flatten)]
    symbols: Symbols,
    #[command(flatten)]
    format: Format,
}

pub(crate) async fn run(args: Read) -> Result<Exit, Failure> {
    let asked = Asked::parse(&args.addresses)?;
    let program = args.symbols.read()?;
    let read = match args.link.plc(|options| named(options, program.as_ref())).await {
        Err(Refusal::Caller(failure)) => return Err(failure),
        Err(Refusal::Failed(error)) => Err(error),
        Ok(plc) => {
            let read = plc.read(&Asked::addresses(&asked)).await;
            plc.close().await;
            read
        }
    };
    let mut out = std::io::stdout().lock();
    match read {
        Ok(items) => {
            if args.format.csv {
                values::csv(&mut out, &COLUMNS)?;
            }
            Ok(values::print(&mut out, args.format, &asked, &items, false)?)
        }
        Err(error) => {
            if args.format.json {
                let texts: Vec<&str> = asked.iter().map(|asked| asked.text.as_str()).collect();
                values::print_refused(&mut out, &texts, &error)?;
            }
            Err(error.into())
        }
    }
}
