//! What the options of the commands do, one by one.
mod common;

use common::{Folder, Serve, fails, hepta};
use core::time::Duration;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, channel};

fn text(octets: Vec<u8>) -> String {
    String::from_utf8(octets).expect("UTF-8")
}

fn contains(octets: &[u8], part: &[u8]) -> bool {
    octets.windows(part.len()).any(|window| window == part)
}

#[test]
fn a_doctors_report_can_be_decoded_and_tells_no_serial_number() {
    let folder = Folder::new("report");
    let (report, capture) = (folder.join("found.json"), folder.join("found.json.pcapng"));
    let serve = Serve::start(&["--db", "1=16", "--security", "open"]);
    let (info, _) = serve.json("info", &[]);
    let serial = info["serial_number"].as_str().expect("the emulated CPU has one").to_owned();
    let (told, exit) = serve.json("doctor", &["--report", &report]);
    assert_eq!(exit, Some(0), "{told}");
    let written: Value = serde_json::from_str(&std::fs::read_to_string(&report).unwrap()).unwrap();
    assert_eq!(written["checks"], told);
    let names: Vec<_> =
        told.as_array().unwrap().iter().map(|check| check["check"].as_str().unwrap()).collect();
    let slots = ["CR slot 0", "CR slot 1", "CR slot 2", "CR slot 3"];
    assert_eq!(
        names,
        [&["TCP"], &slots[..], &["setup", "MB0", "DB1", "SZL", "clock", "S7CommPlus"]].concat()
    );
    assert!(told.as_array().unwrap().iter().all(|check| check["result"] == "ok"), "{told}");
    assert!(told[5]["evidence"].as_str().unwrap().starts_with("PDU 960, 8 jobs at a time"), "{told}");
    let octets = std::fs::read(&capture).unwrap();
    assert!(!contains(&octets, serial.as_bytes()) && !written.to_string().contains(&serial), "{serial}");
    assert!(contains(&octets, "X".repeat(serial.len()).as_bytes()), "crossed out where it stood");
    let decoded = hepta().args(["decode", "--round-trip", &capture]).output().unwrap();
    let listing = text(decoded.stdout);
    assert_eq!(decoded.status.code(), Some(0), "{listing}");
    // All is understood: this CPU has no TLS, which would follow otherwise.
    assert_eq!((listing.matches('!').count(), listing.matches("TLS follows").count()), (0, 0), "{listing}");
    // All that was asked is there: four slots, the connection itself and the other protocol, and no write among it.
    assert_eq!(listing.matches("CR from").count(), 6, "{listing}");
    assert!(listing.contains("setup granted") && listing.contains("read DB1.DBB0"), "{listing}");
    assert!(!listing.contains("write"), "{listing}");
}

#[test]
fn a_doctors_findings_are_its_exit_status() {
    let result = |told: &Value, check: &str| {
        let found = told.as_array().unwrap().iter().find(|found| found["check"] == check).unwrap().clone();
        (found["result"].as_str().unwrap().to_owned(), found["advice"].as_str().unwrap_or("").to_owned())
    };
    let serve = Serve::start(&["--profile", "s7-1500"]);
    let (told, exit) = serve.json("doctor", &[]);
    assert_eq!(exit, Some(4), "{told}");
    for check in ["MB0", "DB1"] {
        let (found, advice) = result(&told, check);
        assert!(found == "failed" && advice.contains("permit access with PUT/GET"), "{told}");
    }
    assert_eq!(result(&told, "CR slot 2").0, "skipped");
    // Reachable, but without the block: one check failed.
    let serve = Serve::start(&[]);
    let (told, exit) = serve.json("doctor", &[]);
    assert_eq!(
        (exit, result(&told, "MB0").0, result(&told, "DB1").0),
        (Some(1), "ok".into(), "failed".into())
    );
    assert!(result(&told, "DB1").1.contains("Optimized block access"), "{told}");
    // The CPU is in another slot than the URL says: refused, and what needs a connection was not tried.
    let mut serve = Serve::start(&["--profile", "s7-300"]);
    let (told, exit) = serve.json("doctor", &[]);
    assert_eq!(
        (exit, result(&told, "setup").0, result(&told, "SZL").0),
        (Some(4), "failed".into(), "skipped".into())
    );
    assert_eq!(result(&told, "CR slot 2").0, "ok");
    serve.child.kill().unwrap();
    serve.child.wait().unwrap();
    let (told, exit) = serve.json("doctor", &[]);
    assert_eq!(
        (exit, result(&told, "TCP").0, result(&told, "clock").0),
        (Some(3), "failed".into(), "skipped".into())
    );
    let lines = text(serve.run("doctor", &[]).stdout);
    assert!(lines.starts_with("failed   TCP") && lines.contains("\nskipped  CR slot 0"), "{lines}");
}

