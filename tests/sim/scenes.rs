//! What takes several pages at the right moments: too rare for chance alone.

use std::ops::Range;

use session_bridge::manager::Operation;
use session_bridge::session::{Json, Mutation, SessionId};

use crate::faults::Fault;
use crate::places::{Places, SHARED};
use crate::queue::{Happening, MILLI, Time};
use crate::rng::Seeded;
use crate::world::World;

/// A store that remembers so many removals is none that remembers few.
const MANY: usize = 100;

/// Commits in a row of which nobody learns anything: for about as long as a move takes.
const DOUBTS: u32 = 4;

/// One of them, by one who begins it. False if nobody can.
type Scene = fn(&mut World) -> bool;

impl World {
    /// What begins at a step, after whatever else happens there.
    pub fn play_scenes(&mut self) {
        let scenes: [(Fault, Scene); 3] = [
            (Fault::RemovedInDoubt, Self::remove_in_doubt),
            (Fault::RemovedInMove, Self::remove_in_move),
            (Fault::RemovedLongAgo, Self::remove_before_horizon),
        ];
        for (fault, scene) in scenes {
            if self.luck.strikes(fault) {
                // What a scene draws does not hang on anything else in its step.
                let own = Seeded::named(self.rng.clone().next(), &format!("{fault:?}"));
                let all = std::mem::replace(&mut self.rng, own);
                if scene(self) {
                    self.counts.happened(fault);
                }
                self.rng = all;
            }
        }
    }

    /// A page removes a session, and its service does not learn that it did. Meanwhile another page finds the session gone,
    /// and the first one adds it again.
    fn remove_in_doubt(&mut self) -> bool {
        let Some((one, other)) = self.pair(|it, one, other| it.shown_to_both(one, other).next().is_some()) else {
            return false;
        };
        let ids: Vec<SessionId> = self.shown_to_both(one, other).cloned().collect();
        let Some(id) = self.rng.pick(&ids).cloned() else { return false };
        self.tabs[one].doubts = 1;
        self.write(one, Operation::Remove, vec![remove(&id)]);
        self.later(other, 0..3 * MILLI, Operation::Remove, vec![remove(&id)]);
        let add = self.adding(&id);
        self.later(one, 0..60 * MILLI, Operation::Add, vec![add]);
        true
    }

    /// A page removes a session, and its service does not learn that it did. What another page removes before that and after
    /// it takes the horizon past all that the first one knew, when it adds the session again: its own removal is remembered.
    fn remove_before_horizon(&mut self) -> bool {
        let removals = self.services.limits.removals;
        let pair = |it: &Self, one: usize, _: usize| it.confirmed(one).next().is_some();
        let Some((one, other)) = self.pair(pair).filter(|_| removals < MANY) else { return false };
        let ids: Vec<SessionId> = self.confirmed(one).cloned().collect();
        let Some(id) = self.rng.pick(&ids).cloned() else { return false };
        let before = self.passing(1);
        self.write(other, Operation::Bulk, before);
        self.tabs[one].doubts = 1;
        self.later(one, MILLI..3 * MILLI, Operation::Remove, vec![remove(&id)]);
        let after = self.passing(removals - 1);
        if !after.is_empty() {
            self.later(other, 5 * MILLI..20 * MILLI, Operation::Bulk, after);
        }
        let add = self.adding(&id);
        self.later(one, 5 * MILLI..60 * MILLI, Operation::Add, vec![add]);
        true
    }

    /// A page removes a session and adds it again while a grant takes what is there to the shared store.
    fn remove_in_move(&mut self) -> bool {
        let below = |tab: &usize| {
            let Places::Ladder { own: Some(own), granted: false, .. } = self.tabs[*tab].places else { return false };
            self.tabs[*tab].home == own && self.can_write(*tab)
        };
        let below: Vec<usize> = (0..self.tabs.len()).filter(below).collect();
        let Some(one) = self.rng.pick(&below).copied() else { return false };
        let ids: Vec<SessionId> = self.confirmed(one).cloned().collect();
        let Some(id) = self.rng.pick(&ids).cloned() else { return false };
        let above: Vec<usize> =
            (0..self.tabs.len()).filter(|tab| self.tabs[*tab].home == SHARED && self.can_write(*tab)).collect();
        let somebody = self.rng.chance(0.6);
        if let Some(other) = self.rng.pick(&above).copied().filter(|_| somebody) {
            self.remove_above(other, &id);
        }
        self.write(one, Operation::Remove, vec![remove(&id)]);
        let beside: Vec<usize> = below.iter().copied().filter(|tab| *tab != one).collect();
        let beside = beside.into_iter().find(|tab| self.tabs[*tab].home == self.tabs[one].home);
        if let Some(beside) = beside.filter(|_| self.rng.chance(0.3)) {
            self.later(beside, 0..3 * MILLI, Operation::Remove, vec![remove(&id)]);
        }
        self.grant(one, true);
        let add = self.adding(&id);
        self.later(one, 0..60 * MILLI, Operation::Add, vec![add]);
        true
    }

