//! The manager against a service that a test plays by hand, in virtual time.

mod bounds;
mod connection;
mod counting;
mod expiry;
mod functions;
mod prompting;
mod reading;
mod refusals;
mod showing;
mod silence;
mod versions;
mod writing;

use alloc::boxed::Box;
use alloc::string::ToString;
use alloc::vec::Vec;

use super::{Config, Event, FrameId, Input, Manager, Operation, Output, Settled, Token};
use crate::ambient::{Instant, Now, Rng, Span, UnixMillis};
use crate::error::Code;
use crate::machine::Machine;
use crate::protocol::{End, Hello, PROTOCOL, PageLimits, ToManager, ToService, decode, encode};
use crate::session::{
    Change, Json, Mutation, Outcome, Session, SessionId, StorageLevel, StorageStatus, Upgrade, Version,
};

struct Counting(u64);

impl Rng for Counting {
    fn draw(&mut self) -> u64 {
        self.0 += 1;
        self.0
    }
}

/// A manager, the time, and everything that it has put out since somebody looked.
struct Page {
    manager: Manager,
    now: Now,
    outputs: Vec<Output>,
    attempt: u64,
    /// The frame that was mounted last.
    frame: FrameId,
}

/// The version of the protocol that is spoken unless a test says otherwise.
const NEWEST: u8 = *PROTOCOL.end();
const STORAGE: StorageStatus = StorageStatus { level: StorageLevel::Handle, shared: true, upgrade: Upgrade::None };

fn config() -> Config {
    Config {
        ttl: Span::from_secs(30),
        request_timeout: Span::from_secs(5),
        heartbeat: Span::from_secs(10),
        backoff: (Span::from_millis(250), Span::from_secs(30), 0.0),
    }
}

impl Page {
    fn new() -> Self {
        Self::with(config())
    }

    fn with(config: Config) -> Self {
        let manager = Manager::new(config, Box::new(Counting(0)));
        let mut page = Self { manager, now: Now::default(), outputs: Vec::new(), attempt: 0, frame: FrameId(0) };
        page.pass(Span::ZERO);
        page
    }

    /// A page that is live on a store with these sessions, at sequence number 10.
    fn live(sessions: &[Session]) -> Self {
        Self::live_with(config(), sessions)
    }

    fn live_with(config: Config, sessions: &[Session]) -> Self {
        let mut page = Self::with(config);
        page.loads();
        page.welcomed();
        page.snapshot(0, version(10), sessions, &[]);
        page.says(ToManager::Synced { id: 0, version: version(10), time: None });
        page.take();
        page
    }

    fn input(&mut self, input: Input) {
        self.manager.handle(self.now, input);
        self.drain();
    }

    fn drain(&mut self) {
        while let Some(output) = self.manager.poll_output(self.now) {
            match &output {
                Output::Hello(_, hello) => self.attempt = hello.attempt,
                Output::MountFrame(frame) => self.frame = *frame,
                _ => {}
            }
            self.outputs.push(output);
        }
    }

    /// Lets time pass, waking the manager whenever it wants to be woken.
    fn pass(&mut self, duration: Span) {
        let end = self.now.instant.after(duration);
        loop {
            let due = self.manager.poll_timeout().filter(|at| *at <= end);
            let at = due.unwrap_or(end).max(self.now.instant);
            self.now.wall = UnixMillis(self.now.wall.0 + at.micros_since(self.now.instant) / 1_000);
            self.now.instant = at;
            if due.is_none() {
                return;
            }
            self.manager.handle_timeout(self.now);
            self.drain();
        }
    }

    /// Lets time pass beside a service that lives: it answers every check, and nothing else.
    fn pass_answered(&mut self, duration: Span) {
        let (end, mut seen) = (self.now.instant.after(duration), self.outputs.len());
        while self.now.instant < end {
            self.pass(Span::from_millis(100).min(end.since(self.now.instant)));
            let asked = |output: &Output| match output {
                Output::Send { bytes, .. } => match decode(NEWEST, bytes, 1 << 20) {
                    Ok(ToService::Sync { id, .. }) => Some(id),
                    _ => None,
                },
                _ => None,
            };
            let ids: Vec<u64> = self.outputs.iter().skip(seen).filter_map(asked).collect();
            for id in ids {
                self.says(ToManager::Pong(id));
                if let Some(version) = self.manager.held() {
                    self.says(ToManager::Synced { id, version, time: None });
                }
            }
            seen = self.outputs.len();
        }
    }

