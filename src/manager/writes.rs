//! The page's writes, from the call until their outcome is known: in order, numbered, sent again until settled.

use alloc::rc::Rc;
use alloc::vec::Vec;

use super::io::{Operation, Token};
use crate::ambient::{Instant, UnixMillis};
use crate::machine::mutants::{self, Mutant};
use crate::protocol::encoded_len;
use crate::session::{Json, Mutation, Session, SessionId, Version, Write};

/// What one message of writes may come to. Small enough that a long queue does not hold up the port.
const BATCH_BYTES: usize = 65_536;

/// What a message of writes takes besides the writes, at most.
const ENVELOPE_BYTES: usize = 32;

/// An update by function: run, and run again when somebody else was faster.
#[derive(Clone, Debug)]
pub struct Call {
    pub token: Token,
    pub id: SessionId,
    pub if_version: Option<u64>,
    /// What it gives is the new data, whole.
    pub replace: bool,
    /// Its function runs and has not given a patch yet.
    pub running: bool,
    /// When it was made.
    pub at: Instant,
}

/// A write whose outcome is not known.
#[derive(Clone, Debug)]
pub struct PendingWrite {
    pub token: Token,
    pub n: u64,
    pub operation: Operation,
    pub mutations: Vec<Mutation>,
    /// When it was made, for what it shows.
    pub at: UnixMillis,
    /// The call that made it, if a function did.
    pub call: Option<Call>,
    /// The sequence number of the commit that holds it, once the service has said so.
    pub accepted: Option<u64>,
    /// The session as it made it, for a write that is about one: another write may remove it in the very same commit.
    pub made: Option<Rc<Session>>,
    /// When it was called for.
    pub called: Instant,
    base: Option<Version>,
    reads_from: u64,
    not_before: Instant,
    sent: Sent,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Sent {
    Never,
    /// On a connection that is gone, or so long ago that it is due again.
    Lost,
    At(Instant),
}

impl PendingWrite {
    /// The sessions that it is about.
    pub fn about(&self) -> impl Iterator<Item = &SessionId> {
        self.mutations.iter().filter_map(Mutation::id)
    }

    /// As it is sent.
    fn write(&self, predecessor: u64, base: Version) -> Write {
        let reads_from = self.call.as_ref().map(|_| self.reads_from);
        Write { n: self.n, predecessor, base, reads_from, mutations: self.mutations.clone() }
    }

    /// Whether it says which session is active. Of several that do the last one counts, whatever they are about.
    fn chooses(&self) -> bool {
        self.mutations.iter().any(|mutation| matches!(mutation, Mutation::Activate(_)))
    }
}

/// How many writes may be sent.
struct Room {
    all: usize,
    /// Of those that were never sent. What was lost may yet be with the service: new ones come on top of it.
    new: usize,
    /// How many were lost and were not looked at yet.
    lost: usize,
}

/// What the writes are about that wait for their time: what was done to that later is sent after them.
#[derive(Default)]
struct Held<'a> {
    sessions: Vec<&'a SessionId>,
    choice: bool,
}

impl<'a> Held<'a> {
    fn holds(&self, pending: &PendingWrite) -> bool {
        pending.about().any(|id| self.sessions.contains(&id)) || (self.choice && pending.chooses())
    }

    fn add(&mut self, pending: &'a PendingWrite) {
        self.sessions.extend(pending.about());
        self.choice |= pending.chooses();
    }
}

/// All writes of this page life whose outcome is not known, oldest first.
#[derive(Debug, Default)]
pub struct Writes {
    pub pending: Vec<PendingWrite>,
    last: u64,
}

impl Writes {
    /// Numbers a write and puts it behind the others. Gives the number. `not_before`: when it may be sent.
    pub fn push(
        &mut self,
        (token, operation, call): (Token, Operation, Option<Call>),
        mutations: Vec<Mutation>,
        made: Option<Rc<Session>>,
        base: Option<Version>,
        at: UnixMillis,
        not_before: Instant,
    ) -> u64 {
        self.last += 1;
        let n = self.last;
        let seen = |pending: &&PendingWrite| {
            let about = |mutation: &Mutation| call.as_ref().is_some_and(|call| mutation.id() == Some(&call.id));
            // Requests change nothing that a function sees.
            pending.operation != Operation::Count && pending.mutations.iter().any(about)
        };
        let reads_from = self.pending.iter().find(seen).map_or(n, |pending| pending.n);
        let sent = Sent::Never;
        let called = call.as_ref().map_or(not_before, |call| call.at);
        self.pending.push(PendingWrite {
            token,
            n,
            operation,
            mutations,
            at,
            call,
            accepted: None,
            made,
            called,
            base,
            reads_from,
            not_before,
            sent,
        });
        n
    }

    /// Takes out the write with this number.
    pub fn take(&mut self, n: u64) -> Option<PendingWrite> {
        let at = self.pending.iter().position(|pending| pending.n == n)?;
        Some(self.pending.remove(at))
    }

    /// Takes out the write of this promise if it was never sent.
    pub fn withdraw(&mut self, token: Token) -> Option<PendingWrite> {
        let at = self.pending.iter().position(|pending| pending.token == token && pending.sent == Sent::Never)?;
        Some(self.pending.remove(at))
    }

