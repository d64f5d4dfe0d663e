//! What may break at a step.

use session_bridge::ambient::UnixMillis;
use session_bridge::ambient::{Instant, Now};
use session_bridge::machine::Machine;
use session_bridge::protocol::{Hello, PROTOCOL, ToManager, ToService, decode, encode};
use session_bridge::service::{ChannelId, Config, Grant, Input, Limits, Output, Service, StoreId};
use session_bridge::session::{
    ClientId, Json, Mutation, OpId, SessionId, StorageLevel, StorageStatus, Upgrade, Version, Write,
};

use crate::faults::Fault;
use crate::places::SHARED;
use crate::queue::{MILLI, SECOND};
use crate::world::World;

impl World {
    pub fn break_something(&mut self) {
        let tab = self.rng.below(self.tabs.len() as u64) as usize;
        let store = self.rng.below(self.stores.len() as u64) as usize;
        let framed = self.tabs[tab].in_use().map(|frame| frame.id);
        if let Some(frame) = framed
            && self.luck.strikes(Fault::FrameReloaded)
        {
            self.counts.happened(Fault::FrameReloaded);
            self.reload_frame(tab, frame);
        }
        if self.luck.strikes(Fault::FrameRemoved) {
            self.remove_frame(tab);
        }
        if self.luck.strikes(Fault::FrameCrashed)
            && let Some(frame) = self.tabs[tab].in_use().filter(|frame| frame.service.is_some())
        {
            let frame = frame.id;
            self.counts.happened(Fault::FrameCrashed);
            self.crash_frame(tab, frame);
        }
        if let Some(frame) = self.tabs[tab].in_use().map(|frame| frame.id) {
            if self.luck.strikes(Fault::FrameNavigated) {
                self.counts.happened(Fault::FrameNavigated);
                self.navigate_frame(tab, frame);
            }
            if self.luck.strikes(Fault::FrameErrorPage) {
                self.counts.happened(Fault::FrameErrorPage);
                self.tabs[tab].server_down_until = self.now + self.rng.between(1, 20) * SECOND;
                self.reload_frame(tab, frame);
            }
            if self.luck.strikes(Fault::FrameBusy) {
                self.counts.happened(Fault::FrameBusy);
                let lasts = self.rng.between(100, 8_000) * MILLI;
                self.keep_busy(tab, lasts);
            }
        }
        if self.luck.strikes(Fault::PageReloaded) {
            self.counts.happened(Fault::PageReloaded);
            self.reload_page(tab);
        }
        self.disturb_time(tab);
        self.disturb_places(tab);
        if self.luck.strikes(Fault::StoreFull) {
            self.stores[store].full_until = self.now + self.rng.between(1, 10) * SECOND;
            self.trace.note(self.now, || format!("store {store}: full"));
        }
        if self.luck.strikes(Fault::StorePoison) && !self.tabs[tab].page.closed {
            let poison = self.write_poison(tab);
            let home = self.tabs[tab].home;
            self.stores[home].poison = Some(poison);
        }
        self.lose_something(store);
    }

    fn lose_something(&mut self, store: usize) {
        let commits = |it: &Self| it.stores[store].history.line.len();
        if commits(self) > 0 && self.luck.strikes(Fault::StoreCleared) {
            self.counts.happened(Fault::StoreCleared);
            self.trace.note(self.now, || format!("store {store}: cleared"));
            self.stores[store].lose(0);
        }
        let length = commits(self);
        if length > 0 && self.luck.strikes(Fault::StoreReplaced) {
            self.counts.happened(Fault::StoreReplaced);
            self.trace.note(self.now, || format!("store {store}: replaced"));
            self.stores[store].lose(0);
            self.refill(store, length as u64 - 1);
        }
        if commits(self) > 1 && self.luck.strikes(Fault::StoreRolledBack) {
            self.counts.happened(Fault::StoreRolledBack);
            self.roll_back(store);
        }
        if commits(self) > 1 && self.luck.strikes(Fault::StoreRewritten) {
            self.counts.happened(Fault::StoreRewritten);
            let lost = self.roll_back(store);
            self.refill(store, lost);
        }
    }

