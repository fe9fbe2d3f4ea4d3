//! The program, run by tests.
#![allow(dead_code, unreachable_pub, reason = "each test uses its own part")]
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Output, Stdio};

/// A running `hepta serve`, ended with the test.
pub struct Serve {
    pub child: Child,
    pub url: String,
    /// Its output is kept open: it says more than where it listens.
    _out: BufReader<ChildStdout>,
}

impl Serve {
    pub fn start(args: &[&str]) -> Self {
        Self::of(hepta().args(["serve", "--listen", "127.0.0.1:0"]).args(args))
    }
    /// Whatever the command line says.
    pub fn of(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().expect("the program starts");
        let mut line = String::new();
        let mut out = BufReader::new(child.stdout.take().expect("piped"));
        out.read_line(&mut line).expect("it says where it listens");
        let addr = line.trim().strip_prefix("listening on ").unwrap_or_else(|| panic!("{line}"));
        let url = format!("s7://{addr}/0/1");
        Self { child, url, _out: out }
    }
    /// HOST:PORT.
    pub fn addr(&self) -> &str {
        self.url.trim_start_matches("s7://").split('/').next().expect("the first part")
    }
    pub fn run(&self, command: &str, args: &[&str]) -> Output {
        hepta().arg(command).arg(&self.url).args(args).output().expect("the program runs")
    }
    pub fn json(&self, command: &str, args: &[&str]) -> (Value, Option<i32>) {
        let output = self.run(command, &[args, &["--json"]].concat());
        let text = String::from_utf8(output.stdout).expect("UTF-8");
        (serde_json::from_str(&text).unwrap_or_else(|e| panic!("{e}: {text}")), output.status.code())
    }
}

impl Drop for Serve {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub fn hepta() -> Command {
    Command::new(env!("CARGO_BIN_EXE_hepta"))
}

pub fn fails(args: &[&str], exit: i32, says: &str) {
    let output = hepta().args(args).output().expect("the program runs");
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(exit), "{args:?}: {error}");
    assert!(error.contains(says), "{args:?}: {error}");
}

/// A folder that goes with the test.
pub struct Folder(PathBuf);

impl Folder {
    /// `name`: that of the test, which nobody else uses.
    pub fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("hepta-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a folder for temporary files");
        Self(path)
    }
    pub fn join(&self, name: impl AsRef<Path>) -> String {
        self.0.join(name).into_os_string().into_string().expect("UTF-8")
    }
    pub fn write(&self, name: &str, text: &str) -> String {
        let path = self.join(name);
        std::fs::write(&path, text).expect("a temporary file");
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
