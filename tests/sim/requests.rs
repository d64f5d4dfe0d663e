//! Requests on sessions: in some runs pages tell of such, one by one and in bursts, and set limits. What stores make of that, and what
//! pages make of it until then, is judged by rules written here anew.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use session_bridge::error::Code;
use session_bridge::manager::{Input, Operation, Token};
use session_bridge::session::{Json, Mutation, OpId, Outcome, Requests, Session, SessionId, Terms, Version, Write};
use session_bridge::storage::StoreCommit;

use crate::counted::is_full;
use crate::faults::Fault;
use crate::history::History;
use crate::ledger::{Ledger, Told};
use crate::observe;
use crate::places::Places;
use crate::promises::Kind;
use crate::queue::{Happening, SECOND};
use crate::rng::Seeded;
use crate::state::State;
use crate::store::Store;
use crate::world::World;

/// After its question a page lets requests through for so long, in microseconds.
const INTERVAL: u64 = 5 * SECOND;
/// Among so many states one explains a refusal.
const LATELY: usize = 100;
/// Part of each address, of which only sites that see requests may hear.
const ADDRESS: &[u8] = b"calls.example";
/// Part of each query and of each name before a host, of which nobody may hear and which no store may keep.
const SECRET: &str = "secret";

/// Whether there are requests in the run of this seed.
fn are_recorded(seed: u64) -> bool {
    Seeded::named(seed, "requests").chance(0.25)
}

/// Whether this site sees them.
pub fn shows(seed: u64, origin: &str) -> bool {
    are_recorded(seed) && Seeded::named(seed, origin).chance(0.6)
}

/// What all requests of a run are judged by.
#[derive(Default)]
pub struct Recorded {
    /// Whether there are any.
    pub on: bool,
    /// Of pages that are gone.
    gone: Vec<BTreeMap<SessionId, Ledger>>,
    /// Sessions that were removed or whose count began anew.
    began_anew: BTreeSet<SessionId>,
}

impl Recorded {
    pub fn of(seed: u64) -> Self {
        Self { on: are_recorded(seed), ..Self::default() }
    }
}

impl World {
    /// What users do with requests. It draws from a stream of its own, so that it moves nothing else.
    pub fn record_requests(&mut self, step: u64) {
        if !self.recorded.on {
            return;
        }
        let mut rng = Seeded::of_step(self.plan.seed ^ 0x5245_5155, step);
        for _ in 0..rng.between(1, 2) {
            let tab = rng.below(self.tabs.len() as u64) as usize;
            if self.tabs[tab].page.closed || self.tabs[tab].nap.is_some() {
                continue;
            }
            let shown = self.tabs[tab].page.shown.sessions.iter().map(|(session, _)| &session.id);
            let shown = rng.favourite(shown, SessionId::as_str).cloned();
            let own = format!("own-{}", rng.below(2));
            let brief = format!("brief-{}", rng.below(4));
            let named = |name: String| SessionId::try_from(name).expect("a good id");
            let id = match rng.below(8) {
                0 | 1 => shown.unwrap_or_else(|| named(own)),
                2 | 3 if self.mortal => named(brief),
                4 if rng.chance(0.3) => named(String::from("never-there")),
                _ => named(own),
            };
            let limit = Some(rng.chance(0.8).then(|| rng.between(0, 30)));
            match rng.below(12) {
                // A name that a page made up is to be new.
                0 | 1 if !id.as_str().starts_with("made-") => {
                    let data = Json::try_from(format!("{{\"n\":0,\"step\":{step}}}")).expect("good JSON");
                    let terms = Terms { limit: limit.filter(|_| rng.chance(0.8)), ..Terms::default() };
                    let add = Mutation::Add { id, user_id: format!("user-{step}"), data, terms };
                    self.write(tab, Operation::Add, vec![add]);
                }
                2 | 3 => {
                    let resets = rng.chance(0.3);
                    let terms = Terms { limit: limit.filter(|_| rng.chance(0.7)), resets, ..Terms::default() };
                    self.write(tab, Operation::Configure, vec![Mutation::Configure { id, terms }]);
                }
                4 => self.withdraw_request(tab),
                5..9 => self.record_one(tab, &id, &mut rng),
                _ => (0..rng.between(2, 15)).for_each(|_| self.record_one(tab, &id, &mut rng)),
            }
        }
    }

