//! Sessions that are put: in some runs pages put one for each of a few users, and go on with it by the name that they gave it, before
//! they know which session that is. These users have no session but those. What may become of it is judged by rules written here
//! anew.

use std::collections::{BTreeMap, BTreeSet};

use session_bridge::error::Code;
use session_bridge::manager::{Failure, Input, Operation, Settled, Snapshot, Token};
use session_bridge::session::{Json, Mutation, OpId, Outcome, Session, SessionId, Terms, Write};
use session_bridge::storage::StoreCommit;

use crate::fence::{Fences, Removers};
use crate::moves::Base;
use crate::observe;
use crate::promises::{Kind, Promise};
use crate::rng::Seeded;
use crate::state::{Gone, State};
use crate::world::World;

/// Among so many states one explains a refusal.
const LATELY: usize = 100;

/// Whether sessions are put in the run of this seed.
pub fn are_put(seed: u64) -> bool {
    Seeded::named(seed, "puts").chance(0.25)
}

/// Whether its user has only sessions that were put.
fn is_put(session: &Session) -> bool {
    session.user_id.starts_with("user-put-")
}

/// Whether it is what a page gave as a name to what it put, in a run with sessions that end.
pub fn is_brief(id: &SessionId) -> bool {
    id.as_str().starts_with("brief-put-")
}

fn is_name(id: &SessionId) -> bool {
    is_brief(id) || id.as_str().starts_with("put-")
}

/// Whether this name may stand for that session: any that was put, where it was refused.
pub fn is_for(names: &BTreeMap<SessionId, Vec<SessionId>>, name: &SessionId, id: &SessionId) -> bool {
    names.get(name).is_some_and(|known| known.contains(id) || known.is_empty() && is_name(id))
}

/// The session that a promise is about, as its page called it.
fn about(promise: &Promise) -> Option<&SessionId> {
    match &promise.kind {
        Kind::Function(id, _) => Some(id),
        _ => promise.mutations.first().and_then(Mutation::id),
    }
}

/// What the names of one page stand for.
#[derive(Clone, Default)]
pub struct Names {
    meant: BTreeMap<SessionId, SessionId>,
    /// Those whose put was refused: nobody knows what they stood for then.
    unsure: BTreeSet<SessionId>,
}

impl Names {
    pub fn names(&mut self, id: &SessionId, known: SessionId) {
        self.meant.insert(id.clone(), known);
    }

    pub fn meant(&self, id: &SessionId) -> Option<&SessionId> {
        self.meant.get(id)
    }

    /// Nothing shows any more as pending of this promise. What was put is this session from now on.
    pub fn settled(&mut self, promise: &Promise, put_as: Option<SessionId>) {
        let Some(id) = promise.put().and_then(Mutation::id) else { return };
        match put_as {
            Some(known) => self.names(id, known),
            None => _ = self.unsure.insert(id.clone()),
        }
    }

    /// Whether nobody knows which session this is about.
    pub fn is_unsure(&self, promise: &Promise) -> bool {
        let ids = promise.mutations.iter().filter_map(Mutation::id).chain(about(promise));
        ids.into_iter().any(|id| self.unsure.contains(id))
    }
}

/// The sessions that may show otherwise by a promise of which nobody knows whether it shows, or where: of one about what was put, all
/// that were.
pub fn all_of(promise: &Promise, shown: &Snapshot, state: &State) -> Vec<SessionId> {
    let mut ids = promise.mutations.iter().filter_map(Mutation::id).chain(about(promise));
    if !ids.any(is_name) {
        return Vec::new();
    }
    let shown = shown.sessions.iter().map(|(session, _)| session);
    let all = shown.chain(state.sessions.values()).filter(|session| is_put(session) || is_name(&session.id));
    all.map(|session| session.id.clone()).collect()
}

