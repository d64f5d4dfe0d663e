//! What counting makes of requests, in a store and from one store to another, written here anew.

use std::collections::BTreeMap;
use std::rc::Rc;

use session_bridge::session::{Mutation, OpId, Requests, Session, SessionId, Tally};

use crate::moves::Absorbed;
use crate::state::{Life, State};

/// Where the requests of a session were counted.
#[derive(Clone, Debug, Default)]
pub struct Counted {
    /// What was counted along with another store: its epoch, how many, how long these took.
    pub taken: Option<(u64, u64, u64)>,
    /// The writes that told of them.
    by: Rc<BTreeMap<OpId, u64>>,
}

impl Counted {
    /// How many were told of, each once.
    pub fn most(&self) -> u64 {
        self.by.values().sum()
    }
}

/// An address as it is kept, of those that are used here.
fn bare(url: &str) -> String {
    url.split(['?', '#']).next().unwrap_or_default().replace("me:secret@", "")
}

/// Whether there is no room for a further request.
pub fn is_full(session: &Session) -> bool {
    session.requests.limit.is_some_and(|limit| session.requests.count >= limit)
}

/// Counts these on a session, and changes nothing else.
///
/// Errors: it was asked whether there is room, and there is none.
pub fn count(session: &mut Session, tally: &Tally, asks: bool) -> Result<(), String> {
    if asks && is_full(session) {
        return Err(format!("counted beyond the limit: {session:?}"));
    }
    let requests = &mut session.requests;
    requests.count += tally.count;
    requests.micros += tally.micros;
    requests.last_url = tally.url.as_deref().map(bare).or(requests.last_url.take());
    Ok(())
}

impl Life {
    /// This write counted requests, or had the count begin anew.
    pub fn counts(&mut self, op: OpId, mutation: &Mutation) {
        match mutation {
            Mutation::Count { tally, .. } => _ = Rc::make_mut(&mut self.counted.by).insert(op, tally.count),
            Mutation::Configure { terms, .. } if terms.resets => self.counted.by = Rc::default(),
            _ => {}
        }
    }

    /// The requests of a session that another store has too, which is taken in: those that are counted there and not here. `known`:
    /// that session was there the time before. Where another store was noted since, nobody knows what was counted: nothing is, then.
    pub fn counts_below(&mut self, here: &mut Requests, below: (&Requests, &Self), epoch: u64, known: bool) {
        let (there, life) = below;
        let (count, micros) = match self.counted.taken.filter(|_| known) {
            Some((of, count, micros)) if of == epoch => (count, micros),
            Some(_) => (there.count, there.micros),
            None => (0, 0),
        };
        let more = there.count.saturating_sub(count);
        here.count += more;
        here.micros += there.micros.saturating_sub(micros);
        if more > 0 {
            here.last_url = there.last_url.clone().or(here.last_url.take());
        }
        self.counted.takes_in(&life.counted, there, epoch);
    }
}

impl Counted {
    /// What is there is counted here, too.
    pub fn takes_in(&mut self, there: &Self, requests: &Requests, epoch: u64) {
        self.taken = (requests.count > 0).then_some((epoch, requests.count, requests.micros)).or(self.taken);
        Rc::make_mut(&mut self.by).extend(there.by.iter());
    }
}

impl State {
    /// A session of another store was not changed since that was taken in, and more may have been counted.
    pub fn counts_on(&mut self, was: &Self, below: &Session, lower: &Self, (epoch, before): (u64, Option<Absorbed>)) {
        let there = lower.lives.get(&below.id);
        let (Some(there), Some(above)) = (there, self.sessions.get(&below.id)) else { return };
        let Some(mut life) = self.lives.get(&below.id).filter(|_| above.user_id == below.user_id).cloned() else {
            return;
        };
        let mut session = (**above).clone();
        let known = before.is_some_and(|before| there.created <= before.seq);
        life.counts_below(&mut session.requests, (&below.requests, there), epoch, known);
        // What nothing came of is not noted.
        if was.sessions.get(&below.id).is_some_and(|was| **was != session) {
            self.lives.insert(below.id.clone(), life);
            self.sessions.insert(below.id.clone(), Rc::new(session));
        }
    }
}

/// What counts without another version has to be stored as well.
pub fn missing(before: &State, state: &State, stored: &[SessionId]) -> Option<String> {
    let counted = |session: &&Rc<Session>| {
        before.sessions.get(&session.id).is_some_and(|known| known.requests != session.requests)
    };
    let missing = state.sessions.values().filter(counted).find(|session| !stored.contains(&session.id))?;
    Some(format!("requests were not stored: {missing:?}"))
}