    /// A site that reached the shared store, which has just taken in what is in its own, reaches it no more. So its pages go back to
    /// where they were, count there, and what they counted comes up a second time.
    pub fn leave_in_move(&mut self, tab: usize) {
        // Nobody's tab: somebody else filled the store.
        let places = self.tabs.get(tab).map(|tab| tab.places);
        let Some(Places::Ladder { own: Some(_), granted: true, .. }) = places else { return };
        if !self.recorded.on || !self.luck.strikes(Fault::LeftInMove) {
            return;
        }
        self.counts.happened(Fault::LeftInMove);
        let mut rng = Seeded::named(self.plan.seed ^ self.now, "LeftInMove");
        if let Some(frame) = self.tabs[tab].in_use().map(|frame| frame.id) {
            self.reload_frame(tab, frame);
        }
        self.grant(tab, false);
        let life = self.tabs[tab].page.life;
        for _ in 0..3 {
            let due = self.now + rng.between(1, 3 * SECOND);
            self.queue.at(due, Happening::Staged { tab, life, rises: false });
        }
        let due = self.now + rng.between(3, 9) * SECOND;
        self.queue.at(due, Happening::Staged { tab, life, rises: true });
    }

    /// What was to come of that, if the page is still there, and nothing is healed yet.
    pub fn act_staged(&mut self, tab: usize, life: u64, rises: bool) {
        let page = &self.tabs[tab].page;
        if !self.luck.on || page.life != life || page.closed || self.tabs[tab].nap.is_some() {
            return;
        }
        if rises {
            return self.grant(tab, true);
        }
        let mut rng = Seeded::named(self.plan.seed ^ self.now, "Staged");
        let shown = page.shown.sessions.iter().map(|(session, _)| &session.id);
        for id in shown.take(3).cloned().collect::<Vec<_>>() {
            self.record_one(tab, &id, &mut rng);
        }
    }

    fn record_one(&mut self, tab: usize, id: &SessionId, rng: &mut Seeded) {
        let token = self.promise(tab, Kind::Record(id.clone()), Vec::new());
        let micros = rng.below(2_000_000);
        let host = ["", "me:secret@"][rng.below(2) as usize];
        let url = rng.chance(0.4).then(|| format!("https://{host}calls.example/{}?key=secret", token.0));
        self.trace.note(self.now, || format!("tab {tab}: {token:?} on {}: {micros} µs, {url:?}", id.as_str()));
        self.tabs[tab].page.requests.entry(id.clone()).or_default().records(micros);
        self.drive_page(tab, Input::Record { token, id: id.clone(), micros, url });
    }

    /// Somebody does not wait any more for the word on the last request.
    fn withdraw_request(&mut self, tab: usize) {
        let promises = self.tabs[tab].page.promises.iter();
        let open = promises.filter_map(|(token, it)| match &it.kind {
            Kind::Record(id) if it.settled.is_none() && !it.dropped => Some((token, id.clone())),
            _ => None,
        });
        let Some((token, id)) = open.last() else { return };
        self.tabs[tab].page.promises.withdraw(token);
        self.tabs[tab].page.requests.entry(id).or_default().dropped += 1;
        self.trace.note(self.now, || format!("tab {tab}: {token:?} is withdrawn"));
        self.drive_page(tab, Input::Withdraw(token));
    }

