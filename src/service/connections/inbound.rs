//! What arrives from pages: writes are refreshed up, refused at once or put in the queue; everything else is answered.

use alloc::vec::Vec;

use super::connection::Connection;
use super::handshake::UNSETTLED;
use crate::ambient::Now;
use crate::error::Code;
use crate::machine::mutants::{self, Mutant};
use crate::protocol::{ResumeFrom, ToManager, ToService, decode};
use crate::service::commits::queue::QueuedWrite;
use crate::service::io::{ChannelId, Output};
use crate::service::machine::Service;
use crate::service::replica::author::Author;
use crate::session::{Mutation, Outcome, Why, Write, is_name};

/// Mutations of one write.
const MUTATIONS: usize = 1_000;
/// A page whose writes wait beyond twice what it was told it may have does not keep to the protocol.
const WAITING: usize = UNSETTLED * 2;
/// Messages' worth of bytes that may wait of one page.
const WAITING_MESSAGES: usize = 8;
/// Outcomes kept of one page that does not settle them.
const UNSETTLED_OUTCOMES: usize = UNSETTLED * 2;

/// What is to be done about a write that arrived.
enum Fate {
    /// Nothing: it waits already, is settled, or stands behind one that did not arrive.
    Drop,
    Tell(Outcome),
    Refuse(Outcome),
    Queue,
}

impl Service {
    pub(in crate::service) fn message(&mut self, now: Now, channel: ChannelId, bytes: &[u8]) {
        let Some(connection) = self.connections.get_mut(&channel) else { return self.spoke_early(channel) };
        let mut limiter = self.origin_limits.of(&connection.author.origin, &self.config.limits, now.instant);
        let Some(limiter) = limiter.take_if(|limiter| limiter.admit_message(bytes.len(), now.instant)) else {
            return self.cut_off(channel);
        };
        match decode(connection.protocol, bytes, self.config.limits.message_bytes) {
            Err(_) => self.metrics.malformed = self.metrics.malformed.saturating_add(1),
            Ok(ToService::Writes { settled, writes }) => {
                if self.writes(now, channel, settled, writes).is_err() {
                    self.cut_off(channel);
                }
            }
            Ok(ToService::Sync { from: ResumeFrom::Held(_), .. }) if !limiter.admit_snapshot(now.instant) => {
                self.cut_off(channel)
            }
            Ok(ToService::Sync { id, from, took }) => {
                connection.say(&ToManager::Pong(id), &mut self.out);
                let skips = mutants::has(Mutant::SyncedWithoutRefresh);
                connection.sync(id, from, took, if skips { 0 } else { self.scheduler.request_refresh() });
                if skips {
                    connection.refreshed(0, self.replica.head);
                }
            }
            Ok(ToService::Touch { id, session }) => {
                if self.touch(channel, id, session).is_err() {
                    self.cut_off(channel);
                }
            }
            Ok(ToService::CleanUp { id }) => {
                if self.ask_clean_up(channel, id).is_err() {
                    self.cut_off(channel);
                }
            }
            Ok(ToService::Ack(count)) => connection.took(count),
            Ok(ToService::AskAccess { id }) => self.ask_access(channel, id),
            Ok(ToService::LeavePrompt { declined }) => self.leave_prompt(channel, declined),
            Ok(ToService::Bye) => {
                if let Some(connection) = self.connections.remove(&channel) {
                    self.queue.drop_held(&connection.author);
                }
                self.out.push_back(Output::Close(channel));
            }
        }
    }

    /// A page that goes over a bound is told so, once, and heard no more. It may come again after a while.
    fn cut_off(&mut self, channel: ChannelId) {
        if let Some(connection) = self.connections.get(&channel) {
            self.origin_limits.penalize(&connection.author.origin);
        }
        self.part(channel, Code::LimitExceeded);
    }

    /// Until it is welcomed a page has nothing to say: it does not even know the version to say it in.
    fn spoke_early(&mut self, channel: ChannelId) {
        if let Some(at) = self.hellos.iter().position(|waiting| waiting.channel == channel) {
            self.hellos.remove(at);
            self.out.push_back(Output::Close(channel));
        }
    }

    /// Takes writes in. Errors: the page goes over a bound.
    fn writes(&mut self, now: Now, channel: ChannelId, settled: u64, writes: Vec<Write>) -> Result<(), Code> {
        // However cheap each one is, so many at once hold up everybody else. No page that keeps to the protocol has more.
        if writes.len() > UNSETTLED {
            return Err(Code::LimitExceeded);
        }
        let Some(connection) = self.connections.get_mut(&channel) else { return Ok(()) };
        connection.remembered.settle(settled);
        let author = connection.author.clone();
        let mut told = Vec::new();
        for write in writes {
            let n = write.n;
            match self.fate(channel, &write) {
                Fate::Drop => {}
                Fate::Tell(outcome) => told.push((n, outcome)),
                Fate::Refuse(_) | Fate::Queue if self.unsettled(channel) >= UNSETTLED_OUTCOMES => {
                    return Err(Code::LimitExceeded);
                }
                Fate::Refuse(outcome) => {
                    self.dismiss(&author, n, outcome);
                    told.push((n, outcome));
                }
                Fate::Queue => self.enqueue(now, channel, settled, write)?,
            }
        }
        if let Some(connection) = self.connections.get(&channel).filter(|_| !told.is_empty()) {
            connection.say(&ToManager::Outcomes(told), &mut self.out);
        }
        Ok(())
    }

