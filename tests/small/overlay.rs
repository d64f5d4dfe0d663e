//! Up to four pending writes at a real page: each accepted or refused, acknowledged before the event that holds it or not,
//! the connection lost and found anew at any place between. What shows is at every step the confirmed session with the
//! writes that it does not contain yet laid over it in order; each promise settles once, and rightly.

use std::collections::BTreeMap;

use session_bridge::ambient::{Instant, Now, Rng, Span, UnixMillis};
use session_bridge::error::Code;
use session_bridge::machine::Machine;
use session_bridge::manager::{Config, FrameId, Input, Manager, Operation, Output, Token};
use session_bridge::protocol::{End, PageLimits, ResumeFrom, ToManager, ToService, decode, encode};
use session_bridge::session::{Change, Json, Mutation, Outcome, Session, SessionId, StorageStatus, Version, Write};

use crate::choices::{Choices, all};
use crate::version;

const PROTOCOL: u8 = 2;

struct Counting(u64);

impl Rng for Counting {
    fn draw(&mut self) -> u64 {
        self.0 += 1;
        self.0
    }
}

fn id() -> SessionId {
    SessionId::try_from(String::from("s")).expect("an id")
}

fn json(text: String) -> Json {
    Json::try_from(text).expect("JSON")
}

/// The session after these writes: each overwrites one key and leaves its number in another.
fn data(writes: &[u64]) -> Json {
    let mut data = json(String::from("{\"last\":0}"));
    for n in writes {
        data = data.merged(&patch(*n));
    }
    data
}

fn patch(n: u64) -> Json {
    json(format!("{{\"last\":{n},\"w{n}\":true}}"))
}

fn session(seq: u64, writes: &[u64]) -> Session {
    let at = UnixMillis(5);
    let data = data(writes);
    Session {
        id: id(),
        user_id: String::from("u"),
        created_at: at,
        last_active_at: at,
        version: Some(seq),
        data,
        lifetime: Default::default(),
        requests: Default::default(),
    }
}

fn at(seq: u64) -> Version {
    version(seq, 10 + seq)
}

/// A page, and the service and the store that it talks to, played.
struct World {
    page: Manager,
    now: u64,
    attempt: u64,
    /// Writes that the store holds, in order, and where it stands.
    stored: Vec<u64>,
    /// By which commits.
    commits: Vec<(u64, u64)>,
    seq: u64,
    /// What the page was told of that.
    held: (u64, Vec<u64>),
    refused: Vec<u64>,
    /// Refused by the store, and the page was not told yet.
    declined: Vec<u64>,
    /// Sent, as first sent.
    sent: BTreeMap<u64, Write>,
    settled: BTreeMap<u64, Result<(), Code>>,
    hello: bool,
    asked: Vec<(u64, ResumeFrom)>,
}

impl World {
    fn new() -> Self {
        let second = Span::from_secs(1);
        let config = Config {
            ttl: second * 30,
            request_timeout: second * 60,
            heartbeat: second * 600,
            backoff: (second, second, 0.0),
        };
        let mut world = Self {
            page: Manager::new(config, Box::new(Counting(0))),
            now: 0,
            attempt: 0,
            stored: Vec::new(),
            commits: Vec::new(),
            seq: 1,
            held: (1, Vec::new()),
            refused: Vec::new(),
            declined: Vec::new(),
            sent: BTreeMap::new(),
            settled: BTreeMap::new(),
            hello: false,
            asked: Vec::new(),
        };
        world.wake();
        world.drive(Input::FrameLoaded(FrameId(1)));
        world.welcome();
        let sessions = vec![session(1, &[])];
        let end = Some(End { active: None, mine: Vec::new() });
        world.say(&ToManager::Page { sync: 0, version: at(1), index: 0, sessions, end });
        world.say(&ToManager::Synced { id: 0, version: at(1), time: None });
        world
    }

    fn clock(&self) -> Now {
        Now { instant: Instant(self.now), wall: UnixMillis(self.now / 1_000) }
    }

    fn drive(&mut self, input: Input) {
        self.page.handle(self.clock(), input);
        self.drain();
    }

    /// What is due happens: writes leave, mostly.
    fn wake(&mut self) {
        self.now += 1_000;
        self.page.handle_timeout(self.clock());
        self.drain();
    }

    fn drain(&mut self) {
        while let Some(output) = self.page.poll_output(self.clock()) {
            match output {
                Output::Hello(_, hello) => (self.attempt, self.hello) = (hello.attempt, true),
                Output::Send { bytes, .. } => match decode(PROTOCOL, &bytes, usize::MAX) {
                    Ok(ToService::Writes { writes, .. }) => writes.into_iter().for_each(|write| self.leaves(write)),
                    Ok(ToService::Sync { id, from, .. }) => self.asked.push((id, from)),
                    Ok(_) => {}
                    Err(error) => panic!("it sent what is no message: {error:?}"),
                },
                Output::Settle { token, result } => {
                    let again = self.settled.insert(token.0, result.map(drop).map_err(|failure| failure.code));
                    assert_eq!(again, None, "{token:?} was settled before");
                }
                _ => {}
            }
        }
    }

    fn leaves(&mut self, write: Write) {
        if let Some(first) = self.sent.get(&write.n) {
            assert_eq!(Write { predecessor: first.predecessor, ..write }, *first, "sent again as another");
        } else {
            assert_eq!(write.mutations, [Mutation::Update { id: id(), patch: patch(write.n), if_version: None }]);
            self.sent.insert(write.n, write);
        }
    }

    fn say(&mut self, message: &ToManager) {
        let bytes = encode(PROTOCOL, message).expect("a message of this version");
        self.drive(Input::Message { attempt: self.attempt, bytes });
    }