    /// A write that tells of requests leaves for the first time. False if it is no such write.
    pub fn requests_leave(&mut self, tab: usize, op: OpId, write: &Write) -> bool {
        let [Mutation::Count { id, tally, asks }] = write.mutations.as_slice() else { return false };
        let (at, accepted) = (self.now, self.accepted_of(tab, id));
        let ledger = self.tabs[tab].page.requests.entry(id.clone()).or_default();
        ledger.told.push(Told { op, count: tally.count, micros: tally.micros, asks: *asks, at });
        if let Some(why) = ledger.told_too_much(accepted) {
            self.violated(format!("tab {tab}: {why}: {write:?}"));
        }
        true
    }

    /// How many requests the questions of a page that were ever accepted told of.
    fn accepted_of(&self, tab: usize, id: &SessionId) -> u64 {
        self.tabs[tab].page.requests.get(id).map_or(0, |ledger| self.accepted_in(ledger))
    }

    fn accepted_in(&self, ledger: &Ledger) -> u64 {
        let accepted = |op| self.stores.iter().any(|store| store.history.was_accepted(op));
        ledger.told.iter().filter(|told| told.asks && accepted(told.op)).map(|told| told.count).sum()
    }

    /// A promise about a request is settled: the store counted it, or will, or something that happened explains why not.
    pub fn check_recorded(&mut self, tab: usize, token: Token, result: Result<(), Code>) {
        let Some(Kind::Record(id)) = self.tabs[tab].page.promises.kind(token) else { return };
        let accepted = self.accepted_of(tab, &id);
        let Some(ledger) = self.tabs[tab].page.requests.get_mut(&id) else { return };
        let Err(code) = result else {
            ledger.resolved += 1;
            ledger.last = self.now;
            if ledger.lets_through(accepted)
                && let Some(why) = self.let_wrongly(tab, &id)
            {
                self.violated(format!("tab {tab}: {token:?} on {}: {why}", id.as_str()));
            }
            return;
        };
        ledger.rejected += 1;
        let page = &self.tabs[tab].page;
        let Some(promise) = page.promises.get(token) else { return };
        let asked = page.requests[&id].told.iter().any(|told| told.asks);
        // Of what is refused alone no commit tells.
        let was = |is: fn(Option<&Rc<Session>>) -> bool| {
            let of = |history: &History| history.lately(LATELY).any(|state| is(state.sessions.get(&id)));
            asked && self.stores.iter().any(|store| of(&store.history))
        };
        let lost = self.tabs[tab].moves > promise.moves || self.losses() > promise.losses;
        let explained = match code {
            Code::Closed => page.promises.closing(),
            Code::Forbidden => !self.tabs[tab].may_write,
            Code::StorageFull | Code::StorageFailed | Code::StorageDenied => {
                self.stores.iter().any(|store| store.last_refusal.is_some())
            }
            Code::NotFound => {
                // It may have waited for long: one that was added since it was made is not the one that was meant.
                let missed =
                    |told: &Told| told.asks && self.sent.get(&told.op).is_some_and(|it| self.is_newer(&id, it.base));
                lost || was(|session| session.is_none()) || page.requests[&id].told.iter().any(missed)
            }
            Code::Conflict => lost || page.requests[&id].told.iter().any(|told| told.asks && self.is_off(tab, told.op)),
            Code::Expired => was(|session| session.is_some_and(|it| it.lifetime.expires_at.is_some())),
            Code::LimitExceeded => {
                // Another limit of the same commit may have come after it.
                let refused = |told: &Told| self.stores.iter().any(|store| store.history.was_refused(told.op, code));
                was(|session| session.is_some_and(|it| is_full(it))) || page.requests[&id].told.iter().any(refused)
            }
            _ => false,
        };
        if !explained {
            self.violated(format!("tab {tab}: {token:?} on {} is rejected with {code}", id.as_str()));
        }
    }

    /// Whether this session was added after this state of its store.
    fn is_newer(&self, id: &SessionId, base: Version) -> bool {
        let added = |history: &History| history.now().lives.get(id).is_some_and(|life| life.created > base.seq);
        self.stores.iter().any(|store| added(&store.history))
    }

