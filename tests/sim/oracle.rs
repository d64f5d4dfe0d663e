//! What must hold at every step and at the end, whatever went wrong. Each rule is one function.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use session_bridge::error::Code;
use session_bridge::manager::{Reason, Snapshot, Status, Token};
use session_bridge::session::{Mutation, OpId, Outcome, Session, SessionId, Version};

use crate::history::History;
use crate::laid::Laid;
use crate::lifetimes::same_version;
use crate::model::mutate;
use crate::promises::{Kind, Promise};
use crate::state::State;
use crate::store::Store;
use crate::world::World;

/// In all that the narrow sites may not see.
const SECRETS: [&[u8]; 4] = [b"user-", b"\"token\"", b"\"padding\"", b"name-"];

impl World {
    /// The store that had this version, most likely the page's home.
    fn history_of(&self, tab: usize, version: Option<Version>) -> Option<&History> {
        let (version, home) = (version?, &self.stores[self.tabs[tab].home].history);
        let had = |history: &&History| history.at(version).is_some();
        Some(home).filter(had).or_else(|| self.stores.iter().map(|store| &store.history).find(had))
    }

    /// How often stores lost what they had.
    pub fn losses(&self) -> u64 {
        self.stores.iter().map(|store| store.history.losses).sum()
    }

    /// What the page's site may see of the store as it was at this version.
    pub fn state_of(&self, tab: usize, version: Option<Version>) -> Option<Rc<State>> {
        match version {
            None => Some(Rc::default()),
            Some(version) => self.history_of(tab, Some(version))?.part(version, &self.tabs[tab].read),
        }
    }

    /// Whether what a page holds already contains what became of this write, so that it shows it no longer as pending.
    fn is_contained(&self, tab: usize, promise: &Promise, held: Option<Version>) -> bool {
        let page = &self.tabs[tab].page;
        let (Some(client), Some(n), Some(held)) = (page.client, promise.numbers.last(), held) else { return false };
        let Some(history) = self.history_of(tab, Some(held)) else { return false };
        // The page was told that it lost, so it comes again under another number: whatever a store says of this one since.
        if page.contended.contains(n) {
            return false;
        }
        let op = OpId { client, n: *n };
        if let Some(outcome) = history.outcome_by(op, held) {
            // One that lost against somebody else comes again under another number.
            return outcome != Outcome::Contended;
        }
        // It was accepted in a history that the store lost, or the page is shown one: there is nothing to wait for.
        let still = matches!(history.outcome(op), Some(Outcome::Accepted(_))) && history.is_of_now(held);
        promise.settled == Some(Ok(())) && !still
    }

    /// A page shows the store as it was at the version that the page holds, and its own pending writes over that.
    pub fn check_shown(&mut self, tab: usize, shown: &Snapshot) {
        let promises = self.tabs[tab].page.promises.iter();
        let known = |(_, it): &(Token, &Promise)| it.settled == Some(Ok(())) && !it.released;
        let released = promises.filter(known).filter(|(_, it)| self.is_contained(tab, it, shown.version));
        let released: Vec<Token> = released.map(|(token, _)| token).collect();
        self.tabs[tab].page.promises.release(&released);
        if let Err(why) = self.judge_shown(tab, shown) {
            self.violated(format!("tab {tab}, at {:?}: {why}", shown.version));
        }
    }

    fn judge_shown(&self, tab: usize, shown: &Snapshot) -> Result<(), String> {
        let ordered = |a: &Session, b: &Session| (a.created_at, &a.id) < (b.created_at, &b.id);
        let sorted = shown.sessions.is_sorted_by(|(a, _), (b, _)| ordered(a, b));
        if !sorted {
            return Err(String::from("sessions are out of order"));
        }
        if shown.reason == Some(Reason::Withheld) {
            let empty = shown.sessions.is_empty() && shown.active.is_none();
            return if empty { Ok(()) } else { Err(String::from("withheld, and yet it shows something")) };
        }
        if shown.complete {
            let Some(state) = self.state_of(tab, shown.version) else {
                return Err(String::from("no store was ever there"));
            };
            return self.judge_over(tab, shown, &state);
        }
        // Of the very first snapshot so much has arrived as is in order, by id. It is of the version that it is a snapshot of.
        let arriving = self.tabs[tab].page.manager.arriving();
        let Some(whole) = self.state_of(tab, arriving).filter(|_| arriving.is_some() && shown.version.is_none()) else {
            return Err(format!("it is not complete, and what arrives is at {arriving:?}"));
        };
        let mut part = State { active: None, ..State::clone(&whole) };
        part.sessions.clear();
        let mut why = Err(String::from("it is not complete, and nothing is to arrive"));
        for (id, session) in &whole.sessions {
            part.sessions.insert(id.clone(), Rc::clone(session));
            why = self.judge_over(tab, shown, &part);
            if why.is_ok() {
                break;
            }
        }
        why
    }

