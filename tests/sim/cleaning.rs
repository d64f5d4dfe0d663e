//! Sessions that are removed because they ended long ago. When that may be done, and when it has to be, is judged by rules written
//! here anew.

use session_bridge::ambient::{Now, Span, UnixMillis};
use session_bridge::manager::Input;
use session_bridge::service::{Config, Limits};
use session_bridge::session::{Session, SessionRules};
use session_bridge::storage::StoreCommit;

use crate::faults::Fault;
use crate::observe;
use crate::promises::Kind;
use crate::queue::SECOND;
use crate::rng::Seeded;
use crate::state::State;
use crate::world::World;

/// Clocks that differ by no more than so many milliseconds may be taken for alike.
const APART: u64 = 10_000;
/// After so long at rest, in milliseconds, nothing is left that was to be removed when it began.
const SOON: u64 = 11_000;

/// Services of half of the runs with sessions that end, which clean up soon. In the others a grace takes a week, and no frame lives as
/// long as it takes to believe a clock.
pub fn soon(seed: u64, mortal: bool, services: Config) -> Config {
    let mut rng = Seeded::named(seed, "cleans");
    if !mortal || !rng.chance(0.5) {
        return services;
    }
    let rules = SessionRules { recovery: rng.between(1, 60) * 1_000, ..services.rules };
    let agreement = Span::from_secs(rng.between(1, 4));
    Config { rules, limits: Limits { agreement, cleanup: Span::from_secs(1), ..services.limits }, ..services }
}

/// How the two clocks of a frame ran.
#[derive(Debug, Default)]
pub struct Clocks {
    /// From this moment of the one that only runs forward, the other one is so many milliseconds ahead of it.
    ahead: Vec<(u64, i64)>,
}

fn ahead(now: Now) -> i64 {
    now.wall.0 as i64 - (now.instant.0 / 1_000) as i64
}

impl Clocks {
    /// A frame begins, or its clock was set.
    pub fn show(&mut self, now: Now) {
        self.ahead.push((now.instant.0, ahead(now)));
    }

    /// Whether a frame may believe that they have run alike for so long.
    pub fn agree(&self, now: Now, lasts: Span) -> bool {
        let Some(from) = now.instant.0.checked_sub(lasts.0) else { return false };
        let then = self.ahead.iter().rev().find(|(at, _)| *at <= from);
        then.is_some_and(|(_, then)| then.abs_diff(ahead(now)) <= APART)
    }
}

/// Whether nobody can bring it back at this time.
pub fn is_over_for_good(session: &Session, recovery: u64, at: UnixMillis) -> bool {
    session.lifetime.expires_at.is_some_and(|end| end.0 + recovery <= at.0)
}

impl State {
    /// What a commit without writes removes. Nobody signed it out.
    pub fn clean_up(&mut self, commit: &StoreCommit) -> Result<(), String> {
        for id in observe::removed(&commit.deletes) {
            let ends = self.sessions.get(&id).is_some_and(|session| session.lifetime.expires_at.is_some());
            if !ends {
                return Err(format!("removed by nobody, though it never ends: {}", id.as_str()));
            }
            self.sessions.remove(&id);
            self.lives.remove(&id);
            if self.active.as_ref() == Some(&id) {
                self.active = None;
            }
            self.cleaned.insert(id);
        }
        Ok(())
    }
}

impl World {
    /// Now and then a page asks for it. It draws from a stream of its own, so that it moves nothing else.
    pub fn ask_clean_up(&mut self, tab: usize, step: u64) {
        if Seeded::of_step(self.plan.seed ^ 0x434C_4541, step).chance(0.05) {
            let token = self.promise(tab, Kind::Chore, Vec::new());
            self.trace.note(self.now, || format!("tab {tab}: {token:?} asks for a clean-up"));
            self.drive_page(tab, Input::CleanUp(token));
        }
    }

    /// What is removed by no write had ended for good, by a clock that could be believed.
    pub fn check_cleaned(
        &mut self,
        before: &State,
        commit: &StoreCommit,
        at: UnixMillis,
        sure: bool,
    ) -> Result<(), String> {
        let removed = observe::removed(&commit.deletes);
        if !removed.is_empty() {
            self.counts.happened(Fault::CleanedUp);
        }
        let recovery = self.services.rules.recovery;
        for session in removed.iter().filter_map(|id| before.sessions.get(id)) {
            if !is_over_for_good(session, recovery, at) {
                return Err(format!("removed within its grace of {recovery} ms: {session:?}"));
            }
            if !sure {
                return Err(format!("removed by a clock that cannot be believed yet: {session:?}"));
            }
        }
        Ok(())
    }

    /// Of a world that has rested for a while: nothing is left that had ended for good when it began.
    pub fn check_all_cleaned(&mut self, rested: u64) {
        if !self.cleans() || !self.one_store || rested < SOON * 1_000 {
            return;
        }
        let walls = (0..self.tabs.len()).map(|tab| self.clock(tab, 0).wall.0);
        let began = UnixMillis(walls.min().unwrap_or_default().saturating_sub(rested / 1_000));
        let recovery = self.services.rules.recovery;
        let state = self.stores[0].history.now();
        if let Some(left) = state.sessions.values().find(|session| is_over_for_good(session, recovery, began)) {
            let why = format!("not removed within {} s: {left:?}", rested / SECOND);
            self.violated(why);
        }
    }

    /// A frame of this tab begins, or the tab's wall clock was set.
    pub fn show_clocks(&mut self, tab: usize) {
        let shown: Vec<Now> = self.tabs[tab].frames.iter().map(|frame| self.clock(tab, frame.offset)).collect();
        for (frame, now) in self.tabs[tab].frames.iter_mut().zip(shown) {
            frame.clocks.show(now);
        }
    }

    /// Whether its services clean up within the run.
    pub fn cleans(&self) -> bool {
        self.services.rules.recovery < SessionRules::default().recovery
    }
}
