//! The program by its names: sources in, a CPU that holds them, and every command that takes a name.
mod common;

use common::{Folder, Serve, fails, hepta};
use serde_json::{Value, json};
use std::process::Output;

const TYPES: &str = "TYPE \"Axis\"
VERSION : 0.1
  STRUCT
    speed : Real := 1.5;
    name : String[8];
  END_STRUCT;
END_TYPE
";
const PLANT: &str = "DATA_BLOCK \"My Plant\"
{ S7_Optimized_Access := 'TRUE' }
VERSION : 0.1
VAR
  count : Int := 3;
  axis : Array[1..3] of \"Axis\";
  grid : Array[0..1, -1..1] of Int;
  when : DTL;
END_VAR
BEGIN
  axis[2].speed := 7.25;
  grid[1, -1] := 42;
END_DATA_BLOCK
";
const CLASSIC: &str = "DATA_BLOCK \"Old\"
{ S7_Optimized_Access := 'FALSE' }
VERSION : 0.1
  STRUCT
    on : Bool := TRUE;
    level : Int := -7;
  END_STRUCT;
BEGIN
END_DATA_BLOCK
";
const TAGS: &str = "Name;Path;Data Type;Logical Address;Comment;Hmi Visible;Hmi Accessible;Hmi Writeable
lamp;Tags;Bool;%M10.3;;True;True;True
";

/// Sources, and a CPU that holds them.
struct Plant {
    folder: Folder,
    files: Vec<String>,
    serve: Serve,
}

impl Plant {
    fn start(test: &str) -> Self {
        let folder = Folder::new(test);
        let files = [("plant.db", PLANT), ("types.udt", TYPES), ("old.db", CLASSIC), ("tags.csv", TAGS)];
        let files: Vec<String> = files.iter().map(|(name, text)| folder.write(name, text)).collect();
        let mut command = hepta();
        command.args([
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--security",
            "open",
            "--put-get",
            "on",
            "--program",
        ]);
        let serve = Serve::of(command.args(&files));
        Self { folder, files, serve }
    }
    fn plus(&self) -> String {
        format!("s7plus://{}?security=open", self.serve.addr())
    }
    fn run(&self, args: &[&str]) -> Output {
        let url = self.plus();
        hepta().args(args).arg(url).env("HEPTA_STATE", self.folder.join("")).output().unwrap()
    }
    fn text(&self, args: &[&str]) -> String {
        let output = self.run(args);
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }
    /// After the URL.
    fn after(&self, command: &str, args: &[&str]) -> Output {
        hepta().arg(command).arg(self.plus()).args(args).output().unwrap()
    }
    fn json(&self, command: &str, args: &[&str]) -> Value {
        let output = self.after(command, &[args, &["--json"]].concat());
        let text = String::from_utf8(output.stdout).unwrap();
        serde_json::from_str(&text).unwrap_or_else(|e| panic!("{e}: {text}"))
    }
}

#[test]
fn the_program_is_shown_as_a_tree() {
    let plant = Plant::start("names-tree");
    assert_eq!(
        plant.text(&["browse"]),
        "My Plant  DB1
├─ count  INT
├─ axis  ARRAY[1..3] OF STRUCT
│  ├─ [1]  STRUCT
│  │  ├─ speed  REAL
│  │  └─ name  STRING[8]
│  ├─ [2]  STRUCT
│  │  ├─ speed  REAL
│  │  └─ name  STRING[8]
│  └─ [3]  STRUCT
│     ├─ speed  REAL
│     └─ name  STRING[8]
├─ grid  ARRAY[0..1, -1..1] OF INT
└─ when  DTL
Old  DB2
├─ on  BOOL  retain
└─ level  INT  retain
MArea
└─ lamp  BOOL
"
    );
    assert_eq!(plant.text(&["browse", "--depth", "1"]), "My Plant  DB1\nOld  DB2\nMArea\n");
    let part = plant.after("browse", &["*.SPEED", "lamp"]);
    let part = String::from_utf8(part.stdout).unwrap();
    assert_eq!(part.lines().filter(|line| line.contains("speed")).count(), 3, "{part}");
    assert!(!part.contains("name") && !part.contains("Old") && part.contains("lamp"), "{part}");
    // What is not there is no success.
    assert_eq!(plant.after("browse", &["nothing*"]).status.code(), Some(1));
}

