//! A page that means harm: a script beside the ordinary one of a tab, on channels of its own to the same service. It says
//! whatever it likes, and so do pages that no grant names. All rules go on holding for everybody else.

use std::collections::BTreeSet;

use session_bridge::error::Code;
use session_bridge::protocol::{Hello, ResumeFrom, ToManager, ToService, decode, encode};
use session_bridge::session::{ClientId, Json, Mutation, OpId, Outcome, SessionId, Version, Write};

use crate::authors::{NAMES, TAKEN, author, means_harm};
use crate::bounds::Credit;
use crate::channel::{By, Channel, Line};
use crate::faults::Fault;
use crate::queue::{End, FrameId, Happening, MILLI, Payload};
use crate::rng::Seeded;
use crate::world::World;

/// Origins that no grant names, though they look as if.
const STRANGERS: [&str; 6] = [
    "https://evil.example",
    "https://site0.example.evil.example",
    "https://site0.example.",
    "http://site0.example",
    "https://xsite0.example",
    "null",
];
/// Keys that a narrow site does not see.
const HIDDEN: [&str; 4] = ["token", "name", "padding", "nn"];
/// Integers that somebody may not have thought of.
const ODD: [u64; 8] = [0, 1, 2, 255, 1 << 32, (1 << 53) - 1, 1 << 53, u64::MAX];

/// What it knows and has.
#[derive(Debug)]
pub struct Hostile {
    tab: usize,
    /// In which frame it has said hello, and its channels there.
    frame: FrameId,
    channels: Vec<usize>,
    /// Those on which it passes for a client of another origin.
    taken: Vec<usize>,
    client: ClientId,
    n: u64,
    versions: Vec<Version>,
    ids: Vec<SessionId>,
    spoken: Vec<Vec<u8>>,
    /// Writes that touch what its site may not.
    forbidden: BTreeSet<OpId>,
}

impl Hostile {
    pub fn new(tab: usize) -> Self {
        Self {
            tab,
            frame: 0,
            channels: Vec::new(),
            taken: Vec::new(),
            client: ClientId(1, 0),
            n: 0,
            versions: Vec::new(),
            ids: Vec::new(),
            spoken: Vec::new(),
            forbidden: BTreeSet::new(),
        }
    }
}

/// One thing that it does.
type Act = fn(&mut World, &mut Hostile);

impl World {
    /// What it does at a step.
    pub fn do_harm(&mut self) {
        let Some(mut it) = self.hostile.take() else { return };
        if it.tab < self.tabs.len() && self.tabs[it.tab].nap.is_none() {
            self.harm(&mut it);
        }
        self.hostile = Some(it);
    }

    fn harm(&mut self, it: &mut Hostile) {
        let Some(frame) = self.tabs[it.tab].in_use().map(|frame| frame.id) else { return };
        if frame != it.frame {
            (it.frame, it.channels, it.taken) = (frame, Vec::new(), Vec::new());
            self.say_hello(it, By::Hostile(it.client));
        }
        let acts: [(Fault, Act); 7] = [
            (Fault::StrangerSpoke, Self::speak_as_stranger),
            (Fault::HostileHellos, Self::say_hellos),
            (Fault::HostileBytes, Self::send_nonsense),
            (Fault::HostileReplay, Self::replay),
            (Fault::HostileWrites, Self::send_writes),
            (Fault::HostileSyncs, Self::ask_and_lie),
            (Fault::HostileFence, Self::climb_fence),
        ];
        for (fault, act) in acts {
            if self.luck.strikes(fault) {
                self.counts.happened(fault);
                // What one act draws does not hang on the others.
                let own = Seeded::named(self.rng.clone().next(), &format!("{fault:?}"));
                let all = std::mem::replace(&mut self.rng, own);
                act(self, it);
                self.rng = all;
            }
        }
    }

    fn speak_as_stranger(&mut self, it: &mut Hostile) {
        let stranger = self.rng.pick(&STRANGERS).copied().unwrap_or("null");
        let channel = self.say_hello(it, By::Stranger(stranger));
        let message = it.spoken.last().cloned().unwrap_or_default();
        self.slip(it, channel, message);
    }

    fn say_hellos(&mut self, it: &mut Hostile) {
        for _ in 0..self.rng.between(1, 100) {
            if self.rng.chance(0.3) {
                it.client = ClientId(self.rng.below(NAMES), self.rng.below(4));
            }
            self.say_hello(it, By::Hostile(it.client));
        }
    }

