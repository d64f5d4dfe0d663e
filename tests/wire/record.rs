//! Conversations of this build's own machines. They must end well; with `WIRE_RECORD` set they are written down, for the
//! builds that come after the next version of the protocol (`recorded/README.md`).

use std::collections::BTreeMap;

use serde_json::Value;
use session_bridge::manager;
use session_bridge::protocol::{ToManager, ToService, decode};
use session_bridge::service::{self, ChannelId};
use session_bridge::storage::Memory;

use crate::conversation::{Doing, Recording, Said, Step, What, write};
use crate::fixtures::described;
use crate::machines::{Authority, Page, origin};
use crate::scripts::{Script, scripts};

/// How long a message takes.
pub const LATENCY: u64 = 1_000;
/// How long a document takes to load.
const LOADING: u64 = 5_000;

#[derive(Default)]
struct Stage {
    now: u64,
    store: Memory,
    authority: Option<Authority>,
    pages: BTreeMap<u64, Page>,
    /// By time, and by order in one moment.
    coming: BTreeMap<(u64, u64), (u64, Coming)>,
    order: u64,
    /// Channels by number: which page and attempt.
    channels: Vec<(u64, u64)>,
    deaf: BTreeMap<u64, u64>,
    mute: BTreeMap<u64, u64>,
    steps: Vec<Step>,
}

/// What is on its way.
enum Coming {
    Does(Doing),
    Loaded,
    Hello(session_bridge::protocol::Hello),
    ToService(u64, Vec<u8>),
    ToManager(u64, Vec<u8>),
}

impl Stage {
    fn later(&mut self, after: u64, page: u64, what: Coming) {
        self.order += 1;
        self.coming.insert((self.now + after, self.order), (page, what));
    }

    fn note(&mut self, page: u64, what: What) {
        self.steps.push(Step { at: self.now, page, what });
    }

    fn play(&mut self, script: &Script, until: u64) {
        self.act(0, Doing::Start);
        for (at, page, doing) in &script.doings {
            self.later(at * 1_000, *page, Coming::Does(doing.clone()));
        }
        while let Some(at) = self.next().filter(|at| *at <= until) {
            self.now = at;
            // Whoever is due comes before what arrives.
            for number in self.pages.keys().copied().collect::<Vec<_>>() {
                let page = self.pages.get_mut(&number).filter(|page| page.due().is_some_and(|due| due <= at));
                let outputs = page.map(|page| page.wake(at)).unwrap_or_default();
                self.perform(number, outputs);
            }
            if let Some(authority) = self.authority.as_mut().filter(|it| it.due().is_some_and(|due| due <= at)) {
                let outputs = authority.wake(at);
                self.serve(outputs);
            }
            if let Some(entry) = self.coming.first_entry().filter(|entry| entry.key().0 <= at) {
                let (page, what) = entry.remove();
                self.happen(page, what);
            }
        }
    }

    fn next(&self) -> Option<u64> {
        let coming = self.coming.keys().next().map(|(at, _)| *at);
        let pages = self.pages.values().filter_map(Page::due);
        let due = pages.chain(self.authority.as_ref().and_then(Authority::due)).chain(coming).min();
        due.map(|due| due.max(self.now))
    }

    fn happen(&mut self, page: u64, what: Coming) {
        let now = self.now;
        match what {
            Coming::Does(doing) => self.act(page, doing),
            Coming::Loaded => {
                self.note(page, What::Loaded);
                let outputs = self.pages.get_mut(&page).map(|it| it.loads(self.now)).unwrap_or_default();
                self.perform(page, outputs);
            }
            Coming::Hello(hello) => {
                let channel = ChannelId(self.channels.len() as u64);
                self.channels.push((page, hello.attempt));
                let input = service::Input::Hello { channel, origin: origin(page), hello };
                self.service(input);
            }
            Coming::ToService(attempt, bytes) => {
                let channel = self.channels.iter().rposition(|channel| *channel == (page, attempt));
                let channel = ChannelId(channel.expect("it was opened") as u64);
                self.service(service::Input::Message { channel, bytes });
            }
            Coming::ToManager(attempt, bytes) => {
                let outputs = self.pages.get_mut(&page).expect("it is open");
                let outputs = outputs.input(now, manager::Input::Message { attempt, bytes });
                self.perform(page, outputs);
            }
        }
    }