#[test]
fn a_configuration_file_says_all_that_options_say() {
    let folder = Folder::new("config");
    folder.write("areas.json", r#"[["MK", 0, "0102"], ["DB", 7, "0a0b0c"]]"#);
    let config = folder.write(
        "cpu.toml",
        "listen = \"127.0.0.1:0\"\nprofile = \"s7-1500@2.9\"\nput-get = \"on\"\npdu = 240\njobs = 2\n\
         areas = \"areas.json\"\npcap = \"talk.pcapng\"\ntrace = true\n\n[db]\n1 = 100\n200 = 65536\n",
    );
    let mut serve = Serve::of(hepta().args(["serve", "--config", &config]).stderr(Stdio::piped()));
    let (read, exit) =
        serve.json("read", &["MW0", "DB1.DBB99", "DB200.DBB65535", "DB7:0:BYTE[3]", "DB1.DBB100"]);
    let values: Vec<_> = read.as_array().unwrap().iter().map(|item| item["value"].clone()).collect();
    assert_eq!(values, [json!(0x0102), json!(0), json!(0), json!("0a0b0c"), Value::Null], "{read}");
    assert_eq!((exit, &read[4]["code"]), (Some(1), &json!(5)));
    let (info, _) = serve.json("info", &[]);
    assert_eq!((&info["pdu"], &info["jobs"]), (&json!(240), &json!(2)), "{info}");
    assert!(info["firmware"].as_str().unwrap().starts_with("V2.9"), "{info}");
    serve.child.kill().unwrap();
    let mut told = String::new();
    serve.child.stderr.take().unwrap().read_to_string(&mut told).unwrap();
    assert!(told.contains("C>S") && told.contains("setup granted: PDU 240"), "{told}");
    // The capture stands beside the file that names it.
    let decoded = hepta().args(["decode", &folder.join("talk.pcapng")]).output().unwrap();
    assert!(text(decoded.stdout).contains("setup granted: PDU 240"));
    // The command line comes first.
    let serve = Serve::of(
        hepta()
            .args(["serve", "--config", &config, "--pdu", "480", "--put-get", "off", "--db", "3=8"])
            .stderr(Stdio::null()),
    );
    let (info, _) = serve.json("info", &[]);
    assert_eq!(info["pdu"], json!(480));
    assert_eq!(serve.json("read", &["MB0"]).1, Some(4));
}

#[test]
fn mistakes_in_files_are_told_with_their_place() {
    let folder = Folder::new("files");
    let config = |text: &str, says: &str| {
        let path = folder.write("bad.toml", text);
        fails(&["serve", "--config", &path], 2, says);
        // The file and the place, both.
        fails(&["serve", "--config", &path], 2, "bad.toml: ");
    };
    config("pdu = 240\nprofil = \"lab\"\n", "line 2");
    config("pdu = 240\nprofil = \"lab\"\n", "profil");
    config("\n\npdu = \"large\"\n", "line 3");
    config("put-get = \"maybe\"\n", "line 1");
    config("[db]\n0 = 100\n", "1 to 65535");
    config("[db]\n1 = 70000\n", "1 to 65536 octets");
    config("pdu = \n", "line 1");
    fails(&["serve", "--config", &folder.join("none.toml")], 2, "none.toml");
    let areas = |text: &str, says: &str| {
        let path = folder.write("bad.json", text);
        fails(&["serve", "--listen", "127.0.0.1:0", "--areas", &path], 2, says);
        fails(&["serve", "--listen", "127.0.0.1:0", "--areas", &path], 2, "bad.json: ");
    };
    areas("[[\"MK\", 0, \"00\"],\n [\"DB\", \"one\", \"00\"]]", "line 2");
    areas("[[\"MK\", 0, \"00\"], [\"XX\", 0, \"00\"]]", "entry 2: XX is no area");
    areas("[[\"DB\", 0, \"00\"]]", "entry 1: DB 0: data blocks are numbered 1 to 65535");
    areas("[[\"DB\", 70000, \"00\"]]", "entry 1: DB 70000: data blocks are numbered 1 to 65535");
    areas("[[\"DB\", 1, \"0g\"]]", "entry 1: no hex at column 2");
    areas("[[\"DB\", 1, \"\"]]", "entry 1: DB 1: 1 to 65536 octets are expected");
    areas("[[\"DB\", 1]]", "line 1");
    areas("{}", "line 1");
}

/// The values that the configuration file may say are those of the command line.
#[test]
fn limits_hold_in_files_too() {
    let folder = Folder::new("limits");
    for (text, says) in
        [("pdu = 50\n", "112"), ("pdu = 9000\n", "8000"), ("jobs = 0\n", "1"), ("jobs = 2000\n", "1000")]
    {
        let path = folder.write("limits.toml", &format!("listen = \"256.0.0.1:0\"\n{text}"));
        fails(&["serve", "--config", &path], 2, "limits.toml: ");
        fails(&["serve", "--config", &path], 2, says);
    }
}

/// Lines as they come.
fn lines(child: &mut Child) -> Receiver<String> {
    let (give, take) = channel();
    let out = BufReader::new(child.stdout.take().expect("piped"));
    std::thread::spawn(move || out.lines().map_while(Result::ok).try_for_each(|line| give.send(line)));
    take
}

#[test]
fn watch_tells_that_the_cpu_is_gone_and_finds_it_again() {
    let serve = Serve::start(&["--db", "1=16"]);
    let addr = serve.addr().to_owned();
    let mut watch = hepta()
        .args(["watch", &serve.url, "DB1.DBW0", "--every", "20ms", "--json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let lines = lines(&mut watch);
    let until = |ok: bool| loop {
        // Long enough for a busy machine and the client's back-off.
        let line = lines.recv_timeout(Duration::from_secs(60)).expect("watch goes on");
        let line: Value = serde_json::from_str(&line).unwrap();
        if line["ok"] == ok {
            return line;
        }
    };
    until(true);
    drop(serve);
    let gone = until(false);
    assert_eq!((&gone["address"], &gone["code"]), (&json!("DB1.DBW0"), &Value::Null));
    assert!(!gone["error"].as_str().unwrap().is_empty(), "{gone}");
    let again = Serve::of(hepta().args(["serve", "--listen", &addr, "--db", "1=16"]));
    assert_eq!(until(true)["value"], json!(0));
    drop(again);
    watch.kill().unwrap();
    watch.wait().unwrap();
}

#[test]
fn a_watch_that_missed_a_round_says_so_at_its_end() {
    let serve = Serve::start(&["--db", "1=16"]);
    let whole = serve.run("watch", &["DB1.DBW0", "--every", "1ms", "--count", "2", "--plain"]);
    assert_eq!((whole.status.code(), text(whole.stdout).contains("DB1.DBW0")), (Some(0), true));
    let partly = serve.run("watch", &["DB9.DBW0", "--every", "1ms", "--count", "2", "--plain"]);
    assert_eq!(partly.status.code(), Some(1));
}

#[test]
fn trace_tells_each_message_on_standard_error() {
    let serve = Serve::start(&["--db", "1=16"]);
    let read = serve.run("read", &["DB1.DBW0:INT", "DB9.DBB0", "--trace", "--json"]);
    let told = text(read.stderr);
    for part in [
        "C>S",
        "S>C",
        "CR from",
        "CC ",
        "setup asked: PDU 960",
        "setup granted: PDU 960",
        "read\n      DB1.DBB0 x2\n      DB9.DBB0\n",
        "#1 C>S",
        "0a object",
        "closed",
    ] {
        assert!(told.contains(part), "{part}: {told}");
    }
    // Standard output is left to the values.
    assert!(serde_json::from_slice::<Value>(&read.stdout).unwrap().is_array());
    // Each question has its answer but for the goodbye, which is not waited for.
    let says = |who: &str| told.lines().filter(|line| line.contains(who) && !line.contains(" D")).count();
    assert_eq!((says("C>S"), says("S>C")), (3, 3), "{told}");
    let written = text(serve.run("write", &["DB1.DBX0.3=1", "--trace"]).stderr);
    assert!(written.contains("write DB1.DBX0.3"), "{written}");
}

#[test]
fn what_is_traced_and_what_is_reported_are_both() {
    let folder = Folder::new("both");
    let serve = Serve::start(&["--db", "1=16", "--security", "open"]);
    let (report, capture) = (folder.join("found.json"), folder.join("mine.pcapng"));
    let doctor = serve.run("doctor", &["--report", &report, "--trace", "--pcap", &capture]);
    let told = text(doctor.stderr);
    assert_eq!(told.matches("CR from").count(), 6, "{told}");
    for capture in [&capture, &folder.join("found.json.pcapng")] {
        let decoded = text(hepta().args(["decode", capture]).output().unwrap().stdout);
        assert_eq!(decoded.matches("CR from").count(), 6, "{capture}: {decoded}");
    }
}

#[test]
fn bench_prints_its_figures_for_each_kind() {
    let serve = Serve::start(&["--db", "1=4096"]);
    for (what, octets) in [("read", 4.0), ("batch", 80.0), ("block", 4096.0), ("connect", 0.0)] {
        let args = ["--connections", "2", "--in-flight", "2", "--seconds", "0.3", "--json"];
        let output = hepta().args(["bench", what, &serve.url]).args(args).output().unwrap();
        let line = text(output.stdout);
        let figures: Value = serde_json::from_str(&line).unwrap_or_else(|e| panic!("{e}: {line}"));
        let keys: Vec<_> = figures.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(keys, ["what", "ops_s", "p50_us", "p99_us", "mb_s", "errors", "connections", "seconds"]);
        assert_eq!((output.status.code(), line.lines().count()), (Some(0), 1));
        assert_eq!(
            (&figures["what"], &figures["errors"], &figures["connections"]),
            (&json!(what), &json!(0), &json!(2))
        );
        let figure = |key: &str| figures[key].as_f64().unwrap();
        assert!(
            figure("ops_s") > 0.0 && figure("p50_us") > 0.0 && figure("p50_us") <= figure("p99_us"),
            "{line}"
        );
        // Both are rounded to two places, so they need not agree in more.
        assert!((figure("mb_s") - figure("ops_s") * octets / 1e6).abs() < 0.02, "{line}");
    }
    let absent = hepta().args(["bench", "read", &serve.url, "--db", "9"]).output().unwrap();
    assert_eq!(absent.status.code(), Some(4));
}

#[test]
fn over_ipv6() {
    if std::net::TcpListener::bind("[::1]:0").is_err() {
        eprintln!("skipped: this machine has no IPv6 loopback");
        return;
    }
    let serve = Serve::of(hepta().args(["serve", "--listen", "[::1]:0", "--db", "1=16"]));
    assert!(serve.url.starts_with("s7://[::1]:"), "{}", serve.url);
    assert!(serve.run("write", &["DB1.DBW0:INT=-3"]).status.success());
    let (read, exit) = serve.json("read", &["DB1.DBW0:INT"]);
    assert_eq!((exit, &read[0]["value"]), (Some(0), &json!(-3)));
}

#[test]
fn a_port_that_is_taken_or_needs_rights_is_told() {
    let serve = Serve::start(&[]);
    fails(&["serve", "--listen", serve.addr()], 3, serve.addr());
    fails(&["serve", "--listen", "127.0.0.1"], 2, "127.0.0.1");
    fails(&["serve", "--listen", "host.invalid:102"], 2, "host.invalid");
}

#[test]
fn the_demo_takes_a_free_port_if_its_own_is_taken() {
    // If somebody else has it already, that will do.
    let _taken = std::net::TcpListener::bind("127.0.0.1:1102");
    let output = hepta().args(["demo", "--for", "1s", "--every", "100ms"]).output().unwrap();
    let told = text(output.stdout);
    // Colours and a table that is drawn over itself are for terminals.
    assert!(!told.contains('\x1b'), "{told}");
    assert!(output.status.success() && told.contains("listens on 127.0.0.1:"), "{told}");
    assert!(!told.contains("127.0.0.1:1102"), "{told}");
    // What it prints of itself is how to reach it.
    assert!(told.contains("hepta watch s7://127.0.0.1:") && told.contains("nmap"), "{told}");
}

#[test]
fn a_demo_that_reads_too_little_is_no_success() {
    let output = hepta().args(["demo", "--plain", "--for", "1ms", "--every", "100ms"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", text(output.stdout));
}

/// Scripts read `NaN` and numbers of 64 bits as texts, times in UTC, and refusals where they look for them.
#[test]
fn json_has_the_promised_keys() {
    let serve = Serve::start(&["--db", "1=64"]);
    let (read, _) = serve.json("read", &["DB1:0:ULINT", "DB1:8:REAL", "DB9.DBB0"]);
    let keys = |item: &Value| item.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(&read[0]), ["address", "type", "value", "ok", "time"]);
    assert_eq!(keys(&read[2]), ["address", "ok", "code", "error", "hint"]);
    assert_eq!((&read[0]["value"], &read[0]["type"]), (&json!("0"), &json!("ULINT")));
    let time = read[0]["time"].as_str().unwrap();
    assert!(time.len() == 24 && time.ends_with('Z') && time.as_bytes()[10] == b'T', "{time}");
    for (value, told) in [("inf", "Infinity"), ("-inf", "-Infinity"), ("NaN", "NaN")] {
        serve.run("write", &[&format!("DB1:8:REAL={value}")]);
        assert_eq!(serve.json("read", &["DB1:8:REAL"]).0[0]["value"], told);
    }
}

#[cfg(unix)]
#[test]
fn an_interrupt_ends_the_server_too() {
    let mut serve = Serve::start(&[]);
    let pid = serve.child.id().to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    assert_eq!(serve.child.wait().unwrap().code(), Some(0));
}
