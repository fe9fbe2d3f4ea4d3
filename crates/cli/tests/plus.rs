//! The commands by S7CommPlus, against an emulated CPU in this process: what it was asked shows in its log.
mod common;

use common::{Folder, fails, hepta};
use hepta_plc::{Event, Profile};
use hepta_server::{Access, Emulator, Identity, Options, Plus};
use serde_json::{Value, json};
use std::process::Output;

/// A CPU, and a folder where nobody has accepted a certificate.
struct Cpu {
    emulator: Emulator,
    print: String,
    folder: Folder,
}

impl Cpu {
    /// `test`: its name, which nobody else uses.
    fn start(test: &str, profile: &str, access: Access) -> Self {
        let identity = Identity::generate("CPU under test", &[]).unwrap();
        let print = identity.print().to_string();
        let plus = Plus { identity: Some(identity), access, ..Plus::default() };
        let profile: Profile = profile.parse().unwrap();
        let emulator = Emulator::builder()
            .profile(profile)
            .block_with(1, (0..700).map(|i| u8::try_from(i % 251).unwrap()).collect::<Vec<_>>())
            .optimised_block(2, [1; 16])
            .options(Options { plus, ..Options::default() })
            .start()
            .unwrap();
        Self { emulator, print, folder: Folder::new(test) }
    }
    fn tls(test: &str) -> Self {
        Self::start(test, "s7-1500@3.1", Access::default())
    }
    fn open(test: &str) -> Self {
        Self::start(test, "s7-1200@3.0", Access::default())
    }
    fn plus(&self) -> String {
        format!("s7plus://{}", self.emulator.addr())
    }
    fn output(&self, args: &[&str]) -> Output {
        // No password of whoever runs the tests, and no certificates of theirs.
        hepta()
            .args(args)
            .env_remove("HEPTA_PASSWORD")
            .env("HEPTA_STATE", self.folder.join(""))
            .output()
            .unwrap()
    }
    fn json(&self, args: &[&str]) -> (Value, Option<i32>) {
        let output = self.output(&[args, &["--json"]].concat());
        let text = String::from_utf8(output.stdout).unwrap();
        let error = String::from_utf8_lossy(&output.stderr);
        (serde_json::from_str(&text).unwrap_or_else(|e| panic!("{e}: {text}{error}")), output.status.code())
    }
    fn doctor(&self, url: &str, args: &[&str]) -> (Found, Option<i32>) {
        let (told, exit) = self.json(&[&["doctor", url], args].concat());
        (Found(told), exit)
    }
    fn count(&self, of: impl Fn(&Event) -> bool) -> usize {
        self.emulator.log().iter().filter(|entry| of(&entry.event)).count()
    }
    fn sessions(&self) -> usize {
        self.count(|event| matches!(event, Event::Session(_)))
    }
    /// What no doctor does.
    fn harmed(&self) -> usize {
        self.count(|event| {
            matches!(event, Event::Write(..) | Event::ItemWritten(..))
                || matches!(event, Event::Legitimated(_) | Event::PasswordRefused)
        })
    }
}

/// What a doctor found.
struct Found(Value);

impl Found {
    fn names(&self) -> Vec<&str> {
        self.0.as_array().unwrap().iter().map(|check| check["check"].as_str().unwrap()).collect()
    }
    fn of(&self, name: &str, field: &str) -> &str {
        let found = self.0.as_array().unwrap().iter().find(|check| check["check"] == name);
        let check = found.unwrap_or_else(|| panic!("{name}: {}", self.0));
        check[field].as_str().unwrap_or_default()
    }
    fn is(&self, name: &str, result: &str, evidence: &str) {
        let (is, says) = (self.of(name, "result"), self.of(name, "evidence"));
        assert!(is == result && says.contains(evidence), "{name} is to be {result}, {evidence}: {}", self.0);
    }
    fn advises(&self, name: &str, advice: &str) {
        assert!(self.of(name, "advice").contains(advice), "{name} is to advise {advice}: {}", self.0);
    }
}

