//! The real machines, one at a time, with a clock and a chance that stand still between steps.

use std::cell::RefCell;
use std::rc::Rc;

use session_bridge::ambient::{Instant, Now, Rng, Span, UnixMillis};
use session_bridge::machine::Machine;
use session_bridge::manager::{self, Config, Manager, Operation, Token};
use session_bridge::service::{self, Service};
use session_bridge::session::{Json, StorageLevel, StorageStatus, Upgrade};
use session_bridge::storage::{Answer, Durability, Memory, Provider};

use crate::conversation::{Doing, End};

/// Page 1 is of the first, page 2 of the second, page 3 of the third, which may not write.
const ORIGINS: [&str; 3] = ["https://one.example", "https://two.example", "https://reader.example"];

pub fn origin(page: u64) -> String {
    ORIGINS[page as usize - 1].to_owned()
}

/// Always the same: so an epoch and a tag are known, however often something is drawn.
struct Still(u64);

impl Rng for Still {
    fn draw(&mut self) -> u64 {
        self.0
    }
}

pub fn clock(at: u64) -> Now {
    Now { instant: Instant(at), wall: UnixMillis(1_767_225_600_000 + at / 1000) }
}

pub struct Page {
    pub number: u64,
    pub manager: Manager,
    settled: Vec<(u64, Result<(), String>)>,
    calls: u64,
    /// The frame that it mounted last.
    frame: manager::FrameId,
}

impl Page {
    pub fn new(number: u64) -> Self {
        let config = Config {
            ttl: Span::from_secs(30),
            request_timeout: Span::from_secs(5),
            heartbeat: Span::from_secs(10),
            backoff: (Span::from_millis(250), Span::from_secs(30), 0.5),
        };
        let manager = Manager::new(config, Box::new(Still(number)));
        Self { number, manager, settled: Vec::new(), calls: 0, frame: manager::FrameId(0) }
    }

    /// What it does of its own accord.
    pub fn does(&mut self, at: u64, doing: &Doing) -> Vec<manager::Output> {
        self.calls += 1;
        let token = Token(self.calls);
        let input = match doing {
            Doing::Write(mutations) => {
                manager::Input::Write { token, operation: Operation::Bulk, mutations: mutations.clone() }
            }
            Doing::Count(id) => manager::Input::Function { token, id: id.clone(), if_version: None, replace: false },
            Doing::Refresh => manager::Input::Refresh(token),
            Doing::Touch(id) => manager::Input::Touch { token, id: id.clone() },
            Doing::Close => manager::Input::Close(token),
            _ => return self.wake(at),
        };
        self.input(at, input)
    }

    pub fn input(&mut self, at: u64, input: manager::Input) -> Vec<manager::Output> {
        self.manager.handle(clock(at), input);
        self.drain(at)
    }

    pub fn loads(&mut self, at: u64) -> Vec<manager::Output> {
        self.input(at, manager::Input::FrameLoaded(self.frame))
    }

    pub fn wake(&mut self, at: u64) -> Vec<manager::Output> {
        self.manager.handle_timeout(clock(at));
        self.drain(at)
    }

    pub fn due(&self) -> Option<u64> {
        self.manager.poll_timeout().map(|at| at.0)
    }

    fn drain(&mut self, at: u64) -> Vec<manager::Output> {
        let mut outputs = Vec::new();
        while let Some(output) = self.manager.poll_output(clock(at)) {
            match output {
                manager::Output::Run { token, data } => {
                    let patch = Some(counted(&data));
                    self.manager.handle(clock(at), manager::Input::Ran { token, patch });
                }
                manager::Output::Settle { token, result } => {
                    self.settled.push((token.0, result.map(drop).map_err(|failure| failure.code.name().to_owned())));
                }
                other => {
                    if let manager::Output::MountFrame(frame) = &other {
                        self.frame = *frame;
                    }
                    outputs.push(other);
                }
            }
        }
        outputs
    }

    pub fn end(&self) -> End {
        let shown = self.manager.snapshot();
        let mut sessions: Vec<_> = shown.sessions.iter().map(|(session, _)| (**session).clone()).collect();
        sessions.sort_by(|one, other| one.id.cmp(&other.id));
        let settled = self.settled.clone();
        End { page: self.number, version: shown.version, active: shown.active, sessions, settled }
    }
}

/// The patch of the function that counts `n` up.
fn counted(data: &Json) -> Json {
    let value: serde_json::Value = serde_json::from_str(data.as_str()).expect("data is JSON");
    let n = value["n"].as_u64().unwrap_or(0);
    Json::try_from(format!("{{\"n\":{}}}", n + 1)).expect("an object")
}

pub struct Authority {
    pub service: Service,
    store: Memory,
}

impl Authority {
    /// A service that has not begun to read its store.
    pub fn new(store: Memory) -> Self {
        let config = service::Config {
            grants: (1..).zip(ORIGINS).map(|(page, _)| grant(origin(page), page != 3)).collect(),
            rules: Default::default(),
            defaults: session_bridge::session::Json::empty(),
            limits: service::Limits::default(),
            durability: Durability::Relaxed,
        };
        Self { service: Service::new(config, Box::new(Still(1 << 52 | 1))), store }
    }

    pub fn open(&mut self, at: u64) -> Vec<service::Output> {
        self.input(at, opened())
    }

    pub fn input(&mut self, at: u64, input: service::Input) -> Vec<service::Output> {
        self.service.handle(clock(at), input);
        self.drain(at)
    }

    pub fn wake(&mut self, at: u64) -> Vec<service::Output> {
        self.service.handle_timeout(clock(at));
        self.drain(at)
    }

    pub fn due(&self) -> Option<u64> {
        self.service.poll_timeout().map(|at| at.0)
    }

    /// The store does at once what it is asked.
    fn drain(&mut self, at: u64) -> Vec<service::Output> {
        let mut outputs = Vec::new();
        while let Some(output) = self.service.poll_output(clock(at)) {
            match output {
                service::Output::Store { task, operation, .. } => {
                    let answered: Rc<RefCell<Option<Answer>>> = Rc::default();
                    let keep = Rc::clone(&answered);
                    self.store.start(operation, Box::new(move |answer| *keep.borrow_mut() = Some(answer)));
                    let answer = answered.take().expect("memory answers at once");
                    self.service.handle(clock(at), service::Input::Answered { task, answer });
                }
                other => outputs.push(other),
            }
        }
        outputs
    }
}

const STATUS: StorageStatus = StorageStatus { level: StorageLevel::Handle, shared: true, upgrade: Upgrade::None };

// The two that a build of another day may write in another way.

fn grant(origin: String, write: bool) -> service::Grant {
    service::Grant::plain(origin, write)
}

fn opened() -> service::Input {
    service::Input::Opened { store: service::StoreId(1), below: None, status: STATUS }
}