    /// What shows is this state, and the page's own pending writes over it.
    fn judge_over(&self, tab: usize, shown: &Snapshot, state: &State) -> Result<(), String> {
        let active = state.active.clone();
        let mut laid = Laid { below: &state.sessions, active, touched: BTreeMap::new() };
        let mut uncertain = BTreeSet::new();
        // Sessions of which nobody knows what shows, and whether one of them may be the active one.
        let (mut brief, mut chooses) = (BTreeSet::new(), false);
        for (_, promise) in self.tabs[tab].page.promises.iter() {
            let over = promise.dropped || matches!(promise.settled, Some(Err(_)));
            if over || promise.released || self.is_contained(tab, promise, shown.version) {
                continue;
            }
            let rolled_back = self.history_of(tab, shown.version).is_some_and(|history| history.rolled_back);
            let early = promise.numbers.last().is_some_and(|n| self.tabs[tab].page.told_early.contains(n));
            if promise.settled == Some(Ok(())) && (rolled_back || early) {
                // It was told of a commit that is lost, or of one in a store that it does not know yet, which no port does: it
                // keeps the order. What shows of that until all is known is anybody's guess.
                return Ok(());
            }
            match &promise.kind {
                // Whether it shows hangs on what the page knows of the authority's clock.
                Kind::Write if promise.mutations.iter().any(|it| is_of_brief(it) || rests_on(it, &brief)) => {
                    brief.extend(promise.mutations.iter().filter_map(Mutation::id).cloned());
                    chooses |= promise.mutations.iter().any(|mutation| matches!(mutation, Mutation::Activate(_)));
                }
                Kind::Write => {
                    // Several show whole or not at all. Where there is one, which is nearly always, a copy would be in vain.
                    let before = (promise.mutations.len() > 1).then(|| laid.clone());
                    let lays = |mutation: &Mutation| mutate(&mut laid, mutation, None).is_ok();
                    if let (false, Some(before)) = (promise.mutations.iter().all(lays), before) {
                        laid = before;
                    }
                }
                // When a function runs again it takes a new place among the pending writes.
                Kind::Function(id, _) => _ = uncertain.insert(id.clone()),
                Kind::Read | Kind::Ready | Kind::Chore | Kind::Record(_) | Kind::Close => {}
            }
        }
        for (session, pending) in shown.sessions.iter().filter(|(session, _)| !brief.contains(&session.id)) {
            let id = &session.id;
            let Some(expected) = laid.session(id) else {
                return Err(format!("shows what is not there: {session:?}"));
            };
            let touched = laid.touched.contains_key(id);
            let same = if touched { same_but_for_times(expected, session) } else { expected == session };
            if !uncertain.contains(id) && (!same || *pending != touched) {
                return Err(format!("shows {session:?} (pending: {pending}), expected {expected:?}"));
            }
        }
        // All that shows is there, and nothing shows twice: so what is missing shows in the number.
        let added = laid.touched.iter().filter(|(id, it)| it.is_some() && !laid.below.contains_key(*id)).count();
        let gone = laid.touched.iter().filter(|(id, it)| it.is_none() && laid.below.contains_key(*id)).count();
        if brief.is_empty() && shown.sessions.len() != laid.below.len() + added - gone {
            let shows: BTreeSet<_> = shown.sessions.iter().map(|(session, _)| &session.id).collect();
            let ids = laid.below.keys().chain(laid.touched.keys());
            let missing: Vec<_> = ids.filter(|id| !shows.contains(id)).filter_map(|id| laid.session(id)).collect();
            return Err(format!("does not show {missing:?}"));
        }
        let active = laid.active.clone().filter(|id| laid.session(id).is_some());
        if active != shown.active && !chooses && !active.iter().chain(&shown.active).any(|id| brief.contains(id)) {
            return Err(format!("shows {:?} as active, expected {active:?}", shown.active));
        }
        Ok(())
    }

    /// A browser draws anew the sessions that the page says it has touched: then what is drawn is what shows.
    pub fn check_drawn(&mut self, tab: usize, shown: &Snapshot) {
        let page = &mut self.tabs[tab].page;
        for id in page.manager.take_touched() {
            match page.manager.shown(&id) {
                Some(now) => drop(page.drawn.insert(id, now)),
                None => drop(page.drawn.remove(&id)),
            }
        }
        let by_id: BTreeMap<_, _> = shown.sessions.iter().map(|shown| (&shown.0.id, shown)).collect();
        let same = by_id.into_iter().eq(page.drawn.iter());
        if !same && shown.reason != Some(Reason::Withheld) {
            let why = format!("tab {tab}: shows {:?}, and {:?} is drawn", shown.sessions, page.drawn);
            self.violated(why);
        }
    }

