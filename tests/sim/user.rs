//! The people at the pages, and the ill will of the world: what happens at each step.

use session_bridge::manager::{Input, Operation, PageLifecycle, Token};
use session_bridge::session::{Json, Mutation, SessionId};

use crate::promises::{Kind, Promise};
use crate::queue::{Happening, MILLI, SECOND, Time};
use crate::rng::Seeded;
use crate::world::World;

/// What is shared by all who act.
pub struct Users {
    /// Steps still to come.
    pub steps: u64,
    /// How many there are at all.
    all_steps: u64,
    /// How many tabs there were before the plan left some out.
    all_tabs: usize,
    numbers: u64,
    /// Every id that was ever used, so that gone ones are tried again.
    ids: Vec<SessionId>,
    /// How hurried they are: the longest ordinary pause between steps.
    pace: Time,
    suspended: Vec<bool>,
    /// Somebody makes hundreds of writes at once.
    floods: bool,
    /// The most that one session may hold.
    pub data_bytes: usize,
    /// What every session that is added holds besides: in some runs so much that a snapshot takes several messages.
    padding: String,
}

/// How many steps a rush takes.
const RUSH: u64 = 100;

impl Users {
    pub fn new(rng: &mut Seeded, steps: u64, all_tabs: usize) -> Self {
        let pace = rng.pick(&[5, 50, 300, 2_000]).copied().unwrap_or(50) * MILLI;
        // Long runs of large sessions take most of the time of a batch: there are few of them.
        let often = if steps > RUSH { 0.01 } else { 0.05 };
        let data_bytes = if rng.chance(often) { 20_000 } else { 2_000 };
        let padding = "p".repeat(if data_bytes > 2_000 { 12_000 } else { 3 });
        Self {
            steps,
            all_steps: steps,
            all_tabs,
            numbers: 0,
            ids: Vec::new(),
            pace,
            suspended: vec![false; 16],
            floods: rng.chance(0.01),
            data_bytes,
            padding,
        }
    }

    /// How many steps there were so far.
    pub fn taken(&self) -> u64 {
        self.all_steps - self.steps
    }

    /// A number that was never used before.
    pub fn next_number(&mut self) -> u64 {
        self.numbers += 1;
        self.numbers
    }

    /// Whether a user's function throws this time.
    pub fn throws(&mut self, rng: &mut Seeded) -> bool {
        rng.chance(0.02)
    }
}

impl World {
    /// One step: somebody does something, and perhaps something breaks.
    pub fn step(&mut self) {
        if self.users.steps == 0 {
            return;
        }
        let number = self.users.taken();
        self.users.steps -= 1;
        // Names of a step are its own, too.
        self.users.numbers = number * 1_000_000;
        // What one step draws does not hang on whether those before it were taken.
        self.rng = Seeded::of_step(self.plan.seed, number);
        // In a long run they are in a rush now and then.
        let rush = self.users.all_steps > RUSH && number / RUSH % 2 == 1;
        let wait = match self.rng.below(20) {
            _ if rush => self.rng.below(5 * MILLI),
            0..4 => 0,
            19 => self.rng.between(1, 15) * SECOND,
            _ => self.rng.below(self.users.pace),
        };
        if self.plan.takes(number) {
            self.act_or_break();
            self.live_and_end(number);
            self.record_requests(number);
            self.play_scenes();
        }
        self.queue.at(self.now + wait, Happening::Step);
    }

    fn act_or_break(&mut self) {
        self.break_something();
        self.do_harm();
        let tab = self.rng.below(self.users.all_tabs as u64) as usize;
        if tab >= self.tabs.len() {
            return;
        }
        if self.tabs[tab].page.closed {
            self.reload_page(tab);
        } else if self.tabs[tab].nap.is_none() {
            // Now and then a burst, so that many writes share a commit.
            let times = if self.rng.chance(0.1) { self.rng.between(2, 12) } else { 1 };
            for _ in 0..times {
                self.act(tab);
            }
            if self.users.floods && self.rng.chance(0.1) {
                self.flood(tab);
            }
        }
    }

    /// More writes at once than may be under way.
    fn flood(&mut self, tab: usize) {
        for _ in 0..self.rng.between(513, 656) {
            let number = self.users.next_number();
            let update = Mutation::Update { id: self.some_id(tab), patch: rename(number), if_version: None };
            self.write(tab, Operation::Update, vec![update]);
        }
    }

