//! Everything there is in one run: tabs of several sites, their frames and channels, stores, and one clock.

use std::collections::BTreeMap;
use std::fmt;

use session_bridge::ambient::{Instant, Now, Span, UnixMillis};
use session_bridge::manager;
use session_bridge::service;
use session_bridge::session::{ClientId, Json};

use crate::channel::Channel;
use crate::cleaning;
use crate::faults::{Counts, Fault, Luck};
use crate::forgetting;
use crate::frame::Frame;
use crate::history::Writes;
use crate::hostile::Hostile;
use crate::idle::Idle;
use crate::lifetimes::{self, Made};
use crate::moves::TakenIn;
use crate::page::Page;
use crate::places::{Places, SHARED};
use crate::plan::Plan;
use crate::queue::{Happening, MILLI, Queue, SECOND, Time};
use crate::requests::{self, Recorded};
use crate::rng::Seeded;
use crate::sleep::Nap;
use crate::store::Store;
use crate::trace::Trace;
use crate::user::Users;

/// One tab: a page of a site with the owner's iframe in it.
pub struct Tab {
    pub origin: String,
    pub places: Places,
    /// The store where its service last kept its sessions, and how often that became another one.
    pub home: usize,
    pub moves: u64,
    pub may_write: bool,
    /// What of a session its site may see.
    pub read: service::Read,
    pub options: manager::Config,
    pub page: Page,
    /// The documents in its iframes, oldest iframe first.
    pub frames: Vec<Frame>,
    /// Nothing in it runs now.
    pub nap: Option<Nap>,
    /// Until then its timers run once a minute.
    pub throttled_until: Time,
    /// How far its wall clock is ahead of the world's, in milliseconds.
    pub wall_ahead: i64,
    /// Until then its frames load an error page.
    pub server_down_until: Time,
    /// Until then the process of its frames is busy with something else.
    pub busy_until: Time,
    /// Of so many of its next commits nobody learns what became of them.
    pub doubts: u32,
}

impl Tab {
    pub fn has_service(&self, frame: u64) -> bool {
        self.document(frame).is_some_and(|it| it.service.is_some())
    }

    pub fn document(&self, frame: u64) -> Option<&Frame> {
        self.frames.iter().find(|it| it.id == frame)
    }

    pub fn document_mut(&mut self, frame: u64) -> Option<&mut Frame> {
        self.frames.iter_mut().find(|it| it.id == frame)
    }

    /// The document whose service welcomed the page last, while it is there; else that of the newest iframe.
    pub fn in_use(&self) -> Option<&Frame> {
        self.page.welcomed_by.and_then(|frame| self.document(frame)).or(self.frames.last())
    }
}

pub struct World {
    pub now: Time,
    pub rng: Seeded,
    pub queue: Queue,
    pub luck: Luck,
    pub counts: Counts,
    pub trace: Trace,
    pub tabs: Vec<Tab>,
    pub stores: Vec<Store>,
    pub channels: Vec<Channel>,
    pub services: service::Config,
    pub plan: Plan,
    pub users: Users,
    /// Every write that went over a wire, as it was first sent.
    pub sent: Writes,
    pub taken_in: TakenIn,
    /// Where each client was, those of pages that are gone too.
    pub origins: BTreeMap<ClientId, String>,
    /// A page that means harm.
    pub hostile: Option<Hostile>,
    /// There are sessions that end.
    pub mortal: bool,
    /// Requests on sessions.
    pub recorded: Recorded,
    /// Nothing ever moves from one store to another.
    pub one_store: bool,
    /// When commits were made.
    pub made: Made,
    pub frames: u64,
    /// When the last commit on its way reaches its store, though whoever made it may be gone by then, and the last late
    /// message its end.
    pub last_word_due: Time,
    /// It is at rest, and should stay so.
    pub idle: Option<Idle>,
    /// The first rule that was broken.
    pub violation: Option<Violation>,
}

/// A rule that was broken.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Violation {
    pub at: Time,
    pub why: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at {} ms: {}", self.at / MILLI, self.why)
    }
}

/// Sees who counted, and nothing else of what there is.
fn narrow() -> service::Read {
    service::Read::keys(["n", "run"].map(|key| format!("\"{key}\"")).to_vec())
}

