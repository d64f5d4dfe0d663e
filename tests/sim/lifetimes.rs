//! Sessions that end: some runs have users who add such ones, use them, change how long they live and bring them back, while clocks
//! are set and devices sleep. What may become of that is judged by the time of whoever made a commit, by rules written here anew.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use session_bridge::ambient::UnixMillis;
use session_bridge::error::Code;
use session_bridge::machine::Machine;
use session_bridge::manager::{Input, Operation};
use session_bridge::session::{
    Json, Lifetime, Mutation, OpId, Outcome, Requests, Session, SessionId, Terms, Version, Write,
};
use session_bridge::storage::{Operation as StoreOperation, StoreCommit};

use crate::cleaning::is_over_for_good;
use crate::history::Decided;
use crate::observe;
use crate::promises::Kind;
use crate::queue::FrameId;
use crate::rng::Seeded;
use crate::state::State;
use crate::world::World;

const MINUTE: u64 = 60_000;
/// A use that moves nothing by so much need not be written.
const STEP: u64 = MINUTE / 2;

/// How each commit was made.
pub type Made = BTreeMap<(u64, u64, u64), Making>;

/// When that was by the clock of the service that made it, and whether it may have believed that clock.
#[derive(Clone, Copy, Debug)]
pub struct Making {
    pub at: UnixMillis,
    pub sure: bool,
}

fn key(version: Version) -> (u64, u64, u64) {
    (version.epoch, version.seq, version.tag)
}

/// Whether there are sessions that end in the run of this seed.
pub fn are_mortal(seed: u64) -> bool {
    Seeded::named(seed, "mortal").chance(0.25)
}

fn over(session: &Session, at: UnixMillis) -> bool {
    session.lifetime.expires_at.is_some_and(|end| end.0 <= at.0)
}

/// Whether what is expired takes this.
fn revives(mutation: &Mutation) -> bool {
    matches!(
        mutation,
        Mutation::Add { .. } | Mutation::Remove { .. } | Mutation::Configure { .. } | Mutation::Recover(_)
    )
}

impl World {
    /// What users do with sessions that end. It draws from a stream of its own, so that it moves nothing else.
    pub fn live_and_end(&mut self, step: u64) {
        if !self.mortal {
            return;
        }
        let mut rng = Seeded::of_step(self.plan.seed ^ 0x4C49_5645, step);
        let tab = rng.below(self.tabs.len() as u64) as usize;
        if self.tabs[tab].page.closed || self.tabs[tab].nap.is_some() {
            return;
        }
        self.ask_clean_up(tab, step);
        let id = SessionId::try_from(format!("brief-{}", rng.below(4))).expect("a good id");
        let ttl = Some(rng.chance(0.8).then(|| rng.between(MINUTE, 3 * MINUTE)));
        let renews = rng.chance(0.5).then(|| rng.chance(0.7));
        let terms = Terms { ttl: ttl.filter(|_| rng.chance(0.9)), renews, ..Terms::default() };
        match rng.below(12) {
            0 | 1 => {
                let data = Json::try_from(format!("{{\"n\":0,\"step\":{step}}}")).expect("good JSON");
                let add = Mutation::Add { id, user_id: format!("brief-{step}"), data, terms };
                self.write(tab, Operation::Add, vec![add]);
            }
            2 => self.write(tab, Operation::Configure, vec![Mutation::Configure { id, terms }]),
            3 => self.write(tab, Operation::Recover, vec![Mutation::Recover(id)]),
            4..8 => {
                let token = self.promise(tab, Kind::Chore, Vec::new());
                self.trace.note(self.now, || format!("tab {tab}: {token:?} uses {}", id.as_str()));
                self.drive_page(tab, Input::Touch { token, id });
            }
            8 => {
                // A night in which nobody looked.
                let by = (rng.between(1, 3) * MINUTE) as i64;
                self.trace.note(self.now, || format!("all: the wall clock goes {by} ms"));
                for tab in 0..self.tabs.len() {
                    self.tabs[tab].wall_ahead += by;
                    self.show_clocks(tab);
                }
            }
            _ => {
                let patch = Json::try_from(format!("{{\"step\":{step}}}")).expect("good JSON");
                self.write(tab, Operation::Update, vec![Mutation::Update { id, patch, if_version: None }]);
            }
        }
    }