    fn act(&mut self, tab: usize) {
        let number = self.users.next_number();
        let add = |id, users: &Users| Mutation::Add {
            id,
            user_id: format!("user-{number}"),
            data: object(format!("{{\"token\":{number},\"padding\":\"{}\"}}", users.padding)),
            terms: Default::default(),
        };
        match self.rng.below(100) {
            0..17 => {
                let id = session_id(format!("made-{number}"));
                self.write(tab, Operation::Add, vec![add(id, &self.users)]);
            }
            17..20 => self.remove_and_add(tab),
            20..22 => {
                let (id, data, if_version) = (self.some_id(tab), rename(number), self.some_version(tab));
                if self.tabs[tab].read.is_all() {
                    self.write(tab, Operation::Update, vec![Mutation::Replace { id, data, if_version }]);
                }
            }
            22..32 => {
                let id = self.own_id();
                self.write(tab, Operation::Add, vec![add(id, &self.users)]);
            }
            32..48 => {
                let (id, if_version) = (self.some_id(tab), self.some_version(tab));
                self.write(tab, Operation::Update, vec![Mutation::Update { id, patch: rename(number), if_version }]);
            }
            48..64 => self.count_up(tab),
            64..72 => {
                let (id, if_version) = (self.some_id(tab), self.some_version(tab));
                self.write(tab, Operation::Remove, vec![Mutation::Remove { id, if_version }]);
            }
            72..80 => {
                let id = if self.rng.chance(0.2) { None } else { Some(self.some_id(tab)) };
                self.write(tab, Operation::Activate, vec![Mutation::Activate(id)]);
            }
            80..85 => {
                let id = session_id(format!("made-{number}"));
                let other = self.some_id(tab);
                let update = Mutation::Update { id: other, patch: rename(number), if_version: None };
                let all = vec![add(id.clone(), &self.users), update, Mutation::Activate(Some(id))];
                self.write(tab, Operation::Bulk, all);
            }
            85..87 => {
                let (id, patch) =
                    (self.some_id(tab), object(format!("{{\"oversized\":\"{}\"}}", "x".repeat(self.users.data_bytes))));
                self.write(tab, Operation::Update, vec![Mutation::Update { id, patch, if_version: None }]);
            }
            87..89 => self.withdraw(tab),
            89..94 => self.ask(tab),
            94..99 => self.presence(tab),
            _ => {
                let token = self.promise(tab, Kind::Close, Vec::new());
                self.drive_page(tab, Input::Close(token));
            }
        }
    }

    /// Signs out and at once in again under the same id, in one of several ways; now and then somebody else signs out, too.
    fn remove_and_add(&mut self, tab: usize) {
        let number = self.users.next_number();
        // One that is confirmed, or of those that everybody adds: who adds another one expects it to be new.
        let confirmed = self.tabs[tab].page.shown.sessions.iter().filter(|(session, _)| session.version.is_some());
        let id = self.rng.favourite(confirmed.map(|(session, _)| &session.id), SessionId::as_str).cloned();
        let id = id.unwrap_or_else(|| self.own_id());
        let remove = Mutation::Remove { id: id.clone(), if_version: None };
        let add = |again: u64| Mutation::Add {
            id: id.clone(),
            user_id: format!("user-{number}"),
            data: object(format!("{{\"token\":{number},\"again\":{again}}}")),
            terms: Default::default(),
        };
        match self.rng.below(4) {
            0 => self.write(tab, Operation::Bulk, vec![remove.clone(), add(1)]),
            1 => {
                self.write(tab, Operation::Add, vec![add(1)]);
                self.write(tab, Operation::Remove, vec![remove.clone()]);
                self.write(tab, Operation::Add, vec![add(2)]);
            }
            _ => {
                self.write(tab, Operation::Remove, vec![remove.clone()]);
                if self.rng.chance(0.7) {
                    self.write(tab, Operation::Add, vec![add(1)]);
                }
            }
        }
        let other = self.rng.below(self.tabs.len() as u64) as usize;
        if self.rng.chance(0.5) && self.tabs[other].nap.is_none() && !self.tabs[other].page.closed {
            let again = if self.rng.chance(0.7) { remove } else { add(3) };
            let operation = if again.removes() { Operation::Remove } else { Operation::Add };
            self.write(other, operation, vec![again]);
        }
    }

    pub fn write(&mut self, tab: usize, operation: Operation, mutations: Vec<Mutation>) {
        let ids: Vec<SessionId> = mutations.iter().filter_map(|mutation| mutation.id().cloned()).collect();
        for id in ids {
            if !self.users.ids.contains(&id) {
                self.users.ids.push(id);
            }
        }
        let token = self.promise(tab, Kind::Write, mutations.clone());
        self.trace.note(self.now, || format!("tab {tab}: {token:?} {mutations:?}"));
        self.drive_page(tab, Input::Write { token, operation, mutations });
    }

    fn count_up(&mut self, tab: usize) {
        let (id, if_version) = (self.some_id(tab), self.some_version(tab));
        let token = self.promise(tab, Kind::Function(id.clone(), if_version), Vec::new());
        self.trace.note(self.now, || format!("tab {tab}: {token:?} counts up {}", id.as_str()));
        self.drive_page(tab, Input::Function { token, id, if_version, replace: false });
    }