    fn send_nonsense(&mut self, it: &mut Hostile) {
        for _ in 0..self.rng.between(1, 20) {
            let bytes = self.nonsense(it);
            self.slip_somewhere(it, bytes);
        }
    }

    fn replay(&mut self, it: &mut Hostile) {
        for _ in 0..self.rng.between(1, 20) {
            let bytes = self.rng.pick(&it.spoken).cloned().unwrap_or_default();
            self.slip_somewhere(it, bytes);
        }
    }

    fn slip_somewhere(&mut self, it: &mut Hostile, bytes: Vec<u8>) {
        if let Some(channel) = self.rng.pick(&it.channels).copied() {
            self.slip(it, channel, bytes);
        }
    }

    fn send_writes(&mut self, it: &mut Hostile) {
        let Some(channel) = self.rng.pick(&it.channels).copied() else { return };
        let writes = (0..self.rng.between(1, 40)).map(|_| self.some_write(it)).collect();
        let settled = if self.rng.chance(0.1) { odd(&mut self.rng) } else { 0 };
        self.speak(it, channel, &ToService::Writes { settled, writes });
    }

    /// Adds what somebody has removed, as if it had been the remover: under the name of that client where it is of another
    /// origin, and from before the removal where it is its own.
    fn climb_fence(&mut self, it: &mut Hostile) {
        let history = &self.stores[self.tabs[it.tab].home].history;
        let now = history.now();
        let removals = now.gone.iter().filter_map(|(id, gone)| match gone.by[..] {
            [by] if author(by).0 == by.client && !author(by).1 => Some((id.clone(), gone.seq, by)),
            _ => None,
        });
        let removals: Vec<_> = removals.collect();
        let line = history.line.clone();
        let Some((removed, seq, by)) = self.rng.pick(&removals).cloned() else { return };
        let before: Vec<_> = line.into_iter().filter(|version| version.seq < seq).collect();
        let Some(base) = self.rng.pick(&before).copied() else { return };
        let same_site = self.origins.get(&by.client) == Some(&self.tabs[it.tab].origin);
        let own = means_harm(by.client);
        if !own && same_site {
            return;
        }
        let n = if own { by.n.saturating_sub(self.rng.between(1, 4)).max(1) } else { TAKEN + self.now };
        let data = Json::try_from(String::from("{\"n\":0}")).expect("good JSON");
        let mutations =
            vec![Mutation::Add { id: removed, user_id: format!("user-{n}"), data, terms: Default::default() }];
        let write = Write { n, predecessor: 0, base, reads_from: None, mutations };
        let open = |channel: &&usize| {
            let it = &self.channels[**channel];
            it.by == By::Hostile(by.client) && it.protocol.is_some() && !it.to_service.closed
        };
        let Some(channel) = it.channels.iter().chain(&it.taken).find(open).copied() else {
            let client = std::mem::replace(&mut it.client, by.client);
            let channel = self.say_hello(it, By::Hostile(by.client));
            it.client = client;
            if !own {
                it.channels.retain(|other| *other != channel);
                it.taken.push(channel);
            }
            return;
        };
        self.speak(it, channel, &ToService::Writes { settled: 0, writes: vec![write] });
    }

    fn ask_and_lie(&mut self, it: &mut Hostile) {
        let Some(channel) = self.rng.pick(&it.channels).copied() else { return };
        for _ in 0..self.rng.between(1, 200) {
            let version = self.rng.pick(&it.versions).copied();
            let from = match self.rng.below(4) {
                0 => ResumeFrom::LastSent,
                1 => ResumeFrom::Held(None),
                2 => ResumeFrom::Held(version),
                _ => ResumeFrom::Held(version.map(|it| Version { seq: odd(&mut self.rng), ..it })),
            };
            let message = match self.rng.below(8) {
                0 => ToService::Ack(odd(&mut self.rng)),
                1 => ToService::AskAccess { id: odd(&mut self.rng) },
                2 => ToService::LeavePrompt { declined: self.rng.chance(0.5) },
                3 if self.rng.chance(0.1) => ToService::Bye,
                _ => ToService::Sync { id: odd(&mut self.rng), from, took: odd(&mut self.rng) },
            };
            self.speak(it, channel, &message);
        }
    }