    /// Power is cut, and the last commits are lost. Gives how many.
    fn roll_back(&mut self, store: usize) -> u64 {
        let length = self.stores[store].history.line.len();
        let kept = length.saturating_sub(self.rng.between(1, 3) as usize).max(1);
        self.trace.note(self.now, || format!("store {store}: rolled back to {kept} commits"));
        self.stores[store].lose(kept);
        self.stores[store].cuts += 1;
        // Only a power cut does that, and no service outlives one. Pages do here, to see that they are not misled.
        let mut ask = Vec::new();
        for (tab, it) in self.tabs.iter().enumerate() {
            ask.extend(it.frames.iter().filter(|it| it.opened.watches(store).is_some()).map(|it| (tab, it.id)));
        }
        for (tab, frame) in ask {
            self.reload_frame(tab, frame);
        }
        (length - kept) as u64
    }

    /// Somebody else, elsewhere and in no time, makes so many commits more to the store. The first one of an empty store comes of
    /// its opening.
    fn refill(&mut self, store: usize, commits: u64) {
        let origin = String::from("https://elsewhere.example");
        let now = Now { instant: Instant(1), wall: UnixMillis(1_690_000_000_000) };
        let config = Config {
            grants: vec![Grant::plain(origin.clone(), true)],
            rules: Default::default(),
            defaults: Json::empty(),
            limits: Limits { writes_per_second: 1_000_000, ..Limits::default() },
            durability: Default::default(),
        };
        let mut service = Service::new(config, Box::new(self.rng.fork()));
        let stores = [store];
        let client = ClientId(self.rng.next() >> 11, self.rng.next() >> 11);
        let channel = ChannelId(u64::MAX);
        let hello = Hello { versions: PROTOCOL, client, attempt: 1, held: None, grant: None };
        let status = StorageStatus { level: StorageLevel::Handle, shared: true, upgrade: Upgrade::None };
        service.handle(now, Input::Opened { store: StoreId(1), below: None, status });
        service.handle(now, Input::Hello { channel, origin, hello });
        let mut base = self.carry_on(&stores, &mut service, now);
        for n in 1..=commits {
            let Some(version) = base else { return };
            let id = SessionId::try_from(format!("else-{n}-{}", self.users.next_number()));
            let Ok(id) = id else { return };
            let add =
                Mutation::Add { id, user_id: String::from("else"), data: Json::empty(), terms: Default::default() };
            let write = Write { n, predecessor: 0, base: version, reads_from: None, mutations: vec![add] };
            self.sent.insert(OpId { client, n }, write.clone());
            let bytes = encode(*PROTOCOL.end(), &ToService::Writes { settled: n - 1, writes: vec![write] });
            let bytes = bytes.expect("the newest version has it");
            service.handle(now, Input::Message { channel, bytes });
            base = self.carry_on(&stores, &mut service, now).or(base);
        }
    }

    /// A service elsewhere finds this store below the shared one, and brings up what is there.
    pub fn raise(&mut self, store: usize) {
        let now = Now { instant: Instant(1), wall: UnixMillis(1_710_000_000_000) };
        let config = Config {
            grants: Vec::new(),
            rules: Default::default(),
            defaults: Json::empty(),
            limits: self.services.limits,
            durability: Default::default(),
        };
        let mut service = Service::new(config, Box::new(self.rng.fork()));
        let status = StorageStatus { level: StorageLevel::Handle, shared: true, upgrade: Upgrade::None };
        service.handle(now, Input::Opened { store: StoreId(2), below: Some(StoreId(1)), status });
        self.carry_on(&[store, SHARED], &mut service, now);
    }

    /// Lets a service elsewhere do its work at once. Gives the newest version that it told.
    fn carry_on(&mut self, stores: &[usize], service: &mut Service, now: Now) -> Option<Version> {
        let mut told = None;
        service.handle_timeout(now);
        while let Some(output) = service.poll_output(now) {
            match output {
                Output::Store { store, task, operation } => {
                    let (answer, _) = self.effect(usize::MAX, stores[store.0 as usize - 1], operation);
                    service.handle(now, Input::Answered { task, answer });
                    service.handle_timeout(now);
                }
                Output::Send { bytes, .. } => {
                    let message = decode::<ToManager>(*PROTOCOL.end(), &bytes, usize::MAX);
                    if let Ok(ToManager::Event { version, .. } | ToManager::Synced { version, .. }) = message {
                        told = Some(version);
                    }
                }
                Output::Close(_)
                | Output::Refuse { .. }
                | Output::SelectStore
                | Output::Release(_)
                | Output::Prompt { .. }
                | Output::AskQuiet { .. }
                | Output::DropPrompt { .. }
                | Output::Rejected { .. }
                | Output::Outdated => {}
            }
        }
        told
    }
}