impl World {
    pub fn new(plan: &Plan, steps: u64, heard: bool) -> Self {
        let mut rng = Seeded::new(plan.seed);
        let mut luck = Luck::draw(plan);
        let stores = 1 + usize::from(rng.chance(0.3));
        let sites = rng.between(2, 4) as usize;
        let mut count = stores;
        let mut tabs = Vec::new();
        for site in 0..sites {
            let mut places = Places::draw(&mut rng, site, stores);
            if let Places::Ladder { own, .. } = &mut places {
                *own = (!rng.chance(0.25)).then_some(count);
                count += usize::from(own.is_some());
            }
            let may_write = site == 0 || !rng.chance(0.1);
            let read = if site > 0 && rng.chance(0.25) { narrow() } else { service::Read::ALL };
            let origin = format!("https://site{site}.example");
            let read = service::Read { requests: requests::shows(plan.seed, &origin), ..read };
            for _ in 0..1 + usize::from(rng.chance(0.25)) {
                let options = options(&mut rng);
                let page = Page::new(options, &mut rng, 0);
                tabs.push(Tab {
                    origin: origin.clone(),
                    places,
                    home: SHARED,
                    moves: 0,
                    may_write,
                    read: read.clone(),
                    options,
                    page,
                    frames: Vec::new(),
                    nap: None,
                    throttled_until: 0,
                    wall_ahead: rng.below(7_000) as i64,
                    server_down_until: 0,
                    busy_until: 0,
                    doubts: 0,
                });
            }
        }
        // Tabs of one site have the same grant.
        let grants = tabs.iter().map(|tab| service::Grant {
            read: tab.read.clone(),
            ..service::Grant::plain(tab.origin.clone(), tab.may_write)
        });
        let grants = grants.collect();
        let all_tabs = tabs.len();
        let one_store = count == 1 && !tabs.iter().any(|tab| matches!(tab.places, Places::Ladder { .. }));
        tabs.truncate(plan.tabs.unwrap_or(all_tabs).max(1));
        let users = Users::new(&mut rng, steps, all_tabs);
        let hostile = rng.chance(0.12).then(|| Hostile::new(rng.below(all_tabs as u64) as usize));
        let limits = service::Limits {
            data_bytes: users.data_bytes,
            writes_per_second: if rng.chance(0.2) { 20 } else { 500 },
            ..service::Limits::default()
        };
        let few = luck.strikes(Fault::RemembersFew);
        let limits = if few { forgetting::few(plan.seed, limits) } else { limits };
        let services = service::Config {
            grants,
            rules: Default::default(),
            defaults: Json::empty(),
            limits,
            durability: Default::default(),
        };
        let mortal = lifetimes::are_mortal(plan.seed);
        let services = cleaning::soon(plan.seed, mortal, services);
        let mut world = Self {
            now: 0,
            queue: Queue::default(),
            luck,
            counts: Counts::default(),
            trace: Trace::new(heard),
            tabs,
            stores: (0..count).map(|_| Store::new()).collect(),
            channels: Vec::new(),
            services,
            plan: plan.clone(),
            users,
            sent: Writes::new(),
            taken_in: TakenIn::new(),
            origins: BTreeMap::new(),
            hostile,
            mortal,
            recorded: Recorded::of(plan.seed),
            one_store,
            made: Made::new(),
            frames: 0,
            last_word_due: 0,
            idle: None,
            violation: None,
            rng,
        };
        if few {
            world.counts.happened(Fault::RemembersFew);
        }
        for tab in 0..world.tabs.len() {
            world.tabs[tab].page.versions = world.draw_versions(Fault::PageOlder);
            let begins = world.rng.clone().below(200) * MILLI;
            world.begin_page(tab, begins);
        }
        world.queue.at(0, Happening::Step);
        world
    }

    /// A rule was broken. The first time is what counts.
    pub fn violated(&mut self, why: String) {
        self.trace.note(self.now, || format!("VIOLATED: {why}"));
        self.violation.get_or_insert(Violation { at: self.now, why });
    }

    /// The clocks of a machine in this tab whose own origin of time is `offset`.
    pub fn clock(&self, tab: usize, offset: u64) -> Now {
        let wall = (1_700_000_000_000 + self.now / MILLI).saturating_add_signed(self.tabs[tab].wall_ahead);
        Now { instant: Instant(self.now + offset), wall: UnixMillis(wall) }
    }

    /// Lets the world run until `limit`, or until a rule is broken.
    pub fn run_until(&mut self, limit: Time) {
        let mut at_once = 0_u32;
        while self.violation.is_none()
            && let Some((due, happening)) = self.queue.next(limit)
        {
            let stands_still = due <= self.now;
            self.now = self.now.max(due);
            self.luck.now = self.now;
            at_once = if stands_still { at_once + 1 } else { 0 };
            if at_once > AT_ONCE {
                return self.violated(format!("time stands still: {happening:?}"));
            }
            self.trace.mix(due);
            if let Some(happening) = self.put_off(happening) {
                self.happen(happening);
            }
        }
        self.now = self.now.max(limit);
    }

