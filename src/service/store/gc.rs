//! Forgets what is over its bound when there is nothing else to do, a little at a time: removing much at once must not
//! burden the writes that follow.

use crate::ambient::Instant;
use crate::service::machine::{Service, Timer};
use crate::service::replica::commit::Commit;
use crate::service::replica::state::Keep;

/// What one commit forgets at most of each.
const STEP: usize = 512;

impl Service {
    /// A commit that only forgets, if it is time for one and there is something.
    pub(in crate::service) fn collect_garbage(&mut self, now: Instant) -> Option<Commit> {
        if now < self.scheduler.gc_at {
            return None;
        }
        let changes = self.replica.state.forget(Keep { step: STEP, ..Keep::of(&self.config.limits) }, &[]);
        if changes.is_empty() {
            return None;
        }
        self.rest_from_gc(now);
        Some(Commit::after(self.replica.head, self.rng.draw(), changes))
    }

    /// Not before the next interval is over.
    pub(in crate::service) fn rest_from_gc(&mut self, now: Instant) {
        self.scheduler.gc_at = now.after(self.config.limits.cleanup);
        self.timers.set(Timer::Gc, self.scheduler.gc_at);
    }
}