    /// Writes made before anything was known were made on the first thing that became known.
    pub fn found_base(&mut self, version: Version) {
        for pending in &mut self.pending {
            pending.base.get_or_insert(version);
        }
    }

    /// The mark below which nothing is needed any more: every write up to it is settled, and no write whose outcome
    /// is open rests on one up to it.
    pub fn settled(&self) -> u64 {
        let needed = self.pending.iter().map(|pending| pending.n.min(pending.reads_from)).min();
        let too_high = u64::from(mutants::has(Mutant::SettledTooHigh));
        needed.map_or(self.last, |n| n.saturating_sub(1).saturating_add(too_high))
    }

    /// What is to be sent now, at most one message's worth, with at most `window` writes under way. A message may come
    /// to `limit` bytes; one write alone may still be over it.
    /// Gives the writes and how many of them were sent before.
    pub fn batch(&mut self, now: Instant, window: usize, limit: usize) -> (Vec<Write>, u64) {
        let mut room = self.room(if mutants::has(Mutant::WindowIgnored) { usize::MAX } else { window });
        let (mut bytes, mut predecessor, mut again) = (ENVELOPE_BYTES, 0, 0);
        let mut batch = Vec::new();
        let mut held = Held::default();
        for pending in &mut self.pending {
            if matches!(pending.sent, Sent::At(_)) {
                predecessor = pending.n;
                continue;
            }
            let Some(base) = pending.base else { break };
            if room.new == 0 && room.lost == 0 {
                break;
            }
            let new = pending.sent == Sent::Never;
            room.lost = room.lost.saturating_sub(usize::from(!new));
            if !new && mutants::has(Mutant::NeverResent) {
                continue;
            }
            if !new && mutants::has(Mutant::ResentUnderNewNumber) {
                self.last += 1;
                pending.n = self.last;
            }
            if now < pending.not_before || held.holds(pending) || (new && room.new == 0) {
                held.add(pending);
                continue;
            }
            let write = pending.write(predecessor, base);
            bytes = bytes.saturating_add(encoded_len(&write));
            if room.all == 0 || (bytes > limit.min(BATCH_BYTES) && !batch.is_empty()) {
                break;
            }
            room.all -= 1;
            room.new = room.new.saturating_sub(usize::from(new));
            predecessor = pending.n;
            again += u64::from(!new);
            pending.sent = Sent::At(now);
            batch.push(write);
        }
        (batch, again)
    }

    /// How many writes may be sent, with at most `window` of them under way.
    fn room(&self, window: usize) -> Room {
        let count = |which: fn(Sent) -> bool| self.pending.iter().filter(|pending| which(pending.sent)).count();
        let lost = count(|sent| sent == Sent::Lost);
        let all = window.saturating_sub(count(|sent| matches!(sent, Sent::At(_))));
        Room { all, new: all.saturating_sub(lost), lost }
    }

    /// When [`batch`](Self::batch) may have something to send next, of those that wait for a time after `now`.
    pub fn next_send(&self, now: Instant) -> Option<Instant> {
        let waiting = self.pending.iter().filter(|pending| !matches!(pending.sent, Sent::At(_)));
        waiting.map(|pending| pending.not_before).filter(|at| *at > now).min()
    }

    /// When the oldest write that is not settled is to be sent again. One that was acknowledged, too: the store may have lost
    /// it before anything else was heard of it. `after`: so many microseconds.
    pub fn next_resend(&self, after: u64) -> Option<Instant> {
        let sent = self.pending.iter().filter_map(|pending| match pending.sent {
            Sent::At(at) => Some(at.after_micros(after)),
            _ => None,
        });
        sent.min()
    }

    /// Whether any was sent and is not settled.
    pub fn is_under_way(&self) -> bool {
        self.pending.iter().any(|pending| matches!(pending.sent, Sent::At(_)))
    }

    /// Whatever was sent may be lost: all of it is due again.
    pub fn lose(&mut self) {
        for pending in &mut self.pending {
            if matches!(pending.sent, Sent::At(_)) {
                pending.sent = Sent::Lost;
            }
        }
    }

    /// The calls, not sent yet, whose function looked at this session: it is not what they saw, so they look again.
    pub fn unsent_calls(&mut self, id: &SessionId) -> Vec<Call> {
        let stale = |pending: &PendingWrite| {
            pending.sent == Sent::Never && pending.call.as_ref().is_some_and(|call| call.id == *id)
        };
        self.take_those(&stale).into_iter().filter_map(|pending| pending.call).collect()
    }

    /// Takes out all writes of which this is true. Called by reference, so that it is compiled once: every visitor downloads it.
    pub fn take_those(&mut self, which: &dyn Fn(&PendingWrite) -> bool) -> Vec<PendingWrite> {
        let all = core::mem::take(&mut self.pending).into_iter();
        let (taken, stay) = all.partition(|pending| which(pending));
        self.pending = stay;
        taken
    }
}

impl Call {
    /// The write that the function's result is.
    pub fn mutations(&self, given: Json) -> Vec<Mutation> {
        let (id, if_version) = (self.id.clone(), self.if_version);
        Vec::from([if self.replace {
            Mutation::Replace { id, data: given, if_version }
        } else {
            Mutation::Update { id, patch: given, if_version }
        }])
    }
}
