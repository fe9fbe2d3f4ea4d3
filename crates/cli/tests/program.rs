//! The program as scripts use it: what it prints, and how it ends.
mod common;

use common::{Serve, fails, hepta};
use serde_json::Value;
use std::io::Write;
use std::process::Stdio;

#[test]
fn written_is_read_back_in_every_type() {
    let serve = Serve::start(&["--db", "1=1024"]);
    let items = [
        ("DB1.DBX0.3:BOOL", "TRUE", serde_json::json!(true)),
        ("DB1.DBB1:BYTE", "16#FE", serde_json::json!(254)),
        ("DB1.DBW2:INT", "-12", serde_json::json!(-12)),
        ("DB1.DBD4:REAL", "1.25", serde_json::json!(1.25)),
        ("DB1:8:LINT", "-9223372036854775808", serde_json::json!("-9223372036854775808")),
        ("DB1:16:LREAL", "NaN", serde_json::json!("NaN")),
        ("DB1:24:STRING[20]", "'it$'s'", serde_json::json!("it's")),
        ("DB1:50:TIME", "T#1d2h", serde_json::json!("T#1d2h")),
        ("DB1:54:DTL", "DTL#2026-11-20-10:00:00", serde_json::json!("DTL#2026-11-20-10:00:00")),
        ("DB1:80:BYTE[4]", "0a0b0cff", serde_json::json!("0a0b0cff")),
        ("DB1,REAL90", "-0.5", serde_json::json!(-0.5)),
        ("MW20:WORD", "16#1234", serde_json::json!(0x1234)),
        ("T5", "S5T#2s", serde_json::json!("S5T#2s")),
        ("C7", "42", serde_json::json!(42)),
    ];
    for (address, value, json) in &items {
        let output = serve.run("write", &[&format!("{address}={value}")]);
        assert!(output.status.success(), "{address}: {}", String::from_utf8_lossy(&output.stderr));
        let (read, exit) = serve.json("read", &[address]);
        assert_eq!(exit, Some(0));
        assert_eq!((&read[0]["value"], &read[0]["ok"]), (json, &Value::Bool(true)), "{address}: {read}");
        assert_eq!(read[0]["address"], *address);
    }
    serve.run("write", &["DB1.DBX70.0:BOOL[10]=[1,0,1,0,0,0,0,0,0,1]"]);
    let (read, _) = serve.json("read", &["DB1.DBX70.0:BOOL[10]", "DB1:70:BYTE[2]", "DB1:24:BYTE[2]"]);
    assert_eq!(
        (&read[1]["value"], &read[2]["value"]),
        (&serde_json::json!("0502"), &serde_json::json!("1404")),
        "{read}"
    );
    // The variable says 20 by now, whatever the address says.
    let long = serve.run("write", &["DB1:24:STRING[30]='more than twenty characters'"]);
    assert_eq!(long.status.code(), Some(2), "{}", String::from_utf8_lossy(&long.stderr));
    let cut = serve.run("write", &["--truncate", "DB1:24:STRING[30]='more than twenty characters'"]);
    assert!(cut.status.success());
    let (read, _) = serve.json("read", &["DB1:24:STRING[20]"]);
    assert_eq!(read[0]["value"], "more than twenty cha");
}

#[test]
fn each_item_has_its_own_fate() {
    let serve = Serve::start(&["--db", "1=16"]);
    let (read, exit) = serve.json("read", &["DB1.DBW0:INT", "DB9.DBW0:INT", "DB1.DBW15:INT", "DB1.DBB15"]);
    assert_eq!(exit, Some(1));
    let oks: Vec<_> = read.as_array().unwrap().iter().map(|item| item["ok"].as_bool().unwrap()).collect();
    assert_eq!(oks, [true, false, false, true]);
    assert_eq!((&read[1]["code"], &read[2]["code"]), (&serde_json::json!(0x0a), &serde_json::json!(0x05)));
    assert!(read[1]["hint"].as_str().unwrap().contains("ptimized"), "{read}");
    let (written, exit) = serve.json("write", &["DB1.DBB0=7", "DB9.DBB0=7"]);
    assert_eq!(
        (exit, &written[0]["ok"], &written[1]["code"]),
        (Some(1), &Value::Bool(true), &serde_json::json!(0x0a))
    );
}