    fn say_hello(&mut self, it: &mut Hostile, by: By) -> usize {
        let range = if self.rng.chance(0.8) { 0..=255 } else { self.rng.below(4) as u8..=self.rng.below(4) as u8 };
        let attempt = if self.rng.chance(0.8) { self.channels.len() as u64 } else { odd(&mut self.rng) };
        let held = self.rng.pick(&it.versions).copied().filter(|_| self.rng.chance(0.7));
        let grant = self.rng.chance(0.3).then(|| odd(&mut self.rng));
        let hello = Hello { versions: range, client: it.client, attempt, held, grant };
        let channel = self.channels.len();
        self.channels.push(Channel {
            tab: it.tab,
            frame: it.frame,
            place: Default::default(),
            by,
            life: u64::MAX,
            attempt,
            protocol: None,
            credit: Credit::default(),
            to_service: Line::default(),
            to_page: Line::default(),
        });
        if matches!(by, By::Hostile(_)) {
            it.channels.push(channel);
        }
        self.queue.at(self.now + self.rng.below(MILLI), Happening::Hello { channel, hello });
        channel
    }

    /// A message of its own, in the version that was agreed on.
    fn speak(&mut self, it: &mut Hostile, channel: usize, message: &ToService) {
        if let Some(bytes) = encode(self.spoken_on(channel), message) {
            if it.spoken.len() < 64 {
                it.spoken.push(bytes.clone());
            }
            self.slip(it, channel, bytes);
        }
    }

    /// Posts something, and keeps account of the writes in it. It never gives two writes one name: which of them would
    /// count depends on what becomes of the first.
    fn slip(&mut self, it: &mut Hostile, channel: usize, bytes: Vec<u8>) {
        if let (By::Hostile(client), Ok(ToService::Writes { writes, .. })) =
            (self.channels[channel].by, decode(bytes.first().copied().unwrap_or_default(), &bytes, usize::MAX))
        {
            let op = |write: &Write| OpId { client, n: write.n };
            let differs = |write: &Write| self.sent.get(&op(write)).is_some_and(|sent| sent != write);
            let twice = |at: usize| writes[..at].iter().any(|other| other.n == writes[at].n && *other != writes[at]);
            if writes.iter().any(differs) || (0..writes.len()).any(twice) {
                return;
            }
            for write in writes {
                if self.is_forbidden(it.tab, &write) {
                    it.forbidden.insert(op(&write));
                }
                self.sent.insert(op(&write), write);
            }
        }
        self.trace.mix_bytes(&bytes);
        let due = self.now + self.rng.between(1, 2 * MILLI);
        let payload = Payload::Bytes(bytes);
        self.queue.at(due, Happening::Arrival { channel, to: End::Service, number: 0, copy: false, payload });
    }

    /// Bytes that are a message all but for something, or none at all.
    fn nonsense(&mut self, it: &Hostile) -> Vec<u8> {
        let mut bytes = self.rng.pick(&it.spoken).cloned().filter(|_| self.rng.chance(0.7)).unwrap_or_default();
        match self.rng.below(4) {
            0 => bytes.truncate(self.rng.below(bytes.len() as u64 + 1) as usize),
            1 => bytes.extend((0..self.rng.below(40)).map(|_| self.rng.next() as u8)),
            2 if !bytes.is_empty() => {
                let at = self.rng.below(bytes.len() as u64) as usize;
                bytes[at] = self.rng.next() as u8;
            }
            _ => bytes = (0..self.rng.below(40)).map(|_| self.rng.next() as u8 & 0x0F).collect(),
        }
        bytes
    }

    /// Whether a write touches what the site of this tab may not.
    fn is_forbidden(&self, tab: usize, write: &Write) -> bool {
        let read = &self.tabs[tab].read;
        let hidden = |mutation: &Mutation| match mutation {
            Mutation::Add { .. } => true,
            Mutation::Update { patch: data, .. } | Mutation::Replace { data, .. } => {
                HIDDEN.iter().any(|key| data.as_str().contains(&format!("\"{key}\":")))
            }
            _ => false,
        };
        !self.tabs[tab].may_write || (!read.is_all() && write.mutations.iter().any(hidden))
    }

