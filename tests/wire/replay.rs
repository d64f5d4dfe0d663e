//! What older builds said, played to this one.
//!
//! A machine is a function of what it is told and when. So if this build's service says to the recorded page what that
//! page was told then, message for message, the page does what it did then, and ends where it ended; and likewise if this
//! build's page says to the recorded service what that one heard then.

use std::collections::BTreeMap;

use session_bridge::manager;
use session_bridge::protocol::{Hello, PROTOCOL, ToManager, ToService, decode, encode};
use session_bridge::service::{self, ChannelId};
use session_bridge::session::ClientId;
use session_bridge::storage::Memory;

use crate::conversation::{Doing, Recording, Said, What, recorded};
use crate::fixtures::OLDER;
use crate::machines::{Authority, Page, origin};
use crate::record::LATENCY;

#[test]
fn older_pages_are_served_as_the_older_service_served_them() {
    for (name, recording) in conversations() {
        let mut table = Table {
            name: &name,
            version: recording.version,
            authority: None,
            store: Memory::new(),
            channels: Vec::new(),
            heard: BTreeMap::new(),
        };
        for (at, page, what) in arriving(&recording, |what| matches!(what, What::Hello { .. } | What::ToService(_))) {
            table.wake(at);
            table.happens(at, page, what);
        }
        table.wake(recording.until);
        for end in &recording.ends {
            let told: Vec<_> = recording.steps.iter().filter(|step| step.page == end.page).collect();
            let told =
                told.iter().filter_map(|step| if let What::ToManager(said) = &step.what { Some(said) } else { None });
            let told: Vec<_> = told
                .map(|said| (said.attempt, message::<ToManager>(recording.version, &name, &said.bytes())))
                .collect();
            let heard = table.heard.remove(&end.page).unwrap_or_default();
            same(&name, end.page, &heard, &told, |message| matches!(message, ToManager::Welcome { .. }));
        }
    }
}

#[test]
fn the_newer_page_speaks_to_older_services_as_the_older_page_did_and_ends_where_it_ended() {
    for (name, recording) in conversations() {
        for end in &recording.ends {
            let mut table = Replayed::new(&name, end.page, &recording);
            let steps = arriving(&recording, |what| matches!(what, What::ToManager(_)));
            let steps = steps.into_iter().filter(|(_, number, _)| *number == end.page);
            let begin = steps.clone().next().map_or(0, |(at, _, _)| at);
            for (at, _, what) in steps.chain([(recording.until, end.page, &What::Does(Doing::Deaf(0)))]) {
                while let Some(due) = table.page.due().filter(|due| *due <= at && at > begin) {
                    let outputs = table.page.wake(due.max(begin));
                    table.take(due.max(begin), outputs);
                }
                let outputs = match what {
                    What::Does(Doing::Reload) => Vec::new(),
                    What::Does(doing) => table.page.does(at, doing),
                    What::Loaded => table.page.loads(at),
                    What::ToManager(said) if !said.lost => table.hears(at, said),
                    _ => Vec::new(),
                };
                table.take(at, outputs);
            }
            same(&name, end.page, &table.sent, &table.then, |_| false);
            let page = table.page;
            assert_eq!(page.end(), *end, "{name}");
        }
    }
}

/// A page beside what an older one said and was told.
///
/// It asks a service that is silent whether it lives, which the older one did not. Such a check is answered as every service
/// answers it, and is no part of what was said then.
struct Replayed<'a> {
    name: &'a str,
    version: u8,
    page: Page,
    /// What the older page said, and on the channel of which attempt; what this one says.
    then: Vec<(u64, ToService)>,
    sent: Vec<(u64, ToService)>,
    /// What this page calls the questions that the older one asked.
    ids: BTreeMap<u64, u64>,
}

impl<'a> Replayed<'a> {
    fn new(name: &'a str, number: u64, recording: &Recording) -> Self {
        let then = recording.steps.iter().filter(|step| step.page == number).filter_map(|step| match &step.what {
            What::ToService(said) => Some((said.attempt, message::<ToService>(recording.version, name, &said.bytes()))),
            _ => None,
        });
        let (version, sent, ids) = (recording.version, Vec::new(), BTreeMap::from([(0, 0)]));
        Self { name, version, page: Page::new(number), then: then.collect(), sent, ids }
    }

    fn take(&mut self, at: u64, outputs: Vec<manager::Output>) {
        let mut checks = Vec::new();
        for output in outputs {
            match output {
                manager::Output::Send { attempt, bytes } => match message::<ToService>(self.version, self.name, &bytes)
                {
                    // One that falls together with what was said then is not the first to be said.
                    check @ ToService::Sync { .. } => checks.push((attempt, check)),
                    said => self.sent.push((attempt, said)),
                },
                manager::Output::Hello(_, hello) => assert_eq!(hello.versions, PROTOCOL, "{}", self.name),
                _ => {}
            }
        }
        for (attempt, mut said) in checks {
            let ToService::Sync { id, .. } = &mut said else { continue };
            let Some((_, ToService::Sync { id: then, .. })) = self.then.get(self.sent.len()) else {
                self.answer(at, attempt, *id);
                continue;
            };
            self.ids.insert(*then, *id);
            *id = *then;
            self.sent.push((attempt, said));
        }
    }

    fn answer(&mut self, at: u64, attempt: u64, id: u64) {
        let held = self.page.manager.held();
        let answers = [Some(ToManager::Pong(id)), held.map(|version| ToManager::Synced { id, version, time: None })];
        for answer in answers.into_iter().flatten() {
            let bytes = encode(self.version, &answer).expect("every version has it");
            let outputs = self.page.input(at, manager::Input::Message { attempt, bytes });
            self.take(at, outputs);
        }
    }

