//! What `docs/CLASSIC.md` shows to users: each command ends as the page says, each spelling is understood.
#![cfg(unix)]
mod common;

use common::{Serve, hepta};
use std::path::Path;
use std::process::Command;

const PAGE: &str = include_str!("../../../docs/CLASSIC.md");

/// The commands of the page that are not `hepta serve`, which is running.
fn commands() -> Vec<&'static str> {
    let blocks = PAGE.split("```sh\n").skip(1).filter_map(|rest| rest.split("```").next());
    blocks.flat_map(str::lines).filter(|line| !line.starts_with("hepta serve")).collect()
}

/// The cells of the tables of a section that stand in backticks, row by row and column by column.
fn codes(section: &str) -> Vec<Vec<Vec<&'static str>>> {
    let (_, rest) = PAGE.split_once(&format!("\n## {section}\n")).expect("the section");
    let text = rest.split("\n## ").next().expect("its text");
    let row = |line: &'static str| {
        let cells = line.trim_matches('|').split('|');
        cells.map(|cell| cell.split('`').skip(1).step_by(2).collect()).collect()
    };
    text.lines().filter(|line| line.starts_with('|')).skip(2).map(row).collect()
}

fn serve() -> Serve {
    Serve::start(&["--db", "1=1024", "--db", "2=65535"])
}

#[test]
fn each_command_ends_as_the_page_says() {
    let serve = serve();
    let program = Path::new(env!("CARGO_BIN_EXE_hepta")).parent().unwrap().display();
    let path = format!("{program}:{}", std::env::var("PATH").unwrap_or_default());
    let mut tried = 0;
    for line in commands() {
        assert!(line.starts_with("hepta "), "{line}");
        let wanted = line.split_once("# exit ").map_or("0", |(_, wanted)| wanted);
        let (exit, says) = wanted.split_once(": ").unwrap_or((wanted, ""));
        let here = line.replace("127.0.0.1:1102", serve.addr());
        let output = Command::new("sh").args(["-c", &here]).env("PATH", &path).output().unwrap();
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), exit.parse().ok(), "{line}: {error}");
        // Of mistakes the very words are shown.
        assert!(exit != "2" || (says.starts_with("column ") && error.contains(says)), "{line}: {error}");
        tried += 1;
    }
    assert!(tried > 12, "{tried} commands were found");
}

#[test]
fn each_address_of_the_page_can_be_read() {
    let serve = serve();
    let rows = codes("Addresses");
    let addresses: Vec<&str> = rows.iter().flat_map(|row| row[..2].concat()).collect();
    assert!(addresses.len() > 40, "{addresses:?}");
    // Zeros are values of all types but these two.
    let dates = ["DB1:54:DTL=DTL#2026-11-20-10:00:00", "DB1:66:DATE_AND_TIME=DT#2026-11-20-10:00:00"];
    assert!(serve.run("write", &dates).status.success());
    let output = serve.run("read", &addresses);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stdout));
    // Both dialects of a row mean the same place, where the row has one.
    for row in rows.iter().filter(|row| row[0].len() == 1 && row[1].len() == 1 && !row[0][0].starts_with('M'))
    {
        let (read, _) = serve.json("read", &[row[0][0], row[1][0]]);
        assert_eq!(read[0]["type"], read[1]["type"], "{row:?}");
    }
}

#[test]
fn each_value_of_the_page_can_be_written() {
    let serve = serve();
    let mut tried = 0;
    for row in codes("Values") {
        let address = row[0][0];
        let mut read = Vec::new();
        for value in &row[1] {
            let output = serve.run("write", &[&format!("{address}={value}")]);
            let error = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(0), "{address}={value}: {error}");
            read.push(serve.json("read", &[address]).0[0]["value"].clone());
            tried += 1;
        }
        // Rows of one value in several spellings.
        if ["DB1.DBB1", "DB1.DBW2:INT", "DB1:10:STRING[20]", "DB1:112:BYTE[3]"].contains(&address) {
            assert!(read.windows(2).all(|pair| pair[0] == pair[1]), "{address}: {read:?}");
        }
    }
    assert!(tried > 25, "{tried} values were found");
}

#[test]
fn each_key_of_the_page_is_an_option() {
    let rows = codes("The URL");
    // The table of keys has three columns, that of CPUs two.
    let keys: Vec<&str> = rows.iter().filter(|row| row.len() == 3).flat_map(|row| row[0].clone()).collect();
    assert!(keys.len() > 10, "{keys:?}");
    for key in keys {
        let output = hepta().args(["read", &format!("s7://127.0.0.1:1?{key}="), "MB0"]).output().unwrap();
        let error = String::from_utf8_lossy(&output.stderr);
        // The value is wrong, and the key is not.
        assert!(output.status.code() == Some(2) && !error.contains("is no option"), "{key}: {error}");
    }
}