    /// A service makes a commit now.
    pub fn makes(&mut self, tab: usize, frame: FrameId, operation: &StoreOperation) {
        let Some(document) = self.tabs[tab].document(frame) else { return };
        let now = self.clock(tab, document.offset);
        let sure = document.clocks.agree(now, self.services.limits.agreement);
        if let StoreOperation::Commit { commit, .. } = operation {
            self.made.insert(key(commit.version), Making { at: now.wall, sure });
        }
    }

    /// What a commit that took effect does to lifetimes.
    pub fn check_lifetimes(&mut self, store: usize, before: &State, commit: &StoreCommit) {
        // Of what one store takes in of another, `moves` knows.
        if observe::absorbed(&commit.puts).is_ok_and(|it| it.is_some()) || observe::puts(&commit.puts, "moved") {
            return;
        }
        let Some(Making { at, sure }) = self.made.get(&key(commit.version)).copied() else { return };
        let [accepted, refused] = self.decided_in(store, commit);
        let recovery = self.services.rules.recovery;
        let rightly = judge(before, commit, &accepted, at, recovery);
        let rightly = rightly.and_then(|()| refused_rightly(before, &accepted, &refused, at));
        let cleaned = if accepted.is_empty() { self.check_cleaned(before, commit, at, sure) } else { Ok(()) };
        if let Err(why) = rightly.and(cleaned) {
            self.violated(format!("store {store}, commit {} made at {at:?}: {why}", commit.version.seq));
        }
    }

    /// The writes that this commit accepted, and those that it refused as made for what is expired.
    pub fn decided_in(&self, store: usize, commit: &StoreCommit) -> [Vec<(OpId, Write)>; 2] {
        let seq = commit.version.seq;
        let decided = &self.stores[store].history.decided;
        [Outcome::Accepted(seq), Outcome::Refused(Code::Expired)].map(|outcome| {
            let here = |(_, all): &(&OpId, &Vec<Decided>)| {
                all.iter().any(|it| it.seq == seq && it.outcome == outcome && it.is_known())
            };
            let ops = decided.iter().filter(here).map(|(op, _)| *op);
            ops.filter_map(|op| Some((op, self.sent.get(&op)?.clone()))).collect()
        })
    }

    /// A page tells of the end of a session.
    pub fn check_end_told(&mut self, tab: usize, session: &Session) {
        let end = session.lifetime.expires_at.map(|end| end.0);
        let losses = self.losses();
        let told = &mut self.tabs[tab].page.ends;
        let again = !told.insert((session.id.clone(), end.unwrap_or_default()));
        // A store that lost its last commits may have it end anew.
        if end.is_none() || again && losses == 0 {
            self.violated(format!("tab {tab}: told of this end before, or of none: {session:?}"));
        }
    }

    /// Of a world that has rested for longer than a heartbeat: which sessions show as expired follows the clock. Until then an answer from
    /// before the clock was set may count.
    pub fn check_expired(&mut self, tab: usize) {
        let now = self.clock(tab, self.tabs[tab].page.offset).wall;
        let page = &self.tabs[tab].page;
        let as_of = page.manager.as_of();
        let wrong = page.shown.sessions.iter().find(|(session, _)| over(session, now) != over(session, as_of));
        if let Some((session, _)) = wrong
            && page.manager.poll_timeout().is_none_or(|due| due.0 > self.now + page.offset)
        {
            let why = format!("tab {tab}: shows as of {as_of:?} whether it is expired, at {now:?}: {session:?}");
            self.violated(why);
        }
    }
}

/// The lifetime that ends later; the first of two that end at once.
pub fn lasting(one: Lifetime, other: Lifetime) -> Lifetime {
    let end = |lifetime: Lifetime| lifetime.expires_at.map_or(u64::MAX, |end| end.0);
    if end(other) > end(one) { other } else { one }
}

impl State {
    /// A session of another store was only used since it was taken in. It lives on where it is, as long as it does there.
    pub fn lives_on(&mut self, below: &Session) {
        let Some(above) = self.sessions.get(&below.id).filter(|above| above.user_id == below.user_id) else { return };
        let lifetime = lasting(above.lifetime, below.lifetime);
        if below.last_active_at > above.last_active_at && lifetime != above.lifetime {
            let used = Session { last_active_at: below.last_active_at, lifetime, ..(**above).clone() };
            self.sessions.insert(below.id.clone(), Rc::new(used));
        }
    }
}

