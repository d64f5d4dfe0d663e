//! Every promise that is to settle by a deadline does: a read, a wait for readiness and a closing end within the request
//! timeout; a write waits as long as it takes. A page that nobody wakes settles nothing, so the machine has to have asked to
//! be woken in time, at every step.

use session_bridge::ambient::Instant;
use session_bridge::machine::Machine;
use session_bridge::manager::Token;

use crate::promises::{Kind, Promise};
use crate::world::World;

impl World {
    /// The promise that is to settle first, and when, by the page's own clock.
    fn first_due(&self, tab: usize) -> Option<(Instant, Token)> {
        let timeout = self.tabs[tab].options.request_timeout;
        let has_deadline = |promise: &Promise| matches!(promise.kind, Kind::Read | Kind::Ready | Kind::Close);
        let waits = |promise: &Promise| promise.settled.is_none() && !promise.dropped && has_deadline(promise);
        let waiting = self.tabs[tab].page.promises.iter().filter(|(_, promise)| waits(promise));
        waiting.map(|(token, promise)| (promise.clock.after(timeout), token)).min_by_key(|(due, _)| *due)
    }

    /// The page was driven: it wants to be woken before anybody's time is over.
    pub fn check_deadlines(&mut self, tab: usize) {
        let Some((due, token)) = self.first_due(tab) else { return };
        let wakes = self.tabs[tab].page.manager.poll_timeout();
        if wakes.is_none_or(|wakes| wakes > due) {
            self.violated(format!("tab {tab}: {token:?} is due at {due:?}, and the page is to be woken at {wakes:?}"));
        }
    }

    /// The page was woken: nobody's time is over who was not told.
    pub fn check_overdue(&mut self, tab: usize) {
        let now = self.page_clock(tab).instant;
        if let Some((due, token)) = self.first_due(tab).filter(|(due, _)| *due <= now) {
            self.violated(format!("tab {tab}: {token:?} was due at {due:?} and is not settled at {now:?}"));
        }
    }
}