    fn fate(&self, channel: ChannelId, write: &Write) -> Fate {
        let Some(connection) = self.connections.get(&channel) else { return Fate::Drop };
        let author = &connection.author;
        let settled = |n| connection.remembered.is_settled(n) || self.is_settled(author, n);
        if settled(write.n) {
            return Fate::Drop;
        }
        let known = self.known(connection, write.n);
        if let Some(outcome) = known.filter(|_| !mutants::has(Mutant::NoDedupe)) {
            return Fate::Tell(outcome);
        }
        let predecessor = write.predecessor;
        let stands = settled(predecessor)
            || self.known(connection, predecessor).is_some()
            || self.queue.has(author, predecessor);
        if self.queue.has(author, write.n) || !stands {
            return Fate::Drop;
        }
        let nothing = |id| mutants::has(Mutant::NotYoursTold) && self.replica.state.session(id).is_none();
        match connection.grant.refuses(write).or_else(|| unacceptable(write)) {
            Some(forbidden)
                if forbidden.refusal() == Some(Code::Forbidden)
                    && write.mutations.iter().filter_map(Mutation::id).any(nothing) =>
            {
                Fate::Refuse(Outcome::Refused(Code::NotFound))
            }
            Some(outcome) => Fate::Refuse(outcome),
            None => Fate::Queue,
        }
    }

    fn is_settled(&self, author: &Author, n: u64) -> bool {
        self.replica.state.client(author).is_some_and(|client| client.outcomes.is_settled(n))
    }

    fn known(&self, connection: &Connection, n: u64) -> Option<Outcome> {
        let client = self.replica.state.client(&connection.author);
        client.and_then(|client| client.outcomes.get(n)).or_else(|| connection.remembered.get(n))
    }

    /// How many outcomes are kept of this page.
    fn unsettled(&self, channel: ChannelId) -> usize {
        let Some(connection) = self.connections.get(&channel) else { return 0 };
        let kept = self.replica.state.client(&connection.author).map_or(0, |client| client.outcomes.len());
        kept.saturating_add(connection.remembered.len())
    }

    fn enqueue(&mut self, now: Now, channel: ChannelId, settled: u64, write: Write) -> Result<(), Code> {
        let Some(connection) = self.connections.get_mut(&channel) else { return Ok(()) };
        let author = &connection.author;
        let (count, bytes) = self.queue.load(author);
        let bytes_allowed = self.config.limits.message_bytes.saturating_mul(WAITING_MESSAGES);
        let over = count >= WAITING
            || bytes >= bytes_allowed
            || self.queue.bytes_of(&author.origin) >= bytes_allowed.saturating_mul(2);
        if over {
            return Err(Code::LimitExceeded);
        }
        let pending = QueuedWrite::new(author.clone(), write, settled);
        let bucket = &mut connection.bucket;
        self.queue.push(pending, || bucket.take(1, now.instant));
        Ok(())
    }

    /// A write takes no effect, and no commit will say so. It is remembered for as long as the page may send it again.
    pub(in crate::service) fn dismiss(&mut self, author: &Author, n: u64, outcome: Outcome) {
        self.metrics.refused = self.metrics.refused.saturating_add(u64::from(outcome != Outcome::Contended));
        if let Some(connection) = self.connection_of(author) {
            connection.remembered.record(n, outcome, 0);
        }
    }
}

/// What can be seen to be wrong with a write without looking at any session.
fn unacceptable(write: &Write) -> Option<Outcome> {
    let nameless = |mutation: &Mutation| matches!(mutation, Mutation::Add { user_id, .. } if !is_name(user_id));
    // Nobody counts twice in one write: each has a whole session laid out.
    let miscounts = |mutation: &Mutation| match mutation {
        Mutation::Count { tally, .. } => write.mutations.len() > 1 || !tally.is_acceptable(),
        _ => false,
    };
    let is_wrong = |mutation: &Mutation| {
        nameless(mutation) || miscounts(mutation) || mutation.terms().is_some_and(|terms| !terms.is_acceptable())
    };
    if write.mutations.len() > MUTATIONS {
        Some(Outcome::Denied(Why::Mutations(MUTATIONS as u64)))
    } else {
        // One that does nothing would still be kept in the store.
        let empty = write.mutations.is_empty();
        (empty || write.mutations.iter().any(is_wrong)).then_some(Outcome::Refused(Code::InvalidArgument))
    }
}
