//! What a store forgets of removals and of clients, and whose writes it does not judge any more because of that, by
//! `docs/storage.md`.

use std::collections::BTreeMap;
use std::rc::Rc;

use session_bridge::error::Code;
use session_bridge::service::Limits;
use session_bridge::session::{ClientId, OpId, Outcome};
use session_bridge::storage::StoreCommit;

use crate::authors::{TAKEN, author, means_harm};
use crate::history::History;
use crate::moves::Absorbed;
use crate::observe;
use crate::rng::Seeded;
use crate::state::State;

/// What is kept of clients, by key.
pub type Records = BTreeMap<Rc<str>, Kept>;

/// What a store keeps of one client.
#[derive(Clone, Copy, Debug)]
pub struct Kept {
    client: ClientId,
    /// The last commit that told of it.
    seq: u64,
    /// Its name is one of another origin's client.
    taken: bool,
}

/// As few removals and clients are remembered as these limits say.
pub fn few(seed: u64, limits: Limits) -> Limits {
    let mut rng = Seeded::named(seed, "few");
    let (removals, clients) = (rng.between(1, 5) as usize, rng.between(2, 8) as usize);
    Limits { removals, clients, cleanup: session_bridge::ambient::Span::from_secs(1), ..limits }
}

impl State {
    /// Whether all is known that happened since this commit of another store, of what was taken in from there.
    pub fn knows_since(&self, absorbed: &Absorbed, seq: u64) -> bool {
        // What was taken in the times before is of no interest to whoever had seen all of that.
        let oldest = if seq >= absorbed.before { absorbed.at } else { absorbed.first };
        seq >= absorbed.horizon && oldest > self.horizon
    }

    /// Takes in what the commit tells of clients, and what it forgets. Gives the clients that are forgotten.
    pub fn forget(&mut self, commit: &StoreCommit) -> Result<Vec<Kept>, String> {
        let (before, now) = (self.horizon, observe::horizon(&commit.puts)?.unwrap_or(self.horizon));
        if now < before || now > commit.version.seq {
            return Err(format!("the horizon goes from {before} to {now}"));
        }
        self.horizon = now;
        for id in observe::forgotten(&commit.deletes) {
            // Of one that is there again the removal is over, and nothing is forgotten.
            let Some(gone) = self.gone.remove(&id) else { continue };
            if gone.seq > now {
                return Err(format!("forgets the removal {gone:?} of {}, and knows all since {now}", id.as_str()));
            }
            self.forgotten.insert(id);
        }
        let told: BTreeMap<ClientId, bool> = observe::outcomes(&commit.puts)?
            .into_iter()
            .map(|(op, _)| (op.client, op.n >= TAKEN && !means_harm(op.client)))
            .collect();
        for (client, key) in observe::clients(&commit.puts)? {
            let taken = told.get(&client).copied().unwrap_or_default();
            self.records.insert(Rc::from(key), Kept { client, seq: commit.version.seq, taken });
        }
        let mut forgotten = Vec::new();
        for key in commit.deletes.iter().filter(|key| key.starts_with("c/")) {
            let Some(kept) = self.records.remove(key.as_str()) else { continue };
            if kept.seq > now {
                return Err(format!("forgets {kept:?}, and knows all since {now}"));
            }
            forgotten.push(kept);
        }
        Ok(forgotten)
    }

    /// Whether there is more than is to be remembered.
    pub fn is_to_forget(&self, limits: &Limits) -> bool {
        self.gone.len() > limits.removals || self.records.len() > limits.clients
    }
}

impl History {
    /// From commit `seq` on nothing is known of the writes of these clients so far.
    pub fn forget_writes(&mut self, clients: &[Kept], seq: u64) {
        for kept in clients {
            let all = OpId { client: kept.client, n: 0 }..=OpId { client: kept.client, n: u64::MAX };
            let theirs = self.decided.range_mut(all).filter(|(op, _)| author(**op).1 == kept.taken);
            for decided in theirs.flat_map(|(_, all)| all).filter(|it| it.is_known()) {
                decided.until = Some(seq);
            }
        }
    }

    /// Whether a write of which something was known once may now become this.
    pub fn judged_anew(&self, op: OpId, outcome: Outcome) -> Result<(), String> {
        let once = self.decided.get(&op).and_then(|all| all.iter().find(|it| it.last.is_none()));
        let Some(once) = once.filter(|_| outcome != Outcome::Refused(Code::Conflict)) else { return Ok(()) };
        // Its base was a commit that the store had lost, and it was refused here, or in a store that was taken in: so what became of it
        // stands under a number that the base itself has, and was forgotten while the base still seems to be remembered. Nobody can
        // tell it from one that was made on what is there.
        if !once.stood && once.outcome == Outcome::Refused(Code::Conflict) {
            return Ok(());
        }
        let twice = [once.outcome, outcome].iter().all(|it| matches!(it, Outcome::Accepted(_)));
        // Whoever means harm may name a version that is none yet.
        if means_harm(op.client) && !twice {
            return Ok(());
        }
        Err(format!("{op:?} was {:?}, which was forgotten, and became {outcome:?}", once.outcome))
    }
}