    /// A write that says who it is, so that the store can be made to find no room for just that one.
    pub fn write_poison(&mut self, tab: usize) -> String {
        let number = self.users.next_number();
        let text = format!("poison-{number}.");
        let data = object(format!("{{\"p\":\"{text}\"}}"));
        let id = session_id(format!("made-{number}"));
        self.write(
            tab,
            Operation::Add,
            vec![Mutation::Add { id, user_id: text.clone(), data, terms: Default::default() }],
        );
        text
    }

    fn withdraw(&mut self, tab: usize) {
        let promises = &self.tabs[tab].page.promises;
        let writes = |kind: &Kind| matches!(kind, Kind::Write | Kind::Function(..));
        let open = promises
            .iter()
            .filter(|(_, it)| it.settled.is_none() && !it.dropped && it.numbers.is_empty() && writes(&it.kind))
            .last();
        let Some(token) = open.map(|(token, _)| token) else { return };
        self.tabs[tab].page.promises.withdraw(token);
        self.trace.note(self.now, || format!("tab {tab}: {token:?} is withdrawn"));
        self.drive_page(tab, Input::Withdraw(token));
    }

    fn ask(&mut self, tab: usize) {
        let input = match self.rng.below(4) {
            0 => {
                let held = self.tabs[tab].page.manager.snapshot().version;
                self.tabs[tab].page.freshness.invalidate(held);
                Input::Invalidate
            }
            1 => Input::Read(self.promise(tab, Kind::Read, Vec::new())),
            2 => Input::Refresh(self.promise(tab, Kind::Read, Vec::new())),
            _ => {
                let token = self.promise(tab, Kind::Ready, Vec::new());
                if token.0.is_multiple_of(2) { Input::Ready(token) } else { Input::Reconnect(token) }
            }
        };
        self.drive_page(tab, input);
        if self.rng.chance(0.33) {
            self.drive_page(tab, Input::RefreshIfStale);
        }
    }

    fn presence(&mut self, tab: usize) {
        let suspended = self.users.suspended[tab];
        let among = if suspended {
            [PageLifecycle::Resumed; 4]
        } else {
            [PageLifecycle::Hidden, PageLifecycle::Visible, PageLifecycle::Suspended, PageLifecycle::Offline]
        };
        let presence = self.rng.pick(&among).copied().unwrap_or(PageLifecycle::Visible);
        self.users.suspended[tab] = presence == PageLifecycle::Suspended;
        self.trace.note(self.now, || format!("tab {tab}: {presence:?}"));
        self.drive_page(tab, Input::Lifecycle(presence));
        if presence == PageLifecycle::Offline {
            self.drive_page(tab, Input::Lifecycle(PageLifecycle::Online));
        }
    }

    pub fn promise(&mut self, tab: usize, kind: Kind, mutations: Vec<Mutation>) -> Token {
        let token = Token(self.users.next_number());
        let (losses, moves) = (self.losses(), self.tabs[tab].moves);
        let (numbers, made, clock) = (Vec::new(), self.now, self.page_clock(tab).instant);
        let (settled, dropped, released) = (None, false, false);
        let promise = Promise { kind, mutations, numbers, made, clock, losses, moves, settled, dropped, released };
        self.tabs[tab].page.promises.make(token, promise);
        token
    }

    /// One of the ids that several pages choose by themselves.
    pub fn own_id(&mut self) -> SessionId {
        session_id(format!("own-{}", self.rng.below(6)))
    }

    /// Mostly an id that shows, sometimes one that once was.
    fn some_id(&mut self, tab: usize) -> SessionId {
        let shown = self.tabs[tab].page.shown.sessions.iter().map(|(session, _)| &session.id);
        let shown = self.rng.favourite(shown, SessionId::as_str).cloned();
        let once = self.rng.favourite(self.users.ids.iter(), SessionId::as_str).cloned();
        let chosen = if self.rng.chance(0.1) { once.or(shown) } else { shown.or(once) };
        chosen.unwrap_or_else(|| self.own_id())
    }

    /// Sometimes the version that the page is at, to insist on.
    fn some_version(&mut self, tab: usize) -> Option<u64> {
        let held = self.tabs[tab].page.manager.held()?.seq;
        if self.rng.chance(0.02) {
            // One of another store.
            return Some(held + self.rng.between(1, 1_000));
        }
        self.rng.chance(0.15).then(|| held.saturating_sub(self.rng.below(3)))
    }
}

fn rename(number: u64) -> Json {
    object(format!("{{\"name\":\"name-{number}\"}}"))
}

fn object(text: String) -> Json {
    Json::try_from(text).expect("the simulation writes good JSON")
}

fn session_id(text: String) -> SessionId {
    SessionId::try_from(text).expect("the simulation writes good ids")
}
