//! Removes sessions that expired so long ago that nobody can bring them back, a few in each commit, when there is nothing else to do.
//! A removal cannot be taken back, and a wrong clock can make any session seem to be over. So none is made before the clocks of
//! this frame have agreed for a while.
//!
//! These removals leave no tombstone. Nobody was signed out, so there is nothing to fence: a store that held one for each would forget
//! the sign-outs that it is to remember, and with them what old writes are judged by.

use super::cleaning::AskedPass;
use crate::ambient::{DRAWS, Now, UnixMillis};
use crate::error::Code;
use crate::machine::mutants::{self, Mutant};
use crate::protocol::ToManager;
use crate::service::io::ChannelId;
use crate::service::machine::{Service, Timer};
use crate::service::replica::commit::Commit;
use crate::service::replica::record::RecordChange;
use crate::service::replica::state::Keep;

/// Sessions that one commit removes at most.
const STEP: usize = 64;
/// Passes that pages may wait for, all of them together and each one.
const WAITING: usize = 256;
const OF_ONE: usize = 16;

impl Service {
    /// A page asks for a pass, and for how many sessions it removes. Errors: too many wait.
    pub(in crate::service) fn ask_clean_up(&mut self, channel: ChannelId, id: u64) -> Result<(), Code> {
        let Some(connection) = self.connections.get(&channel) else { return Ok(()) };
        if !connection.grant.removes() {
            connection.say(&ToManager::CleanedUp { id, removed: 0, refusal: Some(Code::Forbidden) }, &mut self.out);
            return Ok(());
        }
        let asked = &mut self.cleaning.asked;
        if asked.iter().any(|pass| (pass.channel, pass.id) == (channel, id)) {
            return Ok(());
        }
        if asked.len() >= WAITING {
            let connections = &self.connections;
            asked.retain(|pass| connections.contains_key(&pass.channel));
        }
        let of_one = asked.iter().filter(|pass| pass.channel == channel).count();
        if of_one >= OF_ONE || asked.len() >= WAITING {
            return Err(Code::LimitExceeded);
        }
        let ticket = self.scheduler.request_refresh();
        asked.push(AskedPass { channel, id, ticket, begun: false, removed: 0 });
        Ok(())
    }

    /// The next commit of a pass, if one is under way or due.
    pub(in crate::service) fn clean_up(&mut self, now: Now) -> Option<Commit> {
        let refreshed = self.scheduler.last_refresh();
        let due = self.replica.state.is_mortal() && now.instant >= self.cleaning.at;
        if due {
            self.rest_from_clean_up(now);
        }
        let early = mutants::has(Mutant::CleanUpUnsure);
        if !self.clocks.lasts(now, self.config.limits.agreement) && !early {
            self.cleaning.pass = None;
            self.end_passes(|pass| pass.ticket <= refreshed);
            return None;
        }
        for pass in self.cleaning.asked.iter_mut().filter(|pass| !pass.begun && pass.ticket <= refreshed) {
            pass.begun = true;
            self.cleaning.pass = Some(None);
        }
        if due && self.cleaning.pass.is_none() {
            self.cleaning.pass = Some(None);
        }
        let from = self.cleaning.pass.as_ref()?;
        let grace = if mutants::has(Mutant::CleanUpInGrace) { 0 } else { self.config.rules.recovery };
        let ended = now.wall.0.checked_sub(grace).map(UnixMillis);
        let state = &self.replica.state;
        let over = ended.map(|ended| state.ended_by(ended, from.as_ref(), STEP)).unwrap_or_default();
        let Some(first) = over.first().cloned() else { return self.end_pass(ended) };
        let (head, draw) = (self.replica.head, self.rng.draw());
        let mut commit = Commit::after(head, draw, alloc::vec::Vec::new());
        let active = self.replica.state.active().is_some_and(|active| over.contains(active));
        commit.changes.extend(over.into_iter().map(RecordChange::NoSession));
        if active {
            commit.changes.push(RecordChange::Active(None));
        }
        let besides = self.replica.state.forget(Keep::of(&self.config.limits), &commit.changes);
        commit.changes.extend(besides);
        // From the first of these: if the commit is not taken, they are looked at anew.
        self.cleaning.pass = Some(Some(first));
        Some(commit)
    }

    /// Not before the next interval is over. The frames of a store do so at different times: who comes first does it for all.
    fn rest_from_clean_up(&mut self, now: Now) {
        let interval = self.config.limits.cleanup;
        let more = interval.0 / 64 * (self.rng.draw() / (DRAWS / 64));
        self.cleaning.at = now.instant.after(interval).after_micros(more);
        self.timers.set(Timer::CleanUp, self.cleaning.at);
    }

    /// A commit of no writes has taken effect: what it removed had expired for good.
    pub(in crate::service) fn cleaned(&mut self, commit: &Commit) {
        let removed = commit.changes.iter().filter(|change| matches!(change, RecordChange::NoSession(_)));
        let count = u64::try_from(removed.count()).unwrap_or(u64::MAX);
        self.metrics.cleaned = self.metrics.cleaned.saturating_add(count);
        for pass in self.cleaning.asked.iter_mut().filter(|pass| pass.begun) {
            pass.removed = pass.removed.saturating_add(count);
        }
    }

    /// No session is left that this pass would remove.
    fn end_pass(&mut self, ended: Option<UnixMillis>) -> Option<Commit> {
        self.cleaning.pass = None;
        // All sessions are looked at only if what is known of the first end does not serve any more.
        if ended.is_some_and(|ended| self.replica.state.may_have_ended_by(ended)) {
            self.replica.state.find_earliest();
        }
        self.end_passes(|pass| pass.begun);
        None
    }

    fn end_passes(&mut self, ends: impl Fn(&AskedPass) -> bool) {
        for pass in self.cleaning.asked.extract_if(.., |pass| ends(pass)) {
            if let Some(connection) = self.connections.get(&pass.channel) {
                let (id, removed) = (pass.id, pass.removed);
                connection.say(&ToManager::CleanedUp { id, removed, refusal: None }, &mut self.out);
            }
        }
    }
}