fn judge(
    before: &State,
    commit: &StoreCommit,
    accepted: &[(OpId, Write)],
    at: UnixMillis,
    recovery: u64,
) -> Result<(), String> {
    let mut revived = BTreeSet::new();
    let mut renewed = BTreeSet::new();
    for (_, write) in accepted {
        for mutation in &write.mutations {
            let Some(id) = mutation.id() else { continue };
            match mutation {
                Mutation::Add { .. } | Mutation::Recover(_) => _ = (revived.insert(id), renewed.insert(id)),
                Mutation::Configure { terms, .. } => {
                    revived.insert(id);
                    if terms.ttl.is_some() {
                        renewed.insert(id);
                    }
                }
                _ => {}
            }
            let Some(session) = before.sessions.get(id) else { continue };
            if matches!(mutation, Mutation::Recover(_))
                && is_over_for_good(session, recovery, at)
                && accepted.len() == 1
                && write.mutations.len() == 1
            {
                return Err(format!("brought back after its grace: {session:?}"));
            }
        }
    }
    for (op, write) in accepted {
        for mutation in write.mutations.iter().filter(|mutation| !revives(mutation)) {
            let Some(session) = mutation.id().and_then(|id| before.sessions.get(id)) else { continue };
            // The order in one commit is the service's: it may have been brought back before.
            if over(session, at) && !revived.contains(&session.id) {
                return Err(format!("{op:?} was accepted for what is expired: {mutation:?}, {session:?}"));
            }
        }
    }
    for stored in observe::sessions(&commit.puts)? {
        let known = before.sessions.get(&stored.id).filter(|_| !renewed.contains(&stored.id));
        let lifetime = stored.lifetime;
        if lifetime.ttl.is_none() != lifetime.expires_at.is_none() {
            return Err(format!("ends without a lifetime, or has one without an end: {stored:?}"));
        }
        let full = lifetime.ttl.map(|ttl| at.0 + ttl);
        let end = lifetime.expires_at.map(|end| end.0);
        let Some(known) = known else {
            if end != full {
                return Err(format!("ends at {end:?} and not at {full:?}: {stored:?}"));
            }
            continue;
        };
        let times = |it: &Session| (it.last_active_at, it.lifetime.expires_at);
        let is_use = known.version == stored.version && times(known) != times(&stored);
        // A use comes after the writes of its commit, one of which may have said so.
        let renews = lifetime.renews && end == full;
        if known.lifetime.expires_at != lifetime.expires_at && !renews {
            return Err(format!("its end moved to {end:?}, with {full:?} for a full lifetime: {known:?}, {stored:?}"));
        }
        if is_use && over(known, at) {
            return Err(format!("was used though it is expired: {known:?}"));
        }
        let moved = |from: u64, to: u64| from > to || to - from >= STEP;
        let ends = known.lifetime.expires_at.map_or(0, |end| end.0);
        if is_use && !moved(known.last_active_at.0, at.0) && !moved(ends, end.unwrap_or_default()) {
            return Err(format!("a use was written too soon after the last one: {known:?}, {stored:?}"));
        }
    }
    Ok(())
}

/// What was refused as expired is, or was changed by the same commit.
fn refused_rightly(
    before: &State,
    accepted: &[(OpId, Write)],
    refused: &[(OpId, Write)],
    at: UnixMillis,
) -> Result<(), String> {
    let ids = |write: &Write| write.mutations.iter().filter_map(Mutation::id).cloned().collect::<Vec<_>>();
    let changed: BTreeSet<SessionId> = accepted.iter().flat_map(|(_, write)| ids(write)).collect();
    let expired = |id: &SessionId| before.sessions.get(id).is_some_and(|session| over(session, at));
    for (op, write) in refused {
        if !ids(write).iter().any(|id| changed.contains(id) || expired(id)) {
            return Err(format!("{op:?} was refused as expired, which nothing is: {write:?}"));
        }
    }
    Ok(())
}

/// Whether these are one session in one version, which may have been used in between, and its requests counted.
pub fn same_version(one: &Session, other: &Session) -> bool {
    let mut used = one.clone();
    used.last_active_at = other.last_active_at;
    used.lifetime.expires_at = other.lifetime.expires_at;
    used.requests = Requests { limit: used.requests.limit, ..other.requests.clone() };
    used == *other
}