/// A page shows one session of a user whose sessions are put, unless its store holds more.
pub fn shows_one(shown: &Snapshot, state: &State) -> Result<(), String> {
    let mut once = BTreeSet::new();
    let all = shown.sessions.iter().map(|(session, _)| session).filter(|session| is_put(session));
    let twice: Vec<_> = all.filter(|session| !once.insert(&session.user_id)).collect();
    let has = |user_id: &str| state.sessions.values().filter(|session| session.user_id == user_id).count();
    let wrong = twice.into_iter().find(|session| has(&session.user_id) < 2);
    wrong.map_or(Ok(()), |session| Err(format!("shows two sessions of {}: {shown:?}", session.user_id)))
}

impl State {
    /// A user who has two sessions, of those who may have one. Two stores may have one each, and then one takes in the other.
    pub fn doubled(&self) -> Option<String> {
        let mut once = BTreeSet::new();
        let mut all = self.sessions.values().filter(|session| is_put(session) && self.absorbed.is_empty());
        let twice = all.find(|session| !once.insert(&session.user_id))?;
        Some(format!("{} has two sessions", twice.user_id))
    }

    /// The session of this user that a put is about: the active one, else the newest.
    pub fn session_of(&self, user_id: &str) -> Option<&Session> {
        let theirs = || self.sessions.values().map(|session| &**session).filter(|session| session.user_id == user_id);
        let active = theirs().find(|session| self.active.as_ref() == Some(&session.id));
        active.or_else(|| theirs().max_by_key(|session| (session.created_at, &session.id)))
    }

    /// Whether this may be put for this user.
    pub fn may_put(
        &self,
        op: OpId,
        base: Base,
        (id, user_id): (&SessionId, &str),
        removers: &Removers,
    ) -> Result<(), String> {
        if let Some(gone) = self.removed_of(user_id, base).find(|gone| !gone.is_own(op, false)) {
            return Err(format!("put from base {base:?}, before the sign-out {gone:?}"));
        }
        match self.session_of(user_id) {
            Some(known) if known.id == *id => Ok(()),
            Some(known) => Err(format!("put as {}, and the user has {known:?}", id.as_str())),
            None => self.may_add(op, base, id, removers),
        }
    }

    /// Whether a put that a commit to this state accepted came past a sign-out that was before it, whoever made it.
    pub fn put_passed(&self, op: OpId, mutation: &Mutation, base: Base) -> Result<(), String> {
        let Mutation::Upsert { user_id, .. } = mutation else { return Ok(()) };
        let Some(gone) = self.removed_of(user_id, base).find(|gone| !gone.is_own(op, false)) else { return Ok(()) };
        Err(format!("came past the sign-out {gone:?} from base {base:?}"))
    }

    /// Whether others may have signed this user out since this base, or in the commit that refused this put.
    pub fn may_be_signed_out(&self, user_id: &str, op: OpId, base: Base, fences: &Fences) -> bool {
        let too = self.removers_of(user_id, &fences.all).any(|by| !Gone::of(0, &[by]).is_own(op, true));
        too || self.removed_of(user_id, base).any(|gone| !gone.is_own(op, true))
    }

    /// The removals of this user's sessions that were not known at this base.
    fn removed_of(&self, user_id: &str, base: Base) -> impl Iterator<Item = &Gone> {
        self.signed_out.get(user_id).into_iter().flatten().filter(move |gone| !base.knew_removal(gone.seq))
    }

    /// The writes of a commit to this state that were to remove a session of this user.
    fn removers_of(&self, user_id: &str, all: &Removers) -> impl Iterator<Item = OpId> {
        let theirs = move |id: &SessionId| self.sessions.get(id).is_some_and(|session| session.user_id == user_id);
        all.iter().filter(move |(id, _)| theirs(id)).flat_map(|(_, by)| by.iter().copied())
    }

    /// A put loses only where its user has another session.
    pub fn contended_rightly(&self, write: &Write, outcome: Outcome) -> Result<(), String> {
        let [Mutation::Upsert { id, user_id, .. }] = write.mutations.as_slice() else { return Ok(()) };
        let other = self.sessions.values().any(|session| session.user_id == *user_id && session.id != *id);
        if other || outcome != Outcome::Contended {
            return Ok(());
        }
        Err(format!("lost, though the user has no other session: {:?}", self.session_of(user_id)))
    }

