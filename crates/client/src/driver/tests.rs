//! What a protocol may ask of the drivers beyond what classic does: a login, words of the machine's own, a last word. On a toy
//! protocol whose messages are single octets.
use super::{LoggedIn, Protocol, blocking};
use crate::error::{Attempt, Error, ErrorKind, Phase};
use crate::options::Common;
use crate::state::{Event, State};
use core::time::Duration;
use hepta_proto::Unexpected;
use hepta_proto::machine::{Arrival, Asked, Machine, Owner, Progress, Runs, Shake};
use hepta_proto::op::Want;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::thread::{self, JoinHandle};

const LONG: Duration = Duration::from_secs(10);
const NONSENSE: hepta_proto::Error = hepta_proto::Error::Unexpected(Unexpected::EarlyMessage);

/// `H` is answered with `W`, and that with `h`.
#[derive(Debug)]
struct Hello;

/// `K` must be answered with `k` at once, whoever asks. All but `A`, `a` and `R` is nonsense, and gets `!` for a last word.
#[derive(Debug, Default)]
struct Toy(Vec<Option<Owner>>);

/// Asks one octet; the answer is the octet that comes. `R` is a refusal.
#[derive(Debug)]
struct Question {
    asks: u8,
    asked: bool,
    answer: u8,
}

impl Question {
    const fn new(asks: u8) -> Self {
        Self { asks, asked: false, answer: 0 }
    }
}

impl Shake for Hello {
    type Machine = Toy;
    fn receive(self, input: &[u8], out: &mut Vec<u8>) -> Result<Progress<Self>, hepta_proto::Error> {
        if input == b"W" {
            out.push(b'h');
            return Ok(Progress::Ready(Toy::default()));
        }
        out.push(b'!');
        Err(NONSENSE)
    }
}

impl Machine for Toy {
    type Tag = ();
    fn next<'a, 'i: 'a>(
        &'a mut self,
        input: &mut &'i [u8],
        out: &mut Vec<u8>,
    ) -> Result<Option<Arrival<'a, ()>>, hepta_proto::Error> {
        while let Some((message, rest)) = input.split_at_checked(1) {
            *input = rest;
            match message {
                b"K" => out.push(b'k'),
                b"A" | b"a" | b"R" => {
                    let owner = if self.0.is_empty() { None } else { self.0.remove(0) };
                    return Ok(Some(Arrival { owner, tag: (), message }));
                }
                _ => {
                    out.push(b'!');
                    return Err(NONSENSE);
                }
            }
        }
        Ok(None)
    }
    fn has_room(&self) -> bool {
        self.0.is_empty()
    }
    fn abandon(&mut self, owner: Owner) {
        self.0.iter_mut().filter(|o| **o == Some(owner)).for_each(|o| *o = None);
    }
    fn close(&mut self, out: &mut Vec<u8>) {
        out.push(b'.');
    }
}

impl Runs<Question> for Toy {
    type Output = u8;
    fn want(op: &Question) -> Want {
        if op.asked { Want::Nothing } else { Want::Ask }
    }
    fn changes(_: &Question) -> bool {
        false
    }
    fn ask(
        &mut self,
        owner: Owner,
        op: &mut Question,
        out: &mut Vec<u8>,
    ) -> Result<Asked, hepta_proto::Error> {
        let goes = !op.asked && self.has_room();
        if goes {
            out.push(op.asks);
            self.0.push(Some(owner));
            op.asked = true;
        }
        Ok(Asked { sent: goes.into(), want: Self::want(op) })
    }
    fn deliver((): (), op: &mut Question, message: &[u8]) -> Result<usize, hepta_proto::Error> {
        op.answer = message[0];
        if op.answer == b'R' { Err(NONSENSE) } else { Ok(1) }
    }
    fn finish(op: Question) -> u8 {
        op.answer
    }
}

#[derive(Debug)]
struct Options(Common);

impl Protocol for Options {
    type Machine = Toy;
    type Shake = Hello;
    type Login = Question;
    type Beat = Question;
    type Facts = Option<u8>;
    fn common(&self) -> &Common {
        &self.0
    }
    fn start(&self, _: u64, out: &mut Vec<u8>) -> Result<Hello, ErrorKind> {
        out.push(b'H');
        Ok(Hello)
    }
    fn login(&self, _: &Toy) -> Result<Option<Question>, ErrorKind> {
        Ok(Some(Question::new(b'L')))
    }
    fn facts(&self, _: &Toy, login: Option<LoggedIn<Self>>) -> Result<Option<u8>, ErrorKind> {
        Ok(login)
    }
    fn burst(_: &Option<u8>) -> usize {
        0
    }
    fn beat(&self) -> Question {
        Question::new(b'B')
    }
}

type Script = fn(&mut Peer);

/// The other end, on a script.
struct Peer(TcpStream);

impl Peer {
    fn hears(&mut self, octets: &[u8]) {
        let mut heard = vec![0; octets.len()];
        self.0.read_exact(&mut heard).unwrap();
        assert_eq!(heard.escape_ascii().to_string(), octets.escape_ascii().to_string());
    }
    fn says(&mut self, octets: &[u8]) {
        self.0.write_all(octets).unwrap();
    }
    fn logs_in(&mut self) {
        self.hears(b"H");
        self.says(b"W");
        self.hears(b"hL");
        self.says(b"a");
    }
    fn hears_no_more(&mut self) {
        assert_eq!(self.0.read(&mut [0]).unwrap(), 0);
    }
}

fn with_peer(script: Script) -> (Options, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut common = Common::new("127.0.0.1".into());
    common.dial.port = listener.local_addr().unwrap().port();
    common.read_retries = 0;
    let peer = thread::spawn(move || {
        let io = listener.accept().unwrap().0;
        io.set_read_timeout(Some(LONG)).unwrap();
        script(&mut Peer(io));
    });
    (Options(common), peer)
}