const SLOTS: [&str; 5] = ["TCP", "CR slot 0", "CR slot 1", "CR slot 2", "CR slot 3"];
const CLASSIC: [&str; 5] = ["setup", "MB0", "DB1", "SZL", "clock"];
const PLUS: [&str; 8] =
    ["CR SIMATIC-ROOT-HMI", "InitSSL", "TLS", "certificate", "session", "protection", "limits", "password"];

#[test]
fn a_doctor_shows_a_certificate_that_nobody_has_accepted_and_goes_no_further() {
    let cpu = Cpu::tls("doctor-unknown");
    let (found, exit) = cpu.doctor(&cpu.plus(), &[]);
    assert_eq!(found.names(), [&SLOTS[..], &PLUS].concat());
    found.is("CR SIMATIC-ROOT-HMI", "ok", "accepted");
    found.is("InitSSL", "ok", "TLS");
    found.is("TLS", "ok", "TLS 1.3, TLS_AES_256_GCM_SHA384, group x25519");
    found.is("certificate", "skipped", &format!("not accepted yet: SHA-256 {}", cpu.print));
    found.is("certificate", "skipped", "subject CN=CPU under test, valid ");
    found.advises("certificate", &format!("--pin {}", cpu.print));
    found.is("session", "skipped", "nobody has accepted the certificate");
    found.advises("session", "--trust-first");
    for name in ["protection", "limits", "password"] {
        found.is(name, "skipped", "needs what failed before");
    }
    assert_eq!((exit, cpu.sessions(), cpu.harmed()), (Some(0), 0, 0));
    // For people, too: each line has its result and its name, and what to do stands below.
    let text = String::from_utf8(cpu.output(&["doctor", &cpu.plus()]).stdout).unwrap();
    assert!(text.contains("\nok       TLS                 TLS 1.3, ") && text.contains("\n    "), "{text}");
    assert!(text.contains(&format!(
        " -> compare it with TIA Portal or the CPU's display, then accept it: --pin {}",
        cpu.print
    )));
}

#[test]
fn a_doctor_says_by_which_option_a_certificate_was_accepted() {
    let cpu = Cpu::tls("doctor-accepted");
    let url = cpu.plus();
    for (args, by) in [
        (&["--pin", &cpu.print][..], "accepted by --pin: SHA-256 "),
        (&["--insecure"], "accepted by --insecure, which accepts any: "),
        (&["--trust-first"], "accepted by --trust-first: "),
        // By now it is known.
        (&[], "accepted by what is known"),
    ] {
        let (found, exit) = cpu.doctor(&url, args);
        found.is("certificate", "ok", by);
        found.is("session", "ok", "6ES7 511-1AL03-0AB0 V3.1, inside TLS, in ");
        found.is("protection", "ok", "level 1: full access");
        found.is("limits", "ok", " items a read, ");
        found.is("limits", "ok", " subscriptions free");
        found.is("password", "ok", "a user name and a password");
        assert_eq!(exit, Some(0), "{}", found.0);
    }
    assert_eq!((cpu.sessions(), cpu.harmed()), (4, 0));
    // Somebody else's certificate is pinned: it is no evidence any more, it is a failure.
    let (found, exit) = cpu.doctor(&url, &["--pin", &"ab".repeat(32)]);
    found.is("certificate", "failed", &cpu.print);
    found.advises("certificate", "somebody in between");
    found.is("session", "failed", "another certificate");
    assert_eq!((exit, cpu.sessions()), (Some(5), 4));
}