    /// The users whom this commit signed out are those whom it stores.
    pub fn signs_out(&self, commit: &StoreCommit) -> Result<(), String> {
        let stored: BTreeSet<String> = observe::users(commit.puts.iter().map(|(key, _)| key)).into_iter().collect();
        let is_by_it = |gone: &Vec<Gone>| gone.last().is_some_and(|gone| gone.seq == commit.version.seq);
        let by_it = self.signed_out.iter().filter(|(_, gone)| is_by_it(gone));
        let expected: BTreeSet<String> = by_it.map(|(user_id, _)| user_id.clone()).collect();
        if stored == expected { Ok(()) } else { Err(format!("signs out {stored:?}, expected {expected:?}")) }
    }

    /// Commit `at` took in another store: what was signed out there since the time before, by `is_news`, comes last.
    pub fn signed_out_below(&mut self, lower: &Self, at: u64, is_news: impl Fn(u64) -> bool) {
        for (user_id, all) in &lower.signed_out {
            let news = all.iter().filter(|gone| is_news(gone.seq)).map(|gone| Gone::of(at, &gone.by));
            let news: Vec<Gone> = news.collect();
            if news.is_empty() {
                continue;
            }
            let known = self.signed_out.entry(user_id.clone()).or_default();
            // Of what was removed below, the last removal of anybody but the last one's author is remembered only where none was above.
            let kept = if known.is_empty() { 0 } else { news.len() - 1 };
            known.extend(news.into_iter().skip(kept));
        }
    }
}

impl World {
    /// What users do with sessions that are put. It draws from a stream of its own, so that it moves nothing else.
    pub fn put_sessions(&mut self, step: u64) {
        if !are_put(self.plan.seed) {
            return;
        }
        let mut rng = Seeded::of_step(self.plan.seed ^ 0x5055_5453, step);
        for _ in 0..rng.between(1, 2) {
            let tab = rng.below(self.tabs.len() as u64) as usize;
            let user_id = format!("user-put-{}", rng.below(2));
            let does = rng.below(10);
            if self.tabs[tab].page.closed || self.tabs[tab].nap.is_some() || !self.tabs[tab].read.is_all() {
                continue;
            }
            match does {
                0..3 => self.put_one(tab, user_id, &mut rng),
                3 => {
                    let mut shown = self.tabs[tab].page.shown.sessions.iter().map(|(session, _)| session);
                    if let Some(id) = shown.find(|session| session.user_id == user_id).map(|it| it.id.clone()) {
                        self.write(tab, Operation::Remove, vec![Mutation::Remove { id, if_version: None }]);
                    }
                }
                _ => {}
            }
        }
    }

    fn put_one(&mut self, tab: usize, user_id: String, rng: &mut Seeded) {
        let number = self.users.next_number();
        let kind = if self.mortal { "brief-put" } else { "put" };
        let id = SessionId::try_from(format!("{kind}-{number}")).expect("a good id");
        let data = Json::try_from(format!("{{\"n\":0,\"put\":{number}}}")).expect("good JSON");
        let ttl = rng.chance(0.5).then(|| rng.chance(0.8).then(|| rng.between(60_000, 180_000)));
        let terms = Terms { ttl: ttl.filter(|_| self.mortal), ..Terms::default() };
        self.write(tab, Operation::Put, vec![Mutation::Upsert { id: id.clone(), user_id, data, terms }]);
        if rng.chance(0.5) {
            (0..rng.between(1, 3)).for_each(|_| self.go_on(tab, &id, rng));
        }
    }

    /// Goes on with what was just put, by the name that it has on its page.
    fn go_on(&mut self, tab: usize, id: &SessionId, rng: &mut Seeded) {
        let id = id.clone();
        match rng.below(8) {
            0 => self.write(tab, Operation::Remove, vec![Mutation::Remove { id, if_version: None }]),
            1 | 2 => self.write(tab, Operation::Activate, vec![Mutation::Activate(Some(id))]),
            3 | 4 => {
                let patch = format!("{{\"then\":{}}}", self.users.next_number());
                let patch = Json::try_from(patch).expect("good JSON");
                self.write(tab, Operation::Update, vec![Mutation::Update { id, patch, if_version: None }]);
            }
            5 | 6 => {
                let token = self.promise(tab, Kind::Function(id.clone(), None), Vec::new());
                self.trace.note(self.now, || format!("tab {tab}: {token:?} counts up {}", id.as_str()));
                self.drive_page(tab, Input::Function { token, id, if_version: None, replace: false });
            }
            // Where nothing ends, nothing is used: that is another rule.
            _ if !self.mortal => {}
            _ => {
                let token = self.promise(tab, Kind::Chore, Vec::new());
                self.trace.note(self.now, || format!("tab {tab}: {token:?} uses {}", id.as_str()));
                self.drive_page(tab, Input::Touch { token, id });
            }
        }
    }