    fn happen(&mut self, happening: Happening) {
        match happening {
            Happening::WakePage { tab, life } => self.wake_page(tab, life),
            Happening::WakeService { tab, frame } => self.wake_service(tab, frame),
            Happening::FrameLoaded { tab, frame } => self.frame_loaded(tab, frame),
            Happening::ServiceStarts { tab, frame } => self.service_starts(tab, frame),
            Happening::Look { tab, frame } => self.look(tab, frame),
            Happening::Hello { channel, hello } => self.hello(channel, hello),
            Happening::Arrival { channel, to, number, copy, payload } => {
                self.arrive(channel, to, number, copy, payload);
            }
            Happening::FrameGone { tab, life, place } => {
                if self.tabs[tab].page.life == life {
                    self.drive_page(tab, manager::Input::FrameGone(place));
                }
            }
            Happening::Turn { tab, frame, store, task, operation, fate, cuts } => {
                // What was under way at a power cut is gone with it.
                if self.stores[store].cuts == cuts {
                    self.turn(tab, frame, store, task, operation, fate);
                }
            }
            Happening::Answer { tab, frame, task, answer, kind } => {
                self.answered(tab, frame, task, answer, kind);
            }
            Happening::Notice { tab, frame, store, commit, late } => {
                if self.tabs[tab].has_service(frame) {
                    if late {
                        self.counts.happened(Fault::NoticeLate);
                    }
                    let announced = commit.map(|commit| service::Input::Announced { store, commit });
                    self.drive_service(tab, frame, announced.unwrap_or(service::Input::StoreChanged));
                }
            }
            Happening::Wakes { tab } => self.wake_tab(tab, false),
            Happening::Seen { tab, life } => {
                // Once all is healed every page is seen.
                if self.tabs[tab].page.life == life && self.luck.on {
                    self.drive_page(tab, manager::Input::Lifecycle(manager::PageLifecycle::Visible));
                }
            }
            Happening::Act { tab, life, operation, mutations } => self.act_out(tab, life, operation, mutations),
            Happening::Staged { tab, life, rises } => self.act_staged(tab, life, rises),
            Happening::Step => self.step(),
        }
    }

    /// Nothing goes wrong from here on: whatever was broken works again, and every page is looked at.
    pub fn heal(&mut self) {
        self.luck.on = false;
        self.trace.note(self.now, || String::from("healed"));
        for store in &mut self.stores {
            store.full_until = 0;
            store.poison = None;
        }
        self.wake_all();
        for tab in 0..self.tabs.len() {
            let reaches = self.rng.chance(0.7);
            self.grant(tab, reaches);
            if let Places::Ladder { refused_until, .. } = &mut self.tabs[tab].places {
                *refused_until = 0;
            }
        }
        self.look_everywhere();
        if self.hostile.is_some() {
            // What the rate holds back of its writes has its turn yet.
            self.last_word_due = self.last_word_due.max(self.now + SECOND * 30);
        }
        for tab in 0..self.tabs.len() {
            self.tabs[tab].server_down_until = 0;
            self.tabs[tab].busy_until = 0;
            self.tabs[tab].doubts = 0;
            self.reopen_if_closed(tab);
            for presence in
                [manager::PageLifecycle::Resumed, manager::PageLifecycle::Visible, manager::PageLifecycle::Online]
            {
                self.drive_page(tab, manager::Input::Lifecycle(presence));
            }
        }
    }
}

/// A page's options, drawn from what an integrator might set.
fn options(rng: &mut Seeded) -> manager::Config {
    let among = |rng: &mut Seeded, from: &[u64]| Span::from_millis(rng.pick(from).copied().unwrap_or(1_000));
    manager::Config {
        ttl: among(rng, &[500, 3_000, 30_000]),
        request_timeout: among(rng, &[1_000, 2_000, 5_000]),
        heartbeat: among(rng, &[1_000, 3_000, 10_000]),
        backoff: (Span::from_millis(250), among(rng, &[1_000, 4_000, 8_000]), 0.5),
    }
}

/// How long the longest wait of any page is, in virtual time.
pub const PATIENCE: Time = SECOND * 90;

/// No more than so much happens at one moment.
const AT_ONCE: u32 = 100_000;