const ASK: Attempt = Attempt::Run;

fn question() -> Question {
    Question::new(b'Q')
}

fn talks(peer: &mut Peer) {
    peer.logs_in();
    peer.hears(b"Q");
    // While a call waits: the answer to this must not wait for the call's.
    peer.says(b"K");
    peer.hears(b"k");
    // Behind the answer: the call is over, and still it must go out.
    peer.says(b"AK");
    peer.hears(b"k");
    // A call that fails alone: what is said besides must go out, too.
    peer.hears(b"Q");
    peer.says(b"RK");
    peer.hears(b"k");
    peer.hears(b"Q");
    peer.says(b"KX");
    peer.hears(b"k!");
    peer.hears_no_more();
}

#[tokio::test]
async fn the_machine_is_heard_on_tokio() {
    let (options, peer) = with_peer(talks);
    let driver = super::Driver::new(options);
    assert_eq!(driver.up().await.unwrap().facts, Some(b'a'));
    assert_eq!(driver.again(ASK, question).await.unwrap(), b'A');
    assert_eq!(driver.again(ASK, question).await.unwrap_err().kind(), &NONSENSE.into());
    assert_eq!(driver.state(), State::Up);
    assert_eq!(driver.again(ASK, question).await.unwrap_err().kind(), &NONSENSE.into());
    assert_eq!(driver.state(), State::Reconnecting);
    peer.join().unwrap();
}

#[test]
fn the_machine_is_heard_blocking() {
    let (options, peer) = with_peer(talks);
    let mut driver = blocking::Driver::new(options);
    assert_eq!(driver.facts().unwrap(), &Some(b'a'));
    assert_eq!(driver.again(ASK, question).unwrap(), b'A');
    assert_eq!(driver.again(ASK, question).unwrap_err().kind(), &NONSENSE.into());
    assert_eq!(driver.state(), State::Up);
    assert_eq!(driver.again(ASK, question).unwrap_err().kind(), &NONSENSE.into());
    assert_eq!(driver.state(), State::Reconnecting);
    peer.join().unwrap();
}

/// Nobody calls: whoever looks at the state lets the machine answer.
#[tokio::test]
async fn the_machine_is_heard_while_nobody_calls() {
    for nonsense in [false, true] {
        let (options, peer) = with_peer(if nonsense {
            |peer| {
                peer.logs_in();
                peer.says(b"X");
                peer.hears(b"!");
                peer.hears_no_more();
            }
        } else {
            |peer| {
                peer.logs_in();
                peer.says(b"K");
                peer.hears(b"k");
            }
        });
        let driver = super::Driver::new(options);
        driver.connect().await.unwrap();
        while !peer.is_finished() {
            let state = driver.state();
            assert!(matches!(state, State::Up | State::Reconnecting), "{state:?}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        peer.join().unwrap();
        // In the end it hangs up.
        while driver.state() == State::Up {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

/// Connects with both drivers, to a peer of its own each; gives both errors, and what happened on the way.
async fn fails(script: Script, [negotiate, request]: [Duration; 2]) -> [(Error, Vec<State>); 2] {
    let (mut options, peer) = with_peer(script);
    (options.0.dial.negotiate, options.0.request) = (negotiate, request);
    let driver = super::Driver::new(options);
    let events = driver.events();
    let first = (driver.connect().await.unwrap_err(), states(events));
    drop(driver);
    peer.join().unwrap();
    let (mut options, peer) = with_peer(script);
    (options.0.dial.negotiate, options.0.request) = (negotiate, request);
    let mut driver = blocking::Driver::new(options);
    let events = driver.events();
    let second = (driver.connect().unwrap_err(), states(events));
    drop(driver);
    peer.join().unwrap();
    [first, second]
}

fn states(events: impl Iterator<Item = Event>) -> Vec<State> {
    let state = |event| if let Event::State(state) = event { Some(state) } else { None };
    events.filter_map(state).collect()
}

#[tokio::test]
async fn a_handshake_has_a_last_word() {
    let script = |peer: &mut Peer| {
        peer.hears(b"H");
        peer.says(b"X");
        peer.hears(b"!");
        peer.hears_no_more();
    };
    for (error, _) in fails(script, [LONG, LONG]).await {
        assert_eq!(error.kind(), &NONSENSE.into());
    }
}

/// Nobody gets a connection without its login, and nobody hears that it was `Up` or lost.
#[tokio::test]
async fn a_login_is_part_of_connecting() {
    let refuses = |peer: &mut Peer| {
        peer.hears(b"H");
        peer.says(b"W");
        peer.hears(b"hL");
        peer.says(b"R");
        peer.hears_no_more();
    };
    let ends = |peer: &mut Peer| {
        peer.hears(b"H");
        peer.says(b"W");
        peer.hears(b"hL");
    };
    let sleeps = |peer: &mut Peer| {
        peer.hears(b"H");
        peer.says(b"W");
        peer.hears(b"hL");
        peer.hears_no_more();
    };
    let (soon, late) = (Duration::from_millis(200), ErrorKind::Timeout(Phase::Negotiate));
    let cases: [(Script, [Duration; 2], ErrorKind); 4] = [
        (refuses, [LONG, LONG], NONSENSE.into()),
        (ends, [LONG, LONG], ErrorKind::Closed),
        (sleeps, [soon, LONG], late.clone()),
        (sleeps, [LONG, soon], late),
    ];
    for (script, times, kind) in cases {
        for (error, states) in fails(script, times).await {
            assert_eq!((error.kind(), error.attempt()), (&kind, Attempt::Connect));
            assert_eq!(states, [State::Connecting, State::Idle], "{kind}");
        }
    }
}