    /// Whether this write was made on no state of the store, or on one from before what is remembered.
    fn is_off(&self, tab: usize, op: OpId) -> bool {
        let home = &self.stores[self.tabs[tab].home].history;
        let stands = self.sent.get(&op).is_none_or(|write| home.stands_on(write.base, &home.now()));
        !stands || self.stores.iter().any(|store| store.history.was_out_of_reach(op))
    }

    /// Why a page may not let a request through by itself now.
    fn let_wrongly(&self, tab: usize, id: &SessionId) -> Option<String> {
        let page = &self.tabs[tab].page;
        let ledger = &page.requests[id];
        let counted = |told: &&Told| self.stores.iter().any(|store| store.history.was_accepted(told.op));
        let asked = ledger.told.iter().filter(|told| told.asks).filter(counted).map(|told| told.at).max();
        if asked.is_none_or(|at| self.now > at + INTERVAL) {
            return Some(format!("let through, and the last question was at {asked:?}"));
        }
        let state = self.state_of(tab, page.manager.held())?;
        let Some(session) = state.sessions.get(id) else { return Some(String::from("let through on no session")) };
        let Requests { count, limit, .. } = session.requests;
        let held = ledger.held();
        let over = limit.is_some_and(|limit| count + held > limit);
        over.then(|| format!("let through beyond the limit, with {held} that are not told of: {session:?}"))
    }

    /// A page's life is over.
    pub fn end_ledgers(&mut self, tab: usize) {
        self.recorded.gone.push(std::mem::take(&mut self.tabs[tab].page.requests));
    }

    /// Why a page has not told of all that it let through.
    pub fn holds_requests(&self, tab: usize) -> Option<String> {
        let holds = |ledger: &Ledger| {
            // Where some were taken back nobody knows whether others are held, but for how long.
            let soon = self.now < ledger.last + INTERVAL + SECOND;
            // What was told of shows nowhere as a write that waits. What is refused without a commit, no store knows.
            let decided = |told: &Told| self.stores.iter().any(|store| store.history.was_decided(told.op));
            let moves = ledger.told.iter().any(|told| !decided(told) && self.now < told.at + INTERVAL);
            moves || ledger.held() > 0 || soon && ledger.may_hold(self.accepted_in(ledger))
        };
        let (id, ledger) = self.tabs[tab].page.requests.iter().find(|(_, ledger)| holds(ledger))?;
        Some(format!("tab {tab} holds {} requests on {}", ledger.held(), id.as_str()))
    }

    /// What a commit that took effect does to requests.
    pub fn check_counted(&mut self, store: usize, before: &State, commit: &StoreCommit) {
        if let Err(why) = self.judge_counted(store, before, commit) {
            self.violated(format!("store {store}, commit {}: {why}", commit.version.seq));
        }
    }