#[test]
fn a_cpu_with_put_get_off_refuses_and_the_hint_says_what_to_click() {
    let serve = Serve::start(&["--profile", "s7-1500"]);
    let (read, exit) = serve.json("read", &["MB0"]);
    assert_eq!((exit, &read[0]["code"]), (Some(4), &serde_json::json!(0x8104)));
    assert!(read[0]["hint"].as_str().unwrap().contains("PUT/GET"), "{read}");
}

#[test]
fn watch_prints_an_object_a_line() {
    let serve = Serve::start(&["--db", "1=16"]);
    let output = serve.run("watch", &["DB1.DBW0", "MB0", "--every", "10ms", "--count", "3", "--json"]);
    let text = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((lines.len(), output.status.code()), (6, Some(0)), "{text}");
    assert!(lines.iter().all(|line| line["ok"] == true && line["time"].is_string()));
}

#[test]
fn csv_has_a_head() {
    let serve = Serve::start(&["--db", "1=64"]);
    serve.run("write", &["DB1:0:STRING[20]='a,b'"]);
    let text =
        String::from_utf8(serve.run("read", &["DB1:0:STRING[20]", "DB9.DBB0", "--csv"]).stdout).unwrap();
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("address,type,value,ok,code,error,time"));
    assert!(lines.next().unwrap().starts_with("DB1:0:STRING[20],STRING[20],\"a,b\",true,,,20"), "{text}");
    assert!(lines.next().unwrap().starts_with("DB9.DBB0,BYTE,,false,0a,"), "{text}");
}

#[test]
fn info_tells_who_it_is() {
    let mut serve = Serve::start(&["--profile", "s7-300"]);
    // The CPU of an S7-300 is in slot 2, and nowhere else.
    let (refused, exit) = serve.json("info", &[]);
    assert_eq!(
        (exit, &refused["ok"], &refused["code"]),
        (Some(4), &Value::Bool(false), &serde_json::json!(3))
    );
    let said = refused["error"].as_str().unwrap();
    assert!(said.ends_with("address unknown (03); tried rack 0 slot 1, TSAP 02.01"), "{refused}");
    serve.url = serve.url.replace("/0/1", "/0/2");
    let (info, exit) = serve.json("info", &[]);
    assert_eq!(
        (exit, &info["mode"], &info["pdu"]),
        (Some(0), &serde_json::json!("RUN"), &serde_json::json!(240))
    );
    assert!(info["order_number"].as_str().unwrap().starts_with("6ES7"), "{info}");
    assert_eq!(info["firmware"], "V3.2.6");
}