    /// What the service told the older page, with this page's names of its questions.
    fn hears(&mut self, at: u64, said: &Said) -> Vec<manager::Output> {
        let mut told = message::<ToManager>(self.version, self.name, &said.bytes());
        if let ToManager::Pong(id) | ToManager::Synced { id, .. } | ToManager::Page { sync: id, .. } = &mut told {
            *id = self.ids.get(id).copied().unwrap_or(*id);
        }
        let bytes = encode(self.version, &told).expect("it was one of this version");
        self.page.input(at, manager::Input::Message { attempt: said.attempt, bytes })
    }
}

/// The recordings of all older versions, which hold enough of each.
fn conversations() -> Vec<(String, Recording)> {
    let of = |version: u8| {
        let all = recorded(version);
        assert!(all.len() >= 8, "{} recordings of version {version}", all.len());
        assert!(all.iter().all(|(_, recording)| recording.version == version), "version {version}");
        all.into_iter().map(move |(name, recording)| (format!("{name}, version {version}"), recording))
    };
    OLDER.into_iter().flat_map(of).collect()
}

/// What happens at one end, by the time at which it does: these messages take their time, and lost ones never come.
fn arriving(recording: &Recording, travels: impl Fn(&What) -> bool) -> Vec<(u64, u64, &What)> {
    let steps = recording.steps.iter();
    let lost = |what: &What| {
        matches!(what, What::ToService(Said { lost: true, .. }) | What::ToManager(Said { lost: true, .. }))
    };
    let mut steps: Vec<_> = steps
        .filter(|step| !(travels(&step.what) && lost(&step.what)))
        .map(|step| (step.at + if travels(&step.what) { LATENCY } else { 0 }, step.page, &step.what))
        .collect();
    // What was arranged from the beginning comes before what arrives in the same moment.
    steps.sort_by_key(|(at, _, what)| (*at, travels(what)));
    steps
}

/// Every message is one of that version.
fn message<T: session_bridge::protocol::Message>(version: u8, name: &str, bytes: &[u8]) -> T {
    decode(version, bytes, usize::MAX).unwrap_or_else(|error| panic!("{name}: {error:?}: {bytes:?}"))
}

/// The same messages on the same channels. Of those that `differs` names only the kind is compared.
fn same<T: std::fmt::Debug + PartialEq>(
    name: &str,
    page: u64,
    now: &[(u64, T)],
    then: &[(u64, T)],
    differs: impl Fn(&T) -> bool,
) {
    for (at, (one, other)) in now.iter().zip(then).enumerate() {
        let alike = one.0 == other.0 && differs(&one.1) && differs(&other.1);
        assert!(alike || one == other, "{name}: page {page}, message {at}: {one:?}, but then {other:?}");
    }
    assert_eq!(now.len(), then.len(), "{name}: page {page}: {:?}", now.get(then.len()).or(then.get(now.len())));
    assert!(!now.is_empty(), "{name}: page {page}");
}

/// The service's side.
struct Table<'a> {
    name: &'a str,
    version: u8,
    authority: Option<Authority>,
    store: Memory,
    /// By number: which page and attempt.
    channels: Vec<(u64, u64)>,
    /// What each page was told, and on the channel of which attempt.
    heard: BTreeMap<u64, Vec<(u64, ToManager)>>,
}

impl Table<'_> {
    fn wake(&mut self, until: u64) {
        while let Some(due) = self.authority.as_ref().and_then(Authority::due).filter(|due| *due <= until) {
            let outputs = self.authority.as_mut().map(|it| it.wake(due)).unwrap_or_default();
            self.hear(outputs);
        }
    }

    fn happens(&mut self, at: u64, page: u64, what: &What) {
        let input = match what {
            What::Does(Doing::Start) => {
                let mut authority = Authority::new(self.store.clone());
                let outputs = authority.open(at);
                self.authority = Some(authority);
                return self.hear(outputs);
            }
            What::Does(Doing::Stop) => service::Input::Stop,
            What::Hello { min, max, client, attempt, held, grant } => {
                let channel = ChannelId(self.channels.len() as u64);
                self.channels.push((page, *attempt));
                let client = ClientId(client[0], client[1]);
                // What a grant is called is each build's own affair: the page names the one that it was told.
                let grant = grant.and_then(|_| self.granted(page));
                let hello = Hello { versions: *min..=*max, client, attempt: *attempt, held: *held, grant };
                service::Input::Hello { channel, origin: origin(page), hello }
            }
            What::ToService(said) => {
                let channel = self.channels.iter().rposition(|channel| *channel == (page, said.attempt));
                let channel = ChannelId(channel.expect("a hello came before") as u64);
                service::Input::Message { channel, bytes: said.bytes() }
            }
            _ => return,
        };
        let outputs = self.authority.as_mut().map(|it| it.input(at, input)).unwrap_or_default();
        self.hear(outputs);
    }

    fn hear(&mut self, outputs: Vec<service::Output>) {
        for output in outputs {
            if let service::Output::Send { channel, bytes } = output {
                let (page, attempt) = self.channels[channel.0 as usize];
                self.heard.entry(page).or_default().push((attempt, message(self.version, self.name, &bytes)));
            }
        }
    }

    /// The grant that this page was last told.
    fn granted(&self, page: u64) -> Option<u64> {
        self.heard.get(&page)?.iter().rev().find_map(|(_, message)| match message {
            ToManager::Welcome { grant, .. } => Some(*grant),
            _ => None,
        })
    }
}