    /// What events said so far is what the page holds. A first snapshot, and one of another history, is told by none.
    pub fn check_told(&mut self, tab: usize, held: Option<Version>) {
        let Some(state) = self.state_of(tab, held) else {
            return self.violated(format!("tab {tab}: holds a version {held:?} that no store ever had"));
        };
        let page = &mut self.tabs[tab].page;
        let same_history = page.known_version.map(|version| version.epoch) == held.map(|version| version.epoch);
        page.known_version = held;
        if !same_history {
            page.known.clone_from(&state.sessions);
        } else if !same_versions(&page.known, &state.sessions) {
            let why = format!("tab {tab}: events told {:?}, at {held:?} there is {:?}", page.known, state.sessions);
            self.violated(why);
        }
    }

    /// No byte that a site is sent tells of what it may not see.
    pub fn check_sent(&mut self, tab: usize, bytes: &[u8]) {
        self.check_addresses(tab, bytes);
        let tells = |secret: &[u8]| bytes.windows(secret.len()).any(|part| part == secret);
        if !self.tabs[tab].read.is_all() && SECRETS.into_iter().any(tells) {
            self.violated(format!("tab {tab}: was told what it may not see: {:?}", String::from_utf8_lossy(bytes)));
        }
    }

    /// A promise that resolves was kept by the store, and one that rejects was not.
    pub fn check_settled(&mut self, tab: usize, token: Token, result: Result<(), Code>) {
        let page = &self.tabs[tab].page;
        let Some(promise) = page.promises.get(token) else { return };
        if !matches!(promise.kind, Kind::Write | Kind::Function(..)) {
            return;
        }
        let home = &self.stores[self.tabs[tab].home].history;
        let ops: Vec<OpId> = page
            .client
            .into_iter()
            .flat_map(|client| promise.numbers.iter().map(move |n| OpId { client, n: *n }))
            .collect();
        let ever = ops.iter().any(|op| self.stores.iter().any(|store| store.history.was_accepted(*op)));
        let held = |store: &Store| {
            ops.iter().filter(|op| matches!(store.history.outcome(**op), Some(Outcome::Accepted(_)))).count()
        };
        let now = self.stores.iter().map(held).max().unwrap_or_default();
        // A store that was left may hold it: what is there is out of reach.
        let moved = result == Err(Code::Conflict) && self.tabs[tab].moves > promise.moves;
        let why = match result {
            Ok(()) if !ever || now > 1 => Some(format!("resolved, and the store holds it {now} times")),
            // Whoever closes does not wait for the word on what is under way.
            Err(code)
                if code != Code::Closed
                    && !moved
                    && ops.iter().any(|op| matches!(home.outcome(*op), Some(Outcome::Accepted(_)))) =>
            {
                Some(format!("rejected with {code}, and the store accepted it"))
            }
            Err(code) => self.unjustified(tab, promise, code),
            Ok(()) => None,
        };
        if let Some(why) = why {
            let promise = format!("{promise:?}");
            self.violated(format!("tab {tab}: {token:?} {promise} {why}"));
        }
    }

    /// Whether the state that the write was made on is part of the store's history, and was when the write was decided. A store
    /// that was out of reach may have been taken in since.
    fn stands_on_what_is(&self, tab: usize, promise: &Promise) -> bool {
        let page = &self.tabs[tab].page;
        let home = &self.stores[self.tabs[tab].home].history;
        let (Some(client), Some(n)) = (page.client, promise.numbers.last()) else { return true };
        let op = OpId { client, n: *n };
        let stands = self.sent.get(&op).is_none_or(|write| home.stands_on(write.base, &home.now()));
        stands && !self.stores.iter().any(|store| store.history.was_out_of_reach(op))
    }