#[test]
fn a_doctor_of_a_cpu_without_tls_says_so_and_looks_on_where_nothing_is_at_stake() {
    let cpu = Cpu::open("doctor-open");
    let (found, exit) = cpu.doctor(&cpu.plus(), &[]);
    found.is("InitSSL", "failed", "refused, there is no TLS");
    assert!(
        ["(-505)", "(-506)", "(-507)"].iter().any(|code| found.of("InitSSL", "evidence").ends_with(code))
    );
    found.advises("InitSSL", "security=open");
    found.is("TLS", "skipped", "");
    found.is("certificate", "skipped", "");
    found.is("session", "ok", "without TLS: whoever is in between");
    found.advises("session", "?security=open");
    found.is("password", "ok", "none by TLS: CPUs of its kind take passwords there from firmware 4.3 on");
    assert_eq!((exit, cpu.sessions()), (Some(1), 1));
    // Who asks for it is told the same as no failure.
    for security in ["open", "auto"] {
        let (found, exit) = cpu.doctor(&format!("{}?security={security}", cpu.plus()), &[]);
        found.is("InitSSL", "skipped", "refused, there is no TLS");
        found.is("session", "ok", "without TLS");
        assert_eq!((exit, found.of("session", "advice")), (Some(0), ""));
    }
    // Whoever has chosen a certificate gets nothing below TLS.
    let (found, exit) = cpu.doctor(&cpu.plus(), &["--pin", &"ab".repeat(32)]);
    found.is("session", "failed", "the CPU has no TLS");
    assert_eq!((exit, cpu.sessions(), cpu.harmed()), (Some(4), 3, 0));
}

#[test]
fn a_doctor_looks_at_both_protocols_of_a_bare_host() {
    let cpu = Cpu::tls("doctor-both");
    let host = cpu.emulator.addr().to_string();
    let (found, exit) = cpu.doctor(&host, &["--pin", &cpu.print]);
    assert_eq!(found.names(), [&SLOTS[..], &CLASSIC, &PLUS].concat());
    // PUT/GET is off: classic S7 is refused, which is no end where S7CommPlus goes.
    found.is("MB0", "failed", "");
    found.is("session", "ok", "inside TLS");
    assert_eq!((exit, cpu.harmed()), (Some(1), 0));
    let (found, exit) = cpu.doctor(&host, &[]);
    found.is("session", "skipped", "");
    assert_eq!(exit, Some(4));
    // One that speaks classic S7 alone is nothing to complain of.
    let old = Cpu::start("doctor-old", "s7-1500@2.8", Access::default());
    let (found, exit) = old.doctor(&old.emulator.addr().to_string(), &[]);
    found.is("CR SIMATIC-ROOT-HMI", "skipped", "");
    found.is("session", "skipped", "needs what failed before");
    assert_eq!(exit, Some(4));
    // But who asks for S7CommPlus is.
    let (found, exit) = old.doctor(&old.plus(), &[]);
    found.is("CR SIMATIC-ROOT-HMI", "failed", "");
    found.advises("CR SIMATIC-ROOT-HMI", "S7-300");
    assert_eq!(exit, Some(4));
}

#[test]
fn a_doctor_of_classic_s7_says_whether_the_other_protocol_is_there_too() {
    for (cpu, result, evidence) in [
        (Cpu::tls("offers-tls"), "ok", "offered, by TLS"),
        (Cpu::open("offers-open"), "ok", "offered, without TLS"),
        (Cpu::start("offers-none", "s7-1500@2.8", Access::default()), "skipped", "not offered"),
    ] {
        let (found, _) = cpu.doctor(&format!("s7://{}", cpu.emulator.addr()), &[]);
        assert_eq!(found.names(), [&SLOTS[..], &CLASSIC, &["S7CommPlus"]].concat());
        found.is("S7CommPlus", result, evidence);
        assert_eq!((cpu.sessions(), cpu.harmed()), (0, 0));
    }
}

#[test]
fn a_doctor_gives_the_password_that_it_was_given_and_asks_for_none() {
    let access = Access::default().protect(3).password("secret words", 1);
    let cpu = Cpu::start("doctor-password", "s7-1500@3.1", access);
    let (url, pin) = (cpu.plus(), ["--pin", &cpu.print.clone()]);
    let (found, exit) = cpu.doctor(&url, &pin);
    found.is("protection", "ok", "level 3: HMI access");
    found.advises("protection", "--password-file");
    assert_eq!((exit, cpu.harmed()), (Some(0), 0), "nothing is sent that was not given");
    let right = cpu.folder.write("right", "secret words\n");
    let (found, exit) = cpu.doctor(&url, &[&pin[..], &["--password-file", &right]].concat());
    found.is("protection", "ok", "level 1: full access");
    assert_eq!((exit, cpu.harmed(), found.of("protection", "advice")), (Some(0), 1, ""));
    assert!(!found.0.to_string().contains("secret words"));
    let wrong = cpu.folder.write("wrong", "other words\n");
    let (found, exit) = cpu.doctor(&url, &[&pin[..], &["--password-file", &wrong]].concat());
    found.is("session", "failed", "refused the password");
    found.is("certificate", "ok", "accepted by --pin");
    assert_eq!((exit, cpu.harmed()), (Some(5), 2));
    fails(&["doctor", &url, "--ask-password", "--insecure"], 2, "asks for no password");
}