#[test]
fn dump_finds_the_end() {
    let serve = Serve::start(&["--db", "7=333"]);
    let output = serve.run("dump", &["DB7", "--hex"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(
        text.split_whitespace().collect::<String>(),
        "00".repeat(333),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let (dump, exit) = serve.json("dump", &["DB7", "--start", "330"]);
    let whole = serde_json::json!({"ok": true, "area": "DB7", "start": 330, "octets": "000000"});
    assert_eq!((dump, exit), (whole, Some(0)));
    let (dump, exit) = serve.json("dump", &["DB8"]);
    assert_eq!((&dump["ok"], &dump["code"], exit), (&false.into(), &serde_json::json!(0x0a), Some(4)));
}

#[test]
fn mistakes_get_one_line_and_their_exit_status() {
    fails(&["read", "s7://127.0.0.1:1", "DB1.DBX0.9"], 2, "DB1.DBX0.9: ");
    fails(&["read", "s7://127.0.0.1:1", "DB1.DBW0:REAL"], 2, "column");
    fails(&["read", "s8://x", "MB0"], 2, "s7://");
    fails(&["read", "s7://127.0.0.1:1", "MB0"], 3, "nobody listens");
    fails(&["write", "s7://127.0.0.1:1", "MB0=256"], 2, "MB0=256: ");
    fails(&["write", "s7://127.0.0.1:1", "MB0"], 2, "ADDRESS=VALUE");
    fails(&["serve", "--db", "0=1"], 2, "1 to 65535");
    fails(&["serve", "--profile", "s7-9000"], 2, "s7-1500");
    fails(&["serve", "--areas", "/does/not/exist"], 2, "/does/not/exist");
    fails(&["decode", "Cargo.toml"], 2, "Cargo.toml");
    fails(&["nonsense"], 2, "nonsense");
    let serve = Serve::start(&["--db", "1=64"]);
    fails(&["dump", &serve.url, "DB1", "--start", "99999999", "--len", "4"], 2, "reaches beyond");
    fails(&[], 2, "Usage");
}

#[test]
fn silence_is_a_time_out() {
    let deaf = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("s7://{}?negotiate-timeout=200ms&timeout=200ms", deaf.local_addr().unwrap());
    fails(&["read", &url, "MB0"], 6, "in time");
}

fn decode(lines: &str, args: &[&str]) -> (String, Option<i32>) {
    let mut child = hepta()
        .args(["decode", "--hex", "-"])
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(lines.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    (String::from_utf8(output.stdout).unwrap(), output.status.code())
}

#[test]
fn decode_understands_or_says_so() {
    let setup = "0300001902f08032010000000000080000f0000001000101e0\n";
    let (text, exit) = decode(setup, &["--round-trip"]);
    assert_eq!((text.as_str(), exit), ("C>S 0000 setup asked: PDU 480, jobs 1/1\n", Some(0)));
    let stop = "0300002102f0803201000009250010000029000000000009505f50524f4752414d\n";
    assert_eq!(decode(stop, &[]).1, Some(1));
    assert_eq!(decode(stop, &["--allow-unknown"]).1, Some(0));
    let parts = "0300001102f000320100000930000e0000\n0300001502f0800401120a10020004000184000000\n";
    let (text, exit) = decode(parts, &["--round-trip"]);
    assert!(text.ends_with("C>S 0930 read DB1.DBB0 x4\n") && exit == Some(0), "{text}");
    assert_eq!(decode("03 00 zz\n", &[]).1, Some(2));
}

#[test]
fn what_is_recorded_can_be_decoded() {
    let folder = std::env::temp_dir().join(format!("hepta-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    for name in ["talk.pcapng", "talk.pcap"] {
        let file = folder.join(name);
        let serve = Serve::start(&["--db", "1=1024", "--pcap", file.to_str().unwrap()]);
        assert!(serve.run("read", &["DB1.DBD4:REAL", "DB9.DBB0"]).status.code() == Some(1));
        drop(serve);
        let output = hepta().arg("decode").arg(&file).arg("--round-trip").output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(0), "{text}");
        assert!(
            text.contains("CR from") && text.contains("setup granted: PDU 960") && text.contains("0a object"),
            "{text}"
        );
    }
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn the_demo_lives() {
    let output = hepta().args(["demo", "--plain", "--for", "2s", "--every", "200ms"]).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}");
    assert!(text.contains("were read over the wire, and some changed"), "{text}");
}

#[cfg(unix)]
#[test]
fn a_signal_ends_the_server_in_good_order() {
    let mut serve = Serve::start(&[]);
    let pid = serve.child.id().to_string();
    assert!(std::process::Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    assert_eq!(serve.child.wait().unwrap().code(), Some(0));
}

#[test]
fn completions_for_shells() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let output = hepta().args(["completions", shell]).output().unwrap();
        assert!(output.status.success() && !output.stdout.is_empty(), "{shell}");
    }
}

/// What becomes of a command whose output nobody reads.
#[cfg(unix)]
fn unread(args: &[&str]) -> (Option<i32>, String) {
    use std::io::Read;
    let mut command = hepta();
    let mut child = command.args(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    (child.wait().unwrap().code(), said)
}

#[cfg(unix)]
#[test]
fn a_closed_pipe_is_no_panic() {
    let serve = Serve::start(&["--db", "1=64"]);
    for args in [
        &["info", &serve.url][..],
        &["info", &serve.url, "--json"],
        &["doctor", &serve.url],
        &["read", &serve.url, "DB1.DBW0"],
        &["dump", &serve.url, "DB1"],
        &["watch", &serve.url, "DB1.DBW0", "--every", "5ms", "--count", "9", "--json"],
        &["bench", "read", &serve.url, "--seconds", "0.05"],
        &["demo", "--plain", "--for", "50ms"],
        &["completions", "bash"],
        &["--help"],
    ] {
        let (exit, said) = unread(args);
        assert!(exit == Some(0) && !said.contains("panicked"), "{args:?}: {exit:?} {said}");
    }
}

#[test]
fn json_says_why_also_where_nobody_was_reached() {
    for args in [
        &["read", "s7://127.0.0.1:1", "MB0", "MB1", "--json"][..],
        &["write", "s7://127.0.0.1:1", "MB0=1", "MB1=1", "--json"],
    ] {
        let output = hepta().args(args).output().unwrap();
        let objects: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!((objects.len(), output.status.code()), (2, Some(3)), "{objects:?}");
        assert_eq!((&objects[1]["address"], &objects[1]["ok"]), (&"MB1".into(), &false.into()));
        assert!(objects[1]["hint"].as_str().unwrap().contains("nobody listens"), "{objects:?}");
    }
    for args in [
        &["watch", "s7://127.0.0.1:1", "MB0", "--json"][..],
        &["info", "s7://127.0.0.1:1", "--json"],
        &["dump", "s7://127.0.0.1:1", "DB1", "--json"],
        &["bench", "read", "s7://127.0.0.1:1", "--json"],
    ] {
        let output = hepta().args(args).output().unwrap();
        let object: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!((&object["ok"], output.status.code()), (&false.into(), Some(3)), "{args:?}");
        assert!(object["hint"].as_str().unwrap().contains("nobody listens"), "{object}");
    }
    // The doctor's list is the same whether anybody is there or not.
    let output = hepta().args(["doctor", "s7://127.0.0.1:1", "--json"]).output().unwrap();
    let checks: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&checks[0]["result"], output.status.code()), (&"failed".into(), Some(3)));
}

/// Ctrl-C ends it although the CPU has fallen silent.
#[cfg(unix)]
#[test]
fn a_signal_ends_watching_at_once() {
    let deaf = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let serve = Serve::start(&["--db", "1=64"]);
    let to = serve.url.trim_start_matches("s7://").trim_end_matches("/0/1").to_owned();
    let url = format!("s7://{}?timeout=600s", deaf.local_addr().unwrap());
    // The first message of a client is answered by the server, with the setup; then nobody answers any more.
    std::thread::spawn(move || {
        use std::io::Read;
        let (mut client, _) = deaf.accept().unwrap();
        let mut server = std::net::TcpStream::connect(to).unwrap();
        for _ in 0..2 {
            let mut octets = [0; 512];
            let n = client.read(&mut octets).unwrap();
            server.write_all(&octets[..n]).unwrap();
            let n = server.read(&mut octets).unwrap();
            client.write_all(&octets[..n]).unwrap();
        }
        std::thread::sleep(core::time::Duration::from_secs(600));
    });
    let mut child = hepta().args(["watch", &url, "DB1.DBW0"]).stdout(Stdio::null()).spawn().unwrap();
    let pid = child.id().to_string();
    std::thread::sleep(core::time::Duration::from_millis(500));
    assert!(std::process::Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_configuration_has_the_limits_of_the_command_line() {
    let folder = std::env::temp_dir().join(format!("hepta-config-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    for (text, says) in [("pdu = 65535", "112 to 8000"), ("jobs = 0", "1 to 1000"), ("pdv = 1", "pdv")] {
        let file = folder.join("serve.toml");
        std::fs::write(&file, text).unwrap();
        fails(&["serve", "--listen", "127.0.0.1:0", "--config", file.to_str().unwrap()], 2, says);
    }
    std::fs::remove_dir_all(&folder).unwrap();
}