    /// Somebody has a session of that name in the shared store, too, and removes it there. In half of all cases that is in
    /// doubt when what is below comes up, and it is added again.
    fn remove_above(&mut self, other: usize, id: &SessionId) {
        let add = self.adding(id);
        if self.rng.chance(0.5) {
            self.write(other, Operation::Add, vec![add]);
            return self.later(other, 0..10 * MILLI, Operation::Remove, vec![remove(id)]);
        }
        self.tabs[other].doubts = DOUBTS;
        let removed = self.rng.below(10 * MILLI);
        self.later(other, removed..removed + MILLI, Operation::Bulk, vec![add, remove(id)]);
        let again = self.adding(id);
        self.later(other, removed + 2 * MILLI..removed + 40 * MILLI, Operation::Add, vec![again]);
    }

    /// Two pages of one store for which this holds.
    fn pair(&mut self, holds: impl Fn(&Self, usize, usize) -> bool) -> Option<(usize, usize)> {
        let able: Vec<usize> = (0..self.tabs.len()).filter(|tab| self.can_write(*tab)).collect();
        let pairs = able.iter().flat_map(|one| able.iter().map(|other| (*one, *other)));
        let pairs = pairs.filter(|(one, other)| one != other && self.tabs[*one].home == self.tabs[*other].home);
        let pairs: Vec<_> = pairs.filter(|(one, other)| holds(self, *one, *other)).collect();
        self.rng.pick(&pairs).copied()
    }

    /// So many sessions that are added and removed again.
    fn passing(&mut self, count: usize) -> Vec<Mutation> {
        let sessions = (0..count).flat_map(|_| {
            let id = SessionId::try_from(format!("made-{}", self.users.next_number())).expect("a good id");
            [self.adding(&id), remove(&id)]
        });
        sessions.collect()
    }

    /// Somebody at this page does this, so much later.
    fn later(&mut self, tab: usize, after: Range<Time>, operation: Operation, mutations: Vec<Mutation>) {
        let due = self.now + after.start + self.rng.below(after.end - after.start);
        let life = self.tabs[tab].page.life;
        self.queue.at(due, Happening::Act { tab, life, operation, mutations });
    }

    /// Somebody does what was to be done, if the page is still there, and nothing is healed yet.
    pub fn act_out(&mut self, tab: usize, life: u64, operation: Operation, mutations: Vec<Mutation>) {
        if self.luck.on && self.tabs[tab].page.life == life && self.can_write(tab) {
            self.write(tab, operation, mutations);
        }
    }

    fn can_write(&self, tab: usize) -> bool {
        let it = &self.tabs[tab];
        it.may_write && it.read.is_all() && it.nap.is_none() && !it.page.closed
    }

    /// Sessions of the store that this page shows.
    fn confirmed(&self, tab: usize) -> impl Iterator<Item = &SessionId> {
        let shown = self.tabs[tab].page.shown.sessions.iter();
        shown.filter(|(session, pending)| session.version.is_some() && !pending).map(|(session, _)| &session.id)
    }

    fn shown_to_both(&self, one: usize, other: usize) -> impl Iterator<Item = &SessionId> {
        self.confirmed(one).filter(move |id| self.confirmed(other).any(|it| it == *id))
    }

    fn adding(&mut self, id: &SessionId) -> Mutation {
        let number = self.users.next_number();
        let data = format!("{{\"token\":{number},\"again\":{number}}}");
        let data = Json::try_from(data).expect("the simulation writes good JSON");
        Mutation::Add { id: id.clone(), user_id: format!("user-{number}"), data, terms: Default::default() }
    }
}

fn remove(id: &SessionId) -> Mutation {
    Mutation::Remove { id: id.clone(), if_version: None }
}