    fn welcome(&mut self) {
        assert!(std::mem::take(&mut self.hello), "a hello is answered");
        let limits = PageLimits { message_bytes: 1 << 20, unsettled_writes: 256 };
        self.say(&ToManager::Welcome { grant: 7, storage: StorageStatus::UNKNOWN, limits, rules: Default::default() });
    }

    /// One event for all that was stored since the page was last told.
    fn event(&mut self) {
        let (follows, told) = (at(self.held.0), self.held.1.len());
        let accepted = self.stored[told..].iter().map(|n| (*n, Outcome::Accepted(self.seq)));
        let declined = self.declined.iter().map(|n| (*n, Outcome::Refused(Code::Conflict)));
        let mine = accepted.chain(declined).collect();
        self.refused.append(&mut self.declined);
        let changes = vec![Change::Put(session(self.seq, &self.stored))];
        self.held = (self.seq, self.stored.clone());
        self.say(&ToManager::Event { follows, version: at(self.seq), changes, mine });
    }

    /// The document in the frame is another one; the page says hello, and is told what it lacks.
    fn reconnect(&mut self) {
        self.drive(Input::FrameLoaded(FrameId(1)));
        self.welcome();
        if self.held.0 < self.seq {
            self.event();
        }
        self.say(&ToManager::Synced { id: 0, version: at(self.seq), time: None });
        self.wake();
    }

    fn check(&self, made: u64, acknowledged: &[u64]) {
        let pending = (1..=made).filter(|n| !self.refused.contains(n) && !self.held.1.contains(n));
        let laid: Vec<u64> = self.held.1.iter().copied().chain(pending.clone()).collect();
        let snapshot = self.page.snapshot();
        let (shown, marked) = snapshot.sessions.first().expect("it shows");
        assert_eq!(shown.data, data(&laid), "held {:?}, refused {:?}", self.held, self.refused);
        assert_eq!(*marked, pending.count() > 0);
        for n in 1..=made {
            let expected = if self.refused.contains(&n) {
                Some(Err(Code::Conflict))
            } else {
                self.held.1.contains(&n).then_some(Ok(()))
            };
            // An acknowledgement promises; the promise may settle with it or with what holds it, and no earlier.
            let settled = self.settled.get(&n).copied();
            let early = settled == Some(Ok(())) && acknowledged.contains(&n);
            assert!(settled == expected || early, "write {n}: {settled:?}, expected {expected:?}");
        }
    }
}

/// So many writes, and all that may become of them.
fn writes(count: u64, choices: &mut Choices) {
    let mut world = World::new();
    for n in 1..=count {
        let mutations = vec![Mutation::Update { id: id(), patch: patch(n), if_version: None }];
        world.drive(Input::Write { token: Token(n), operation: Operation::Update, mutations });
        world.check(n, &[]);
    }
    world.wake();
    assert_eq!(world.sent.len() as u64, count);
    let (mut next, mut acknowledged, mut reconnects) = (1, Vec::<u64>::new(), 0);
    loop {
        // The service judges in order. What it has stored it may acknowledge, and it tells of it, sooner or later.
        let open: Vec<u64> =
            world.stored.iter().filter(|n| !world.held.1.contains(n) && !acknowledged.contains(n)).copied().collect();
        let mut ways = Vec::new();
        if next <= count {
            ways.extend(["accept", "refuse", "decline"]);
        }
        if world.held.0 < world.seq {
            ways.push("event");
        }
        if !open.is_empty() {
            ways.push("acknowledge");
        }
        if reconnects == 0 {
            ways.push("reconnect");
        }
        if next > count && world.held.0 == world.seq {
            ways.push("end");
        }
        match ways[choices.among(ways.len())] {
            "accept" => {
                world.stored.push(next);
                world.seq += 1;
                world.commits.push((next, world.seq));
                next += 1;
            }
            "refuse" => {
                world.refused.push(next);
                world.say(&ToManager::Outcomes(vec![(next, Outcome::Refused(Code::Conflict))]));
                next += 1;
            }
            "decline" => {
                world.declined.push(next);
                world.seq += 1;
                next += 1;
            }
            "event" => world.event(),
            "acknowledge" => {
                let n = open[0];
                acknowledged.push(n);
                let (_, seq) = *world.commits.iter().find(|(it, _)| *it == n).expect("it is stored");
                world.say(&ToManager::Outcomes(vec![(n, Outcome::Accepted(seq))]));
            }
            "reconnect" => {
                reconnects += 1;
                world.reconnect();
            }
            _ => break,
        }
        world.check(count, &acknowledged);
    }
    assert_eq!(world.page.snapshot().pending_writes, 0);
    assert_eq!(world.settled.len() as u64, count, "all are settled");
}

fn worlds(count: u64) -> u64 {
    all(|choices| writes(count, choices))
}

#[test]
fn everything_that_can_become_of_up_to_four_writes() {
    let counts: Vec<u64> = (1..=4).map(worlds).collect();
    println!("{} worlds of up to four writes: {counts:?}", counts.iter().sum::<u64>());
    assert_eq!(counts, [15, 148, 1478, 14628]);
}

#[cfg(feature = "planted")]
#[test]
fn planted_bugs_of_the_overlay_are_noticed() {
    use session_bridge::machine::mutants::Mutant;
    for bug in [Mutant::ReleasedAtAcknowledgement, Mutant::RefusedStillShows, Mutant::ResentUnderNewNumber] {
        assert!(crate::is_noticed(bug, || _ = worlds(2)), "{bug:?}");
    }
}