    fn welcomed(&mut self) {
        let limits = PageLimits { message_bytes: 1 << 20, unsettled_writes: 256 };
        self.says(ToManager::Welcome { grant: 7, storage: STORAGE, limits, rules: Default::default() });
    }

    fn says(&mut self, message: ToManager) {
        self.says_in(NEWEST, message);
    }

    fn says_in(&mut self, protocol: u8, message: ToManager) {
        let bytes = encode(protocol, &message).unwrap();
        self.input(Input::Message { attempt: self.attempt, bytes });
    }

    fn snapshot(&mut self, sync: u64, version: Version, sessions: &[Session], mine: &[(u64, Outcome)]) {
        let end = Some(End { active: None, mine: mine.to_vec() });
        self.says(ToManager::Page { sync, version, index: 0, sessions: sessions.to_vec(), end });
    }

    fn event(&mut self, from: u64, changes: Vec<Change>, mine: &[(u64, Outcome)]) {
        let (follows, version) = (version(from), version(from + 1));
        self.says(ToManager::Event { follows, version, changes, mine: mine.to_vec() });
    }

    /// The frame that was mounted last loads a document.
    fn loads(&mut self) {
        self.input(Input::FrameLoaded(self.frame));
    }

    fn mounts(outputs: &[Output]) -> usize {
        outputs.iter().filter(|output| matches!(output, Output::MountFrame(_))).count()
    }

    fn take(&mut self) -> Vec<Output> {
        core::mem::take(&mut self.outputs)
    }

    /// What was sent since somebody looked.
    fn sent(&mut self) -> Vec<ToService> {
        let sent = |output: &Output| match output {
            Output::Send { bytes, .. } => Some(decode(NEWEST, bytes, 1 << 20).unwrap()),
            _ => None,
        };
        self.take().iter().filter_map(sent).collect()
    }

    fn hellos(&mut self) -> Vec<Hello> {
        let hello = |output: Output| if let Output::Hello(_, hello) = output { Some(hello) } else { None };
        self.take().into_iter().filter_map(hello).collect()
    }

    fn settled(&self, token: u64) -> Option<Result<Settled, Code>> {
        self.outputs.iter().find_map(|output| match output {
            Output::Settle { token: Token(settled), result } if *settled == token => {
                Some(result.clone().map_err(|failure| failure.code))
            }
            _ => None,
        })
    }

    fn events(&self) -> Vec<Event> {
        let event = |output: &Output| if let Output::Emit(event) = output { Some(event.clone()) } else { None };
        self.outputs.iter().filter_map(event).collect()
    }

    fn write(&mut self, token: u64, mutation: Mutation) {
        self.input(Input::Write {
            token: Token(token),
            operation: Operation::Update,
            mutations: Vec::from([mutation]),
        });
    }

    /// What shows of a session: its data, and whether a pending write touches it.
    fn shows(&self, name: &str) -> Option<(alloc::string::String, bool)> {
        let (session, pending) = self.manager.shown(&id(name))?;
        Some((session.data.as_str().to_string(), pending))
    }
}

fn version(seq: u64) -> Version {
    Version { epoch: 1, seq, tag: seq + 100 }
}

fn id(name: &str) -> SessionId {
    SessionId::try_from(name.to_string()).unwrap()
}

fn json(text: &str) -> Json {
    Json::try_from(text.to_string()).unwrap()
}

fn session(name: &str, seq: u64, data: &str) -> Session {
    Session::new(id(name), "u".to_string(), json(data), UnixMillis(1), Some(seq))
}

fn update(name: &str, patch: &str) -> Mutation {
    Mutation::Update { id: id(name), patch: json(patch), if_version: None }
}

fn add(name: &str) -> Mutation {
    Mutation::Add { id: id(name), user_id: "u".to_string(), data: Json::empty(), terms: Default::default() }
}

fn start() -> Instant {
    Instant::default()
}