#[test]
fn leaves_are_listed_in_three_forms() {
    let plant = Plant::start("names-leaves");
    let flat = plant.text(&["browse", "--flat"]);
    let lines: Vec<&str> = flat.lines().collect();
    assert_eq!(lines.len(), 1 + 6 + 1 + 1 + 2 + 1);
    assert_eq!(lines[0], "\"My Plant\".count  INT  8A0E0001.9");
    assert_eq!(lines[3], "\"My Plant\".axis[2].speed  REAL  8A0E0001.A.1.1.9");
    assert_eq!(lines[11], "\"lamp\"  BOOL  52.9");
    let leaves = plant.json("browse", &["--elements", "--parts", "My Plant.grid", "My Plant.when"]);
    let leaves = leaves.as_array().unwrap();
    assert_eq!(leaves.len(), 6 + 8);
    let last = &leaves[3];
    assert_eq!((&last["name"], &last["access"]), (&json!("My Plant.grid[1,-1]"), &json!("8A0E0001.B.3")));
    let old = plant.json("browse", &["Old.level"]);
    assert_eq!(
        (&old[0]["classic"], &old[0]["optimised_access"], &old[0]["retain"]),
        (&json!({"octet": 2, "bit": 0}), &json!(false), &json!(true))
    );
    let csv = plant.text(&["browse", "--csv"]);
    let mut lines = csv.lines();
    assert_eq!(lines.next(), Some("name,type,access,octet,bit,classic_octet,classic_bit,notes"));
    assert!(csv.contains("\"\"\"My Plant\"\".grid\",\"ARRAY[0..1, -1..1] OF INT\",8A0E0001.B,"), "{csv}");
}

#[test]
fn names_are_read_and_written() {
    let plant = Plant::start("names-values");
    let read = plant.json(
        "read",
        &["\"My Plant\".axis[2].speed", "\"My Plant\".grid", "lamp", "Old.level", "\"My Plant\".grid[1, -1]"],
    );
    let values: Vec<&Value> = read.as_array().unwrap().iter().map(|item| &item["value"]).collect();
    assert_eq!(
        values,
        [&json!(7.25), &json!([0, 0, 0, 42, 0, 0]), &json!(false), &json!(-7), &json!(42)],
        "{read}"
    );
    let written = plant.after(
        "write",
        &[
            "\"My Plant\".axis[1].name='left'",
            "lamp=TRUE",
            "Old.level=12",
            "\"My Plant\".when=DTL#2026-11-21-10:00:00",
        ],
    );
    assert!(written.status.success(), "{}", String::from_utf8_lossy(&written.stderr));
    let read = plant.json("read", &["\"My Plant\".axis[1].name", "lamp", "Old.level", "\"My Plant\".when"]);
    let values: Vec<&Value> = read.as_array().unwrap().iter().map(|item| &item["value"]).collect();
    assert_eq!(
        values,
        [&json!("left"), &json!(true), &json!(12), &json!("DTL#2026-11-21-10:00:00")],
        "{read}"
    );
    // A value that does not fit its variable is found before anything is sent.
    let odd = plant.after("write", &["Old.level=13", "\"My Plant\".count=1.5"]);
    assert_eq!(odd.status.code(), Some(2), "{}", String::from_utf8_lossy(&odd.stderr));
    assert_eq!(plant.json("read", &["Old.level"])[0]["value"], 12);
    // A name that is none is told with those that are near.
    let none = plant.json("read", &["\"My Plant\".cuont", "Old.level"]);
    assert_eq!((&none[0]["ok"], &none[1]["value"]), (&json!(false), &json!(12)));
    assert!(none[0]["error"].as_str().unwrap().contains("count"), "{none}");
    let watched = plant.after("watch", &["Old.level", "--count", "2", "--every", "10ms", "--csv"]);
    let watched = String::from_utf8(watched.stdout).unwrap();
    assert_eq!(
        watched.lines().filter(|line| line.starts_with("Old.level,INT,12,true")).count(),
        2,
        "{watched}"
    );
}