#[test]
fn a_doctors_report_has_what_went_over_the_wire_by_both_protocols() {
    let cpu = Cpu::open("doctor-report");
    let report = cpu.folder.join("found.json");
    let (found, _) = cpu.doctor(&cpu.plus(), &["--report", &report]);
    let written: Value = serde_json::from_str(&std::fs::read_to_string(&report).unwrap()).unwrap();
    assert_eq!((&written["checks"], &written["url"]), (&found.0, &json!(cpu.plus())));
    let decoded = cpu.output(&["decode", "--allow-unknown", &format!("{report}.pcapng")]);
    let listing = String::from_utf8(decoded.stdout).unwrap();
    // Four slots, what is shown to nobody, the session that was refused, and the one without TLS.
    assert_eq!((listing.matches("CR from").count(), decoded.status.code()), (7, Some(0)), "{listing}");
}

#[test]
fn a_peer_that_hangs_up_or_says_nothing_is_told_from_one_that_refuses() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("s7plus://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || listener.incoming().for_each(drop));
    let cpu = Cpu::open("doctor-hangs-up");
    let (found, exit) = cpu.doctor(&url, &[]);
    found.is("TCP", "ok", "");
    found.is("CR SIMATIC-ROOT-HMI", "failed", "");
    found.is("InitSSL", "skipped", "needs what failed before");
    assert_eq!(exit, Some(3));
    let (found, exit) = cpu.doctor("s7plus://127.0.0.1:1", &[]);
    assert_eq!(found.names(), [&SLOTS[..], &PLUS].concat());
    found.is("TCP", "failed", "");
    assert_eq!(exit, Some(3));
}

#[test]
fn info_tells_who_it_is_by_s7commplus() {
    let cpu = Cpu::tls("info");
    let (info, exit) = cpu.json(&["info", &cpu.plus(), "--pin", &cpu.print]);
    let told = |name: &str| info[name].clone();
    assert_eq!(
        ["protocol", "security", "certificate", "order_number", "mode"].map(told),
        ["S7CommPlus", "tls", &cpu.print, "6ES7 511-1AL03-0AB0", "RUN"].map(|text| json!(text))
    );
    assert!(info["firmware"].as_str().unwrap().starts_with("V3.1"), "{info}");
    assert_eq!((&info["protection_level"], exit), (&json!(1), Some(0)));
    let limits = cpu.emulator.plc().profile().plus;
    assert_eq!(
        (&info["items_per_read"], &info["items_per_write"]),
        (&json!(limits.read), &json!(limits.write))
    );
    assert_eq!(
        ["subscriptions", "attributes", "subscription_memory"].map(told),
        [limits.subscriptions, limits.attributes, limits.memory].map(|n| json!(n))
    );
    assert!(
        info["roles"].is_array() && info["protection"].as_str().unwrap().starts_with("full access"),
        "{info}"
    );
    let text = String::from_utf8(cpu.output(&["info", &cpu.plus(), "--insecure"]).stdout).unwrap();
    assert!(text.contains("order number") && text.contains("6ES7 511-1AL03-0AB0"), "{text}");
    // Whoever trusts nobody learns nothing.
    let (refused, exit) = cpu.json(&["info", &cpu.plus()]);
    assert_eq!((&refused["ok"], exit), (&json!(false), Some(5)));
    assert!(refused["hint"].as_str().unwrap().contains(&format!("--pin {}", cpu.print)), "{refused}");
    // A bare host is asked by what it speaks; without TLS it shows no certificate.
    let open = Cpu::open("info-open");
    let (info, exit) = open.json(&["info", &open.emulator.addr().to_string()]);
    assert_eq!((&info["security"], info.get("certificate"), exit), (&json!("open"), None, Some(0)), "{info}");
    let old = Cpu::start("info-old", "s7-1500@2.8", Access::default());
    let (info, exit) = old.json(&["info", &old.emulator.addr().to_string()]);
    assert!(info["pdu"].is_u64() && info.get("protocol").is_none() && exit == Some(0), "{info}");
}

