//! What a removal keeps out, and whom it lets pass, from one commit to the next and whatever the order in one is.

use std::collections::{BTreeMap, BTreeSet};

use session_bridge::error::Code;
use session_bridge::session::{Mutation, OpId, Outcome, SessionId, Version, Write};

use crate::authors::author;
use crate::history::{History, Writes};
use crate::state::{Gone, State};

/// Writes of one commit that were to remove a session.
pub type Removers = BTreeMap<SessionId, Vec<OpId>>;

/// What a commit holds of removals.
#[derive(Default)]
pub struct Fences {
    /// All of them.
    pub all: Removers,
    /// Those that found nothing there.
    pub in_vain: Removers,
}

/// The session that a write which was refused with `not_found` was to remove, if it failed by that.
fn missed<'a>(write: &'a Write, before: &State, of_commit: &BTreeSet<&SessionId>) -> Option<&'a SessionId> {
    let mut made = BTreeMap::new();
    for mutation in &write.mutations {
        let Some(id) = mutation.id() else { continue };
        let there = made.get(id).copied().unwrap_or_else(|| before.sessions.contains_key(id));
        match mutation {
            Mutation::Add { .. } => _ = made.insert(id, true),
            Mutation::Remove { .. } if there && !of_commit.contains(id) => _ = made.insert(id, false),
            Mutation::Remove { .. } => return Some(id),
            _ if there => {}
            _ => return None,
        }
    }
    None
}

impl Fences {
    /// Of these outcomes of one commit to a store that was in this state.
    pub fn of(fresh: &[(OpId, Outcome)], writes: &Writes, before: &State) -> Self {
        let mut fences = Self::default();
        let known = |op: &OpId| writes.get(op);
        let accepted = |(op, outcome): &(OpId, Outcome)| {
            known(op).filter(|_| matches!(outcome, Outcome::Accepted(_))).map(|it| (*op, it))
        };
        for (op, write) in fresh.iter().filter_map(accepted) {
            for mutation in write.mutations.iter().filter(|mutation| mutation.removes()) {
                fences.all.entry(mutation.id().cloned().expect("it names one")).or_default().push(op);
            }
        }
        let of_commit: BTreeSet<SessionId> = fences.all.keys().cloned().collect();
        let of_commit = of_commit.iter().collect();
        for (op, _) in fresh.iter().filter(|(_, outcome)| *outcome == Outcome::Refused(Code::NotFound)) {
            if let Some(id) = known(op).and_then(|write| missed(write, before, &of_commit)) {
                fences.all.entry(id.clone()).or_default().push(*op);
                fences.in_vain.entry(id.clone()).or_default().push(*op);
            }
        }
        fences
    }

    /// Whether an add that this commit accepted had come past what was removed before it, which holds for those who mean harm
    /// as well.
    pub fn passed(&self, op: OpId, write: &Write, before: &State, epoch: u64) -> Result<(), String> {
        let Some(base) = before.base(write.base, epoch) else {
            return Err(format!("made on {:?}: of another store, or from before what is remembered", write.base));
        };
        for mutation in &write.mutations {
            let Mutation::Add { id, .. } = mutation else { continue };
            let Some(gone) = before.gone.get(id) else { continue };
            let since = self.all.get(id).is_some_and(|by| by.iter().any(|by| author(*by) == author(op)));
            if !base.knew_removal(gone.seq) && !gone.is_own(op, false) && !since {
                return Err(format!("came past {gone:?} from base {base:?}"));
            }
        }
        Ok(())
    }
}

impl History {
    /// A write was refused for what it was made on: that must be no state of this store, nor of one that it took in, or what
    /// it adds was removed by somebody else.
    pub fn refused_rightly(
        &self,
        (op, write): (OpId, &Write),
        outcome: Outcome,
        before: &State,
        (version, fences): (Version, &Fences),
    ) -> Result<(), String> {
        let insists =
            write.reads_from.is_some() || write.mutations.iter().any(|mutation| mutation.if_version().is_some());
        let base = before.base(write.base, version.epoch).filter(|_| self.stands_on(write.base, before));
        let Some(base) = base.filter(|_| outcome == Outcome::Refused(Code::Conflict) && !insists && !self.rolled_back)
        else {
            return Ok(());
        };
        let fenced = write.mutations.iter().any(|mutation| {
            let Mutation::Add { id, .. } = mutation else { return false };
            let others = fences.all.get(id).is_some_and(|by| !Gone::of(0, by).is_own(op, true));
            let gone = before.gone.get(id);
            others || gone.is_some_and(|gone| !base.knew_removal(gone.seq) && !gone.is_own(op, true))
        });
        if fenced {
            Ok(())
        } else {
            Err(format!("was refused, though nobody else removed what it adds: {:?}", write.base))
        }
    }
}