#[test]
fn names_over_classic_s7_come_from_sources() {
    let plant = Plant::start("names-classic");
    let mut args: Vec<&str> = vec!["Old.level", "Old.on", "lamp", "\"My Plant\".count"];
    for file in &plant.files {
        args.extend(["--symbols", file]);
    }
    let (read, exit) = plant.serve.json("read", &args);
    assert_eq!(exit, Some(1), "one of them cannot be reached");
    let values: Vec<&Value> = read.as_array().unwrap().iter().map(|item| &item["value"]).collect();
    assert_eq!(values[..3], [&json!(-7), &json!(true), &json!(false)], "{read}");
    assert!(read[3]["error"].as_str().unwrap().contains("optimised"), "{read}");
    let mut write = vec!["Old.level=99"];
    write.extend(&args[4..]);
    assert!(plant.serve.run("write", &write).status.success());
    assert_eq!(plant.json("read", &["Old.level"])[0]["value"], 99, "one memory");
    // Without sources it is told what to do.
    let (read, _) = plant.serve.json("read", &["Old.level"]);
    assert!(read[0]["error"].as_str().unwrap().contains("classic S7 knows no names"), "{read}");
    fails(&["browse", &plant.serve.url], 2, "s7plus://");
}

#[test]
fn all_tags_are_exported_with_their_values() {
    let plant = Plant::start("names-export");
    let csv = plant.text(&["export"]);
    assert_eq!(csv.lines().count(), 1 + 12);
    assert!(csv.contains("\"\"\"My Plant\"\".axis[2].speed\",REAL,8A0E0001.A.1.1.9,7.25,true,,,"), "{csv}");
    let file = plant.folder.join("all.json");
    let output = plant.after("export", &["*.speed", "--json", "--out", &file]);
    assert!(output.status.success() && output.stdout.is_empty());
    let lines = std::fs::read_to_string(&file).unwrap();
    let values: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let speeds: Vec<&Value> = values.iter().map(|line| &line["value"]).collect();
    assert_eq!(speeds, [&json!(1.5), &json!(7.25), &json!(1.5)], "{lines}");
}

#[test]
fn sources_are_checked() {
    let folder = Folder::new("names-import");
    let (types, plant) = (folder.write("types.udt", TYPES), folder.write("plant.db", PLANT));
    let output = hepta().args(["import", "--check", &plant, &types]).output().unwrap();
    assert_eq!(
        (output.status.code(), String::from_utf8(output.stdout).unwrap().as_str()),
        (Some(0), "1 data blocks, 1 PLC data types, 0 function blocks, 0 tags\n")
    );
    // A folder stands for what is in it.
    let told = hepta().args(["import", "--json", &folder.join("")]).output().unwrap();
    let told: Value = serde_json::from_slice(&told.stdout).unwrap();
    assert_eq!((&told["blocks"][0]["name"], &told["blocks"][0]["number"]), (&json!("My Plant"), &json!(1)));
    // Where it is wrong is told, and nothing of it is held.
    let bad = folder.write("bad.db", &PLANT.replace("count : Int", "count : Itn"));
    fails(&["import", "--check", &bad, &types], 2, "bad.db:5:");
    fails(&["serve", "--listen", "127.0.0.1:0", "--program", &bad, &types], 2, "bad.db:5:");
    fails(&["import", "--check", &plant], 2, "Axis");
    fails(&["import", "--check", &folder.join("missing.db")], 2, "missing.db");
}

#[test]
fn lids_are_kept_when_a_source_comes_again() {
    let folder = Folder::new("names-lids");
    let (source, lids) = (folder.write("old.db", CLASSIC), folder.join("lids.txt"));
    let start = || Serve::start(&["--security", "open", "--program", &source, "--lids", &lids]);
    let flat = |serve: &Serve| {
        let url = format!("s7plus://{}?security=open", serve.addr());
        String::from_utf8(hepta().args(["browse", "--flat", &url]).output().unwrap().stdout).unwrap()
    };
    let before = flat(&start());
    assert!(before.contains("\"Old\".level  INT  8A0E0001.A\n"), "{before}");
    folder.write("old.db", &CLASSIC.replace("    on : Bool", "    first : Int;\n    on : Bool"));
    let after = flat(&start());
    assert!(
        after.contains("\"Old\".first  INT  8A0E0001.B\n")
            && after.contains("\"Old\".level  INT  8A0E0001.A\n"),
        "{after}"
    );
}