    fn act(&mut self, page: u64, doing: Doing) {
        self.note(page, What::Does(doing.clone()));
        match doing {
            Doing::Open => drop(self.pages.insert(page, Page::new(page))),
            Doing::Reload => return self.later(0, page, Coming::Loaded),
            Doing::Deaf(count) => drop(self.deaf.insert(page, count)),
            Doing::Mute(count) => drop(self.mute.insert(page, count)),
            Doing::Stop => return self.service(service::Input::Stop),
            Doing::Start => {
                let mut authority = Authority::new(self.store.clone());
                let outputs = authority.open(self.now);
                self.authority = Some(authority);
                return self.serve(outputs);
            }
            Doing::Write(_) | Doing::Count(_) | Doing::Refresh | Doing::Touch(_) | Doing::Close => {}
        }
        let outputs = self.pages.get_mut(&page).map(|it| it.does(self.now, &doing)).unwrap_or_default();
        self.perform(page, outputs);
    }

    fn service(&mut self, input: service::Input) {
        let outputs = self.authority.as_mut().map(|it| it.input(self.now, input)).unwrap_or_default();
        self.serve(outputs);
    }

    fn perform(&mut self, page: u64, outputs: Vec<manager::Output>) {
        for output in outputs {
            match output {
                manager::Output::MountFrame(_) => self.later(LOADING, page, Coming::Loaded),
                manager::Output::Hello(_, hello) => {
                    let (min, max) = hello.versions.clone().into_inner();
                    let client = [hello.client.0, hello.client.1];
                    let (attempt, held, grant) = (hello.attempt, hello.held, hello.grant);
                    self.note(page, What::Hello { min, max, client, attempt, held, grant });
                    self.later(LATENCY, page, Coming::Hello(hello));
                }
                manager::Output::Send { attempt, bytes } => {
                    let message = decode::<ToService>(bytes[0], &bytes, usize::MAX).expect("a message");
                    let message = described(&message);
                    let lost = strikes(&mut self.mute, page);
                    self.note(page, What::ToService(Said::new(attempt, lost, &bytes, message)));
                    if !lost {
                        self.later(LATENCY, page, Coming::ToService(attempt, bytes));
                    }
                }
                _ => {}
            }
        }
    }

    fn serve(&mut self, outputs: Vec<service::Output>) {
        for output in outputs {
            if let service::Output::Send { channel, bytes } = output {
                let (page, attempt) = self.channels[channel.0 as usize];
                let message = decode::<ToManager>(bytes[0], &bytes, usize::MAX).expect("a message");
                let message = described(&message);
                let lost = strikes(&mut self.deaf, page);
                self.note(page, What::ToManager(Said::new(attempt, lost, &bytes, message)));
                if !lost {
                    self.later(LATENCY, page, Coming::ToManager(attempt, bytes));
                }
            }
        }
    }
}

fn strikes(left: &mut BTreeMap<u64, u64>, page: u64) -> bool {
    let left = left.entry(page).or_default();
    let strikes = *left > 0;
    *left = left.saturating_sub(1);
    strikes
}

fn record(script: &Script) -> Recording {
    let mut stage = Stage::default();
    let until = script.until * 1_000;
    stage.play(script, until);
    let version = stage.steps.iter().find_map(|step| match &step.what {
        What::ToManager(said) => said.bytes().first().copied(),
        _ => None,
    });
    let ends = stage.pages.values().map(Page::end).collect();
    Recording { version: version.expect("something was said"), until, steps: stage.steps, ends }
}

#[test]
fn every_conversation_ends_well() {
    for script in scripts() {
        let recording = record(&script);
        let told = |name: &str| recording.steps.iter().any(|step| says(&step.what, name));
        for message in script.told {
            assert!(told(message), "{}: no {message} was said", script.name);
        }
        let [first, others @ ..] = &recording.ends[..] else { panic!("{}: nobody was there", script.name) };
        for other in others {
            let both = [first, other].map(|end| (&end.version, &end.active, &end.sessions));
            assert_eq!(both[0], both[1], "{}", script.name);
        }
        if std::env::var_os("WIRE_RECORD").is_some() {
            write(script.name, &recording);
        }
    }
}

/// Whether this is a message of that name, or holds that code.
fn says(what: &What, name: &str) -> bool {
    let (What::ToService(said) | What::ToManager(said)) = what else { return false };
    match &said.message {
        Value::String(text) => text == name,
        message => message.to_string().contains(&format!("\"{name}\"")),
    }
}