    /// Under what numbers a promise went.
    fn ops<'a>(&self, tab: usize, promise: &'a Promise) -> impl Iterator<Item = OpId> + use<'a> {
        let client = self.tabs[tab].page.client;
        promise.numbers.iter().filter_map(move |n| Some(OpId { client: client?, n: *n }))
    }

    /// As which sessions stores accepted what was put.
    fn accepted_as(&self, tab: usize, promise: &Promise) -> Vec<SessionId> {
        let accepted = |op: &OpId| self.stores.iter().any(|store| store.history.was_accepted(*op));
        let sent = |op: OpId| self.sent.get(&op)?.mutations.first()?.id().cloned();
        self.ops(tab, promise).filter(accepted).filter_map(sent).collect()
    }

    /// Which session something is that was put, unless it was refused or taken back.
    pub fn put_as(&self, tab: usize, promise: &Promise) -> Option<SessionId> {
        let is_put = !promise.dropped && promise.put().is_some() && !matches!(promise.settled, Some(Err(_)));
        if is_put { self.accepted_as(tab, promise).pop() } else { None }
    }

    /// What the names of a page stand for, where that is known.
    pub fn names_of(&self, tab: usize) -> BTreeMap<SessionId, Vec<SessionId>> {
        let promises = &self.tabs[tab].page.promises;
        let puts = promises.iter().filter(|_| !promises.puts.is_empty()).map(|(_, it)| it);
        let puts = puts.filter(|it| it.settled.is_some() || it.dropped);
        let named = puts.filter_map(|it| Some((it.put()?.id()?.clone(), it)));
        let is_there = |it: &Promise| it.settled == Some(Ok(()));
        named.map(|(id, it)| (id, if is_there(it) { self.accepted_as(tab, it) } else { Vec::new() })).collect()
    }

    /// Under which numbers something was put that lost against somebody else.
    pub fn lost_of(&self, tab: usize) -> BTreeSet<u64> {
        let page = &self.tabs[tab].page;
        let puts = page.promises.iter().filter(|_| !page.promises.puts.is_empty()).filter(|(_, it)| it.put().is_some());
        let lost = |op: &OpId| {
            let mut known = self.stores.iter().filter_map(|store| store.history.decided.get(op)).flatten();
            page.contended.contains(&op.n) || known.any(|it| it.outcome == Outcome::Contended)
        };
        puts.flat_map(|(_, it)| self.ops(tab, it)).filter(lost).map(|op| op.n).collect()
    }

    /// What was put under this name.
    fn named(&self, tab: usize, id: &SessionId) -> Option<&Promise> {
        let page = &self.tabs[tab].page;
        let is_it = |it: &&Promise| it.put().and_then(Mutation::id) == Some(id);
        page.promises.puts.get(id).and_then(|_| page.promises.iter().map(|(_, it)| it).find(is_it))
    }

    /// A write leaves that a promise stands for. What was put goes again only after it lost, made on what it was made on. What was done to
    /// it by its name goes to the session that it is, once that is known.
    pub fn check_meant(&mut self, tab: usize, token: Token, write: &Write) {
        let Some(promise) = self.tabs[tab].page.promises.get(token) else { return };
        let why =
            if promise.put().is_some() { self.put_wrongly(tab, promise) } else { self.misses(tab, promise, write) };
        if let Some(why) = why {
            self.violated(format!("tab {tab}: {token:?} {why}: {write:?}"));
        }
    }

    fn put_wrongly(&self, tab: usize, promise: &Promise) -> Option<String> {
        let bases: BTreeSet<_> =
            self.ops(tab, promise).filter_map(|op| self.sent.get(&op)).map(|it| it.base.seq).collect();
        (bases.len() > 1).then(|| format!("is put again from another base: {bases:?}"))
    }

    fn misses(&self, tab: usize, promise: &Promise, write: &Write) -> Option<String> {
        let put = about(promise).and_then(|id| self.named(tab, id))?;
        // An older service is sent what it does not know as a write of nothing.
        let is_known = !write.mutations.is_empty();
        if !is_known || put.dropped || matches!(put.settled, Some(Err(_))) || self.is_lost(tab, put) {
            return None;
        }
        let (accepted, sent) = (self.accepted_as(tab, put), write.mutations.first().and_then(Mutation::id));
        if put.settled.is_none() {
            return Some(String::from("goes before what was put is settled"));
        }
        let is_it = sent.is_some_and(|id| accepted.contains(id));
        (!is_it).then(|| format!("goes elsewhere than what was put: {accepted:?}"))
    }

    /// Whether a store lost what it had since this was made, or the page's service went to another one.
    fn is_lost(&self, tab: usize, promise: &Promise) -> bool {
        self.tabs[tab].moves > promise.moves || self.losses() > promise.losses
    }

    /// A promise of what was put gives the session that a store accepted it as.
    pub fn check_put(&mut self, tab: usize, token: Token, result: &Result<Settled, Failure>) {
        let Some(promise) = self.tabs[tab].page.promises.get(token).filter(|it| it.put().is_some()) else { return };
        let Ok(settled) = result else { return };
        let accepted = self.accepted_as(tab, promise);
        let is_it = |id: &SessionId| accepted.contains(id);
        if !matches!(settled, Settled::Written(Some(session)) if is_it(&session.id)) {
            self.violated(format!("tab {tab}: {token:?} was put as {accepted:?}, and gives {settled:?}"));
        }
    }

    /// Whether a store refused a put for a sign-out, or has one that it may have been refused for.
    pub fn was_refused(&self, tab: usize, promise: &Promise, code: Code) -> bool {
        let user_id = promise.put().and_then(Mutation::user_id).unwrap_or_default();
        self.ops(tab, promise).any(|op| {
            let base = self.sent.get(&op).map(|write| write.base);
            self.stores.iter().any(|store| {
                let epoch = store.history.head().map_or(0, |head| head.epoch);
                let fenced = |state: &State| {
                    let base = base.and_then(|base| state.base(base, epoch));
                    let all = state.signed_out.get(user_id).into_iter().flatten();
                    let mut unknown = all.filter(|gone| base.is_none_or(|it| !it.knew_removal(gone.seq)));
                    unknown.any(|gone| !gone.is_own(op, true))
                };
                store.history.was_refused(op, code) || store.history.lately(LATELY).any(|state| fenced(state))
            })
        })
    }

    /// Whether the session that this was to be done to may be gone: always, but for what its page has just put.
    pub fn may_be_gone(&self, tab: usize, promise: &Promise) -> bool {
        let Some(id) = about(promise) else { return true };
        let Some(put) = self.named(tab, id) else { return true };
        if put.dropped || matches!(put.settled, Some(Err(_))) || self.is_lost(tab, put) {
            return true;
        }
        let accepted = self.accepted_as(tab, put);
        let all = self.stores.iter().map(|store| store.history.now());
        let theirs = put.put().and_then(Mutation::user_id);
        let anew = |it: &Session| Some(it.user_id.as_str()) != theirs;
        let gone = |state: &State| {
            let is_gone = |id: &SessionId| {
                let again = state.sessions.get(id).is_some_and(|session| anew(session));
                again || state.gone.contains_key(id) || state.forgotten.contains(id) || state.cleaned.contains(id)
            };
            accepted.iter().any(is_gone)
        };
        // Or its page was to remove it.
        let removes = |it: &Mutation| it.removes() && it.id().is_some_and(is_name);
        let removed = self.tabs[tab].page.promises.iter().any(|(_, it)| it.mutations.iter().any(removes));
        removed || all.into_iter().any(|state| gone(&state))
    }
}
