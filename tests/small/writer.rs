//! A real service in a frame, and the page that wrote through it, played: it sends its write again to whatever service comes
//! after, until it knows what became of it.

use session_bridge::ambient::{Instant, Now, Rng, UnixMillis};
use session_bridge::machine::Machine;
use session_bridge::protocol::{Hello, PROTOCOL, ToManager, ToService, decode, encode};
use session_bridge::service::{ChannelId, Config, Grant, Input, Limits, Output, Service, StoreId, TaskId};
use session_bridge::session::{
    ClientId, Json, Mutation, Outcome, StorageLevel, StorageStatus, Upgrade, Version, Write,
};
use session_bridge::storage::{Answer, Memory, Operation, Provider};

struct Counting(u64);

impl Rng for Counting {
    fn draw(&mut self) -> u64 {
        self.0 += 1;
        self.0
    }
}

/// Carries out one operation on the store, whole and at once.
fn perform(store: &Memory, operation: Operation) -> Answer {
    let answer = std::rc::Rc::new(std::cell::RefCell::new(None));
    let given = std::rc::Rc::clone(&answer);
    store.start(operation, Box::new(move |answer| *given.borrow_mut() = Some(answer)));
    let answer = answer.borrow_mut().take();
    answer.expect("a store in memory answers at once")
}

pub struct Writer {
    name: u64,
    service: Service,
    now: u64,
    lives: u64,
    write: Option<Write>,
    held: Option<Version>,
    /// The commit that is on its way to the store.
    pub commit: Option<(TaskId, Operation)>,
    /// What the store said to it, on its way back.
    pub answer: Option<(TaskId, Answer)>,
    /// What the page was told became of its write.
    pub outcome: Option<Outcome>,
}

impl Writer {
    /// A writer that is connected and knows what there is in the store.
    pub fn new(name: u64, store: &Memory) -> Self {
        let mut writer = Self {
            name,
            service: service(name, 0),
            now: 0,
            lives: 0,
            write: None,
            held: None,
            commit: None,
            answer: None,
            outcome: None,
        };
        writer.connect(store);
        writer
    }

    fn clock(&self) -> Now {
        Now { instant: Instant(self.now), wall: UnixMillis(self.now / 1_000) }
    }

    fn connect(&mut self, store: &Memory) {
        let status = StorageStatus { level: StorageLevel::Handle, shared: true, upgrade: Upgrade::None };
        self.drive(store, Input::Opened { store: StoreId(1), below: None, status });
        let client = ClientId(self.name, self.name);
        let hello = Hello { versions: PROTOCOL, client, attempt: self.lives + 1, held: self.held, grant: None };
        self.drive(store, Input::Hello { channel: ChannelId(self.lives), origin: origin(self.name), hello });
    }

    fn drive(&mut self, store: &Memory, input: Input) {
        self.service.handle(self.clock(), input);
        self.drain(store);
    }

    /// Reads are answered at once; a commit waits until its turn comes.
    fn drain(&mut self, store: &Memory) {
        while let Some(output) = self.service.poll_output(self.clock()) {
            match output {
                Output::Store { task, operation, .. } if matches!(operation, Operation::Commit { .. }) => {
                    assert!(self.commit.is_none() && self.answer.is_none(), "one thing at a time");
                    self.commit = Some((task, operation));
                }
                Output::Store { task, operation, .. } => {
                    let answer = perform(store, operation);
                    self.service.handle(self.clock(), Input::Answered { task, answer });
                }
                Output::Send { bytes, .. } => {
                    let version = bytes.first().copied().unwrap_or_default();
                    self.told(&decode(version, &bytes, usize::MAX).expect("a message"));
                }
                _ => {}
            }
        }
    }

    fn told(&mut self, message: &ToManager) {
        let outcomes = match message {
            ToManager::Event { version, mine, .. } => {
                self.held = Some(*version);
                mine
            }
            ToManager::Page { version, end: Some(end), .. } => {
                self.held = Some(*version);
                &end.mine
            }
            ToManager::Outcomes(outcomes) => outcomes,
            _ => return,
        };
        for (n, outcome) in outcomes {
            let known = self.write.as_ref().is_some_and(|write| write.n == *n);
            assert!(known, "told of a write that it did not make: {n}");
            assert!(self.outcome.is_none_or(|before| before == *outcome), "{outcome:?} after {:?}", self.outcome);
            self.outcome = Some(*outcome);
        }
    }

    /// The page makes its write, on what it holds.
    pub fn makes(&mut self, store: &Memory, mutation: Mutation, saw: Option<u64>) {
        let base = self.held.expect("it is connected");
        self.write = Some(Write { n: 1, predecessor: 0, base, reads_from: saw, mutations: vec![mutation] });
        self.sends(store);
    }

    /// Whatever it was told meanwhile: what it sends may have left before that.
    fn sends(&mut self, store: &Memory) {
        let writes: Vec<Write> = self.write.iter().cloned().collect();
        let message = ToService::Writes { settled: 0, writes };
        let bytes = encode(*PROTOCOL.end(), &message).expect("a message of this version");
        self.drive(store, Input::Message { channel: ChannelId(self.lives), bytes });
    }

    /// The commit comes to its turn in the store.
    pub fn reaches_store(&mut self, store: &Memory) {
        let (task, operation) = self.commit.take().expect("a commit is on its way");
        self.answer = Some((task, perform(store, operation)));
    }

    /// The answer reaches the service.
    pub fn hears(&mut self, store: &Memory) {
        let (task, answer) = self.answer.take().expect("an answer is on its way");
        self.drive(store, Input::Answered { task, answer });
        self.waits(store);
    }

    /// After races it rests for a moment.
    pub fn waits(&mut self, store: &Memory) {
        while let Some(due) = self.service.poll_timeout().filter(|_| self.is_open() && self.is_idle()) {
            self.now = self.now.max(due.0);
            self.service.handle_timeout(self.clock());
            self.drain(store);
        }
    }

    /// The frame is gone, and what it waited for with it; the next one is told all that the page wants.
    pub fn crashes(&mut self, store: &Memory) {
        (self.commit, self.answer) = (None, None);
        self.lives += 1;
        self.service = service(self.name, self.lives);
        self.connect(store);
        self.sends(store);
        self.waits(store);
    }

    /// Its page holds what is in the store.
    pub fn is_connected(&self) -> bool {
        self.held.is_some()
    }

    /// Nothing of it is on its way to the store or back.
    pub fn is_idle(&self) -> bool {
        self.commit.is_none() && self.answer.is_none()
    }

    /// Its page does not know yet what became of the write.
    pub fn is_open(&self) -> bool {
        self.outcome.is_none()
    }
}

fn origin(name: u64) -> String {
    format!("https://site{name}.example")
}

fn service(name: u64, life: u64) -> Service {
    let grants = (0..4).map(|name| Grant::plain(origin(name), true)).collect();
    let config = Config {
        grants,
        limits: Limits::default(),
        rules: Default::default(),
        defaults: Json::empty(),
        durability: Default::default(),
    };
    Service::new(config, Box::new(Counting((name * 100 + life) * 1_000_000)))
}