    fn judge_counted(&mut self, store: usize, before: &State, commit: &StoreCommit) -> Result<(), String> {
        self.recorded.began_anew.extend(observe::removed(&commit.deletes));
        if let Some((key, value)) = commit.puts.iter().find(|(_, value)| value.contains(SECRET)) {
            return Err(format!("keeps what is secret of an address: {key} {value}"));
        }
        let history = &self.stores[store].history;
        let after = history.now();
        for session in observe::sessions(&commit.puts)? {
            let most = after.lives.get(&session.id).map_or(0, |life| life.counted.most());
            if session.requests.count > most && self.hostile.is_none() {
                return Err(format!("counts some requests twice, {most} were told of: {session:?}"));
            }
            let Some(known) = before.sessions.get(&session.id) else { continue };
            let times = |it: &Session| (it.created_at, it.last_active_at, it.lifetime);
            let is_same = known.version == session.version && known.user_id == session.user_id;
            let moved = observe::absorbed(&commit.puts)?.is_some();
            if is_same && !self.mortal && !moved && times(known) != times(&session) {
                return Err(format!("a count changed when it was used: {known:?}, {session:?}"));
            }
        }
        let seq = commit.version.seq;
        let here = |outcome| history.decided_at(seq, outcome).collect::<Vec<_>>();
        let mut configured = BTreeSet::new();
        for op in here(Outcome::Accepted(seq)) {
            let Some(write) = self.sent.get(&op) else { continue };
            for mutation in &write.mutations {
                if mutation.removes() {
                    self.recorded.began_anew.extend(mutation.id().cloned());
                }
                if !matches!(mutation, Mutation::Count { .. }) {
                    configured.extend(mutation.id());
                }
                let Some(terms) = mutation.terms().filter(|terms| terms.limit.is_some() || terms.resets) else {
                    continue;
                };
                if terms.resets {
                    self.recorded.began_anew.extend(mutation.id().cloned());
                }
                let origin = self.origins.get(&op.client);
                if self.tabs.iter().any(|tab| Some(&tab.origin) == origin && !tab.read.requests) {
                    return Err(format!("{op:?} was accepted of a site that may not see requests: {write:?}"));
                }
            }
        }
        for op in here(Outcome::Refused(Code::LimitExceeded)) {
            let Some([Mutation::Count { id, asks, .. }]) = self.sent.get(&op).map(|it| it.mutations.as_slice()) else {
                continue;
            };
            // What another store had refused, this one takes over.
            let of_another =
                |(other, it): (usize, &Store)| other != store && it.history.was_refused(op, Code::LimitExceeded);
            if self.stores.iter().enumerate().any(of_another) {
                continue;
            }
            let full = |state: &State| state.sessions.get(id).is_some_and(|session| is_full(session));
            // Another limit, or another session, of the same commit may have come after it.
            if !asks || !configured.contains(id) && !full(before) && !full(&after) {
                return Err(format!("{op:?} was refused, and there was room on {}", id.as_str()));
            }
        }
        Ok(())
    }

    /// No byte tells of an address to a site that may not see it, and none of its query to any.
    pub fn check_addresses(&mut self, tab: usize, bytes: &[u8]) {
        let tells = |part: &[u8]| bytes.windows(part.len()).any(|it| it == part);
        if self.recorded.on && (tells(SECRET.as_bytes()) || !self.tabs[tab].read.requests && tells(ADDRESS)) {
            self.violated(format!("tab {tab}: was told of an address: {:?}", String::from_utf8_lossy(bytes)));
        }
    }

    /// Once all is at rest, each request that was let through counts, once, wherever nothing took that away.
    pub fn check_all_counted(&mut self) {
        let pages = || self.tabs.iter().map(|tab| &tab.page.requests);
        let mut wrong = Vec::new();
        if self.losses() == 0 && self.one_store && self.hostile.is_none() {
            for (number, ledgers) in pages().enumerate() {
                let short = |ledger: &Ledger| ledger.settled_short(self.accepted_in(ledger));
                let found = ledgers.iter().find_map(|(id, ledger)| Some((id, short(ledger)?)));
                wrong.extend(found.map(|(id, why)| format!("tab {number}, on {}: {why}", id.as_str())));
            }
            let refused = |ledger: &Ledger| {
                let accepted = |op| self.stores[0].history.was_accepted(op);
                ledger.told.iter().any(|told| !told.asks && !accepted(told.op))
            };
            for (id, session) in &self.stores[0].history.now().sessions {
                let of = |ledgers: &BTreeMap<SessionId, Ledger>| ledgers.get(id).cloned().unwrap_or_default();
                let live: Vec<Ledger> = pages().map(of).collect();
                let gone: Vec<Ledger> = self.recorded.gone.iter().map(of).collect();
                let recorded: u64 = live.iter().chain(&gone).map(|ledger| ledger.recorded).sum();
                let resolved: u64 = live.iter().map(|ledger| ledger.resolved).sum();
                let count = session.requests.count;
                let kept = !self.recorded.began_anew.contains(id) && !live.iter().any(refused);
                if count > recorded || kept && count < resolved {
                    wrong.push(format!("{resolved} of {recorded} requests are to count: {session:?}"));
                }
            }
        }
        wrong.into_iter().for_each(|why| self.violated(why));
    }
}