#[test]
fn bench_has_the_same_figures_by_s7commplus() {
    let (tls, open) = (Cpu::tls("bench"), Cpu::open("bench-open"));
    let trusted = format!("--pin={}", tls.print);
    for what in ["read", "batch", "block", "connect"] {
        for (cpu, url, trust) in [
            (&tls, tls.plus(), &trusted[..]),
            (&open, format!("{}?security=open", open.plus()), "--insecure"),
        ] {
            let args =
                ["bench", what, &url, trust, "--connections", "2", "--seconds", "0.2", "--in-flight", "2"];
            let (told, exit) = cpu.json(&args);
            assert_eq!((&told["what"], &told["errors"], exit), (&json!(what), &json!(0), Some(0)), "{told}");
            assert_eq!(told["connections"], json!(2));
            let keys: Vec<_> = told.as_object().unwrap().keys().map(String::as_str).collect();
            let same = ["connections", "errors", "mb_s", "ops_s", "p50_us", "p99_us", "seconds", "what"];
            assert_eq!(keys.len(), same.len());
            assert!(same.iter().all(|key| keys.contains(key)), "{told}");
            let (ops, rate) = (told["ops_s"].as_f64().unwrap(), told["mb_s"].as_f64().unwrap());
            // What a call brings, off by what rounding to two digits may take.
            let octets = match what {
                "read" => 4.0,
                "batch" => 400.0,
                "block" => 700.0,
                _ => 0.0,
            };
            assert!(ops > 0.0 && (rate - ops * octets / 1e6).abs() < 0.02, "{told}");
        }
    }
    // By an access path, which has to be there.
    let (told, exit) =
        tls.json(&["bench", "read", &tls.plus(), &trusted, "--item", "8A0E0063.9", "--seconds", "0.1"]);
    assert_eq!((&told["ok"], exit), (&json!(false), Some(4)));
    assert!(told["error"].as_str().unwrap().starts_with("8A0E0063.9: "), "{told}");
    let url = format!("s7://{}/0/1", open.emulator.addr());
    fails(&["bench", "read", &url, "--item", "8A0E0001.9"], 2, "--item");
    assert_eq!(tls.json(&["bench", "read", &tls.plus(), "--seconds", "0.1"]).1, Some(5));
}

#[test]
fn dump_has_the_octets_of_standard_blocks_and_says_why_not_of_others() {
    let cpu = Cpu::tls("dump");
    let args = ["dump", &cpu.plus(), "--insecure"];
    let (dump, exit) = cpu.json(&[&args[..], &["DB1"]].concat());
    let octets = (0..700).fold(String::new(), |hex, i| format!("{hex}{:02x}", i % 251));
    assert_eq!((&dump["octets"], exit), (&json!(octets), Some(0)));
    let (dump, _) = cpu.json(&[&args[..], &["DB1", "--start", "698"]].concat());
    assert_eq!(dump["octets"], json!(&octets[1396..]));
    let (dump, exit) = cpu.json(&[&args[..], &["M", "--len", "4"]].concat());
    assert_eq!((&dump["octets"], exit), (&json!("00000000"), Some(0)));
    for (block, hint) in [("DB2", "optimised access"), ("DB9", "block's number")] {
        let (dump, exit) = cpu.json(&[&args[..], &[block]].concat());
        assert_eq!((&dump["ok"], exit), (&json!(false), Some(4)), "{dump}");
        assert!(dump["hint"].as_str().unwrap().contains(hint), "{dump}");
    }
}