    /// Whether nothing that happened explains this rejection.
    fn unjustified(&self, tab: usize, promise: &Promise, code: Code) -> Option<String> {
        let text = format!("{:?}", promise.mutations);
        let moved = self.tabs[tab].moves > promise.moves;
        let lost = moved || self.losses() > promise.losses || !self.stands_on_what_is(tab, promise);
        let last_refusal = self.stores.iter().filter_map(|store| store.last_refusal).max();
        let tab = &self.tabs[tab];
        let refused = last_refusal.is_some_and(|at| at + crate::world::PATIENCE >= promise.made);
        let adds = promise.mutations.iter().all(|mutation| matches!(mutation, Mutation::Add { .. }));
        let generated = adds && text.contains("made-") && !text.contains("again");
        let replaces = promise.mutations.iter().any(|mutation| matches!(mutation, Mutation::Replace { .. }));
        let insists = promise.mutations.iter().any(|mutation| mutation.if_version().is_some());
        let limits = promise.mutations.iter().filter_map(Mutation::terms).any(|it| it.limit.is_some() || it.resets);
        let explained = match code {
            Code::Closed => tab.page.promises.iter().any(|(_, it)| it.kind == Kind::Close),
            Code::Forbidden => !tab.may_write || !tab.read.is_all() || limits && !tab.read.requests,
            Code::LimitExceeded => text.contains("oversized"),
            Code::StorageFull => refused || text.contains("poison"),
            Code::StorageFailed | Code::StorageDenied => refused,
            Code::Conflict => lost || insists || !generated,
            Code::AlreadyExists => !generated || lost,
            Code::NotFound => !generated,
            Code::ProtocolMismatch => replaces,
            Code::Expired => self.mortal,
            _ => false,
        };
        (!explained).then(|| format!("rejected with {code}, and nothing explains it"))
    }

    /// Why a page has not come to rest yet.
    pub fn unrest(&self, tab: usize) -> Option<String> {
        let it = &self.tabs[tab];
        let history = &self.stores[it.home].history;
        if self.is_misplaced(tab) {
            return Some(format!("tab {tab} is at store {}, of {:?}", it.home, it.places));
        }
        // A page may not have noticed yet.
        if it.in_use().is_none_or(|frame| frame.service.is_none()) {
            return Some(format!("tab {tab} has no service"));
        }
        // It may take what is gone for alive until it asks.
        if it.page.welcomed_by != it.in_use().map(|frame| frame.id) || it.frames.len() != 1 {
            return Some(format!("tab {tab} was not welcomed by the service that it has"));
        }
        let shown = &it.page.shown;
        if shown.status != Status::Live || shown.reason.is_some() {
            return Some(format!("tab {tab} is {:?} ({:?})", shown.status, shown.reason));
        }
        if it.page.promises.closing() {
            return Some(format!("tab {tab} is closing"));
        }
        if let Some((token, promise)) = it.page.promises.first_open() {
            return Some(format!("tab {tab}: {token:?} is not settled: {promise:?}"));
        }
        if let Some(why) = self.holds_requests(tab) {
            return Some(why);
        }
        if shown.pending_writes > 0 {
            return Some(format!("tab {tab} has {} writes pending", shown.pending_writes));
        }
        if history.now().moving {
            return Some(format!("store {} is sealed", it.home));
        }
        if history.now().is_to_forget(&self.services.limits) {
            return Some(format!("store {} has more to remember than it is to", it.home));
        }
        if shown.version != history.head() {
            return Some(format!("tab {tab} is at {:?}, its store at {:?}", shown.version, history.head()));
        }
        None
    }

    /// What must be so once all is at rest: each page shows its store, each store holds what it promised.
    pub fn check_end(&mut self) {
        for tab in 0..self.tabs.len() {
            let shown = self.tabs[tab].page.manager.snapshot();
            self.check_shown(tab, &shown);
            self.check_drawn(tab, &shown);
            self.check_told(tab, shown.version);
        }
        self.check_all_counted();
        for store in 0..self.stores.len() {
            let history = &self.stores[store].history;
            let line = &history.line;
            let whole = line
                .iter()
                .enumerate()
                .all(|(count, version)| version.seq == line[0].seq + count as u64 && version.epoch == line[0].epoch);
            if !whole {
                self.violated(format!("store {store}: its versions have a hole: {line:?}"));
            } else if let Some(why) = history.miscounted() {
                self.violated(format!("store {store}: {why}"));
            }
        }
    }
}

/// What was used in between is not told by events.
fn same_versions(told: &BTreeMap<SessionId, Rc<Session>>, there: &BTreeMap<SessionId, Rc<Session>>) -> bool {
    told.keys().eq(there.keys()) && told.values().zip(there.values()).all(|(one, other)| same_version(one, other))
}

/// Whether it is about one of these.
fn rests_on(mutation: &Mutation, ids: &BTreeSet<SessionId>) -> bool {
    mutation.id().is_some_and(|id| ids.contains(id))
}

/// Whether it is about a session that ends.
fn is_of_brief(mutation: &Mutation) -> bool {
    mutation.id().is_some_and(|id| id.as_str().starts_with("brief-"))
}

fn same_but_for_times(a: &Session, b: &Session) -> bool {
    (&a.id, &a.user_id, &a.data) == (&b.id, &b.user_id, &b.data)
}
