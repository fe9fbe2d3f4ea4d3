//! In the making.
mod capture;

use core::error::Error;
use std::collections::HashMap;
use std::fs::File;
use std::path::Path;

use capture::{Capture, CaptureWriter, Format, Kind};

/// In the making: `hepta IN OUT` reads a capture and writes its conversations to another one.
fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args_os().skip(1);
    let (Some(input), Some(output)) = (args.next(), args.next()) else { return Ok(()) };
    let format = if Path::new(&output).extension().is_some_and(|e| e == "pcap") {
        Format::Pcap
    } else {
        Format::Pcapng
    };
    let mut capture = Capture::open(Path::new(&input), &[])?;
    let mut writer = CaptureWriter::new(File::create(output)?, format, Some("written again"))?;
    let mut open = HashMap::new();
    while let Some(event) = capture.next_event()? {
        let conversation = match open.entry(event.conversation) {
            std::collections::hash_map::Entry::Occupied(entry) => entry.into_mut(),
            std::collections::hash_map::Entry::Vacant(entry) => {
                entry.insert(writer.open(event.time, event.client, event.server)?)
            }
        };
        match event.kind {
            Kind::Octets(octets) => writer.octets(conversation, event.time, event.direction, octets, None)?,
            Kind::Gap(missing) => eprintln!("{}: {missing} octets are missing", event.conversation),
            Kind::Closed => writer.close(conversation, event.time, event.direction)?,
        }
    }
    eprintln!("{}", capture.tally());
    Ok(())
}