    fn some_write(&mut self, it: &mut Hostile) -> Write {
        it.n += self.rng.between(1, 3);
        let n = if self.rng.chance(0.03) { odd(&mut self.rng) } else { it.n };
        let number = it.n;
        let some = self.rng.pick(&it.ids).cloned().unwrap_or_else(|| id(format!("evil-{number}")));
        let key = if self.rng.chance(0.3) { self.rng.pick(&HIDDEN).copied().unwrap_or("name") } else { "n" };
        let value = self.rng.below(1_000);
        let data = |text: String| Json::try_from(text).expect("good JSON");
        let if_version = self.rng.chance(0.1).then(|| odd(&mut self.rng));
        let user_id = if self.rng.chance(0.1) { String::new() } else { format!("user-{number}") };
        let mutation = match self.rng.below(6) {
            0 | 1 => Mutation::Add {
                id: id(format!("evil-{number}")),
                user_id,
                data: data(format!("{{\"n\":{value}}}")),
                terms: Default::default(),
            },
            2 | 3 => Mutation::Update { id: some, patch: data(format!("{{\"{key}\":{value}}}")), if_version },
            4 => Mutation::Remove { id: some, if_version },
            _ => Mutation::Activate(Some(some)),
        };
        let mutations = match self.rng.below(20) {
            0 => Vec::new(),
            1 => vec![mutation; 1_001],
            2 => vec![mutation.clone(), mutation],
            _ => vec![mutation],
        };
        let known = self.rng.pick(&it.versions).copied().unwrap_or(Version { epoch: 1, seq: 1, tag: 1 });
        let base = match self.rng.below(8) {
            0 => Version { epoch: odd(&mut self.rng), ..known },
            1 => Version { seq: odd(&mut self.rng), ..known },
            2 => Version { tag: odd(&mut self.rng), ..known },
            _ => known,
        };
        let perhaps = |often: f64, rng: &mut Seeded| rng.chance(often).then(|| odd(rng));
        let (predecessor, reads_from) = (perhaps(0.1, &mut self.rng).unwrap_or(0), perhaps(0.15, &mut self.rng));
        Write { n, predecessor, base, reads_from, mutations }
    }

    /// The service says something on one of its channels.
    pub fn hostile_hears(&mut self, channel: usize, bytes: &[u8]) {
        let Channel { by, protocol, tab, .. } = self.channels[channel];
        let client = match by {
            By::Hostile(client) => client,
            By::Page => return,
            By::Stranger(origin) => {
                return self.violated(format!("tab {tab}: {origin}, which no grant names, was told {bytes:?}"));
            }
        };
        let Some(Ok(message)) = protocol.map(|protocol| decode::<ToManager>(protocol, bytes, usize::MAX)) else {
            return self.violated(format!("tab {tab}: said what is no message of {protocol:?}: {bytes:?}"));
        };
        let Some(it) = &mut self.hostile else { return };
        let mine = match message {
            ToManager::Event { version, mine, .. } => {
                it.versions.push(version);
                mine
            }
            ToManager::Page { version, sessions, end, .. } => {
                it.versions.push(version);
                it.ids.extend(sessions.into_iter().map(|session| session.id));
                end.map(|end| end.mine).unwrap_or_default()
            }
            ToManager::Outcomes(mine) => mine,
            _ => Vec::new(),
        };
        it.versions.drain(..it.versions.len().saturating_sub(8));
        it.ids.drain(..it.ids.len().saturating_sub(16));
        // Whatever there is: what a site may not touch is refused in the same words.
        let told = |(n, outcome): &(u64, Outcome)| {
            it.forbidden.contains(&OpId { client, n: *n }) && outcome.refusal() != Some(Code::Forbidden)
        };
        if let Some((n, outcome)) = mine.iter().find(|it| told(it)) {
            let why = format!("tab {tab}: write {n} touches what its site may not, and is told {outcome:?}");
            self.violated(why);
        }
    }

    /// However many it opens, a site has no more connections than it may.
    pub fn check_connections(&mut self, tab: usize) {
        let services = self.tabs[tab].frames.iter().filter_map(|frame| frame.service.as_ref());
        let connections = services.map(|service| service.metrics().connections).max().unwrap_or_default();
        if connections > 64 {
            self.violated(format!("tab {tab}: its service has {connections} connections of one site"));
        }
    }
}

fn odd(rng: &mut Seeded) -> u64 {
    let near = rng.pick(&ODD).copied().unwrap_or_default();
    if rng.chance(0.3) { rng.below(100) } else { near }
}

fn id(text: String) -> SessionId {
    SessionId::try_from(text).expect("a good id")
}
