//! The bounds of `docs/protocol.md`, counted where messages leave and arrive.

use session_bridge::protocol::{self, ResumeFrom, ToManager, ToService, decode};
use session_bridge::session::{OpId, Outcome};

use crate::promises::{Kind, Promise};
use crate::queue::End;
use crate::world::World;

/// Writes of a page under way.
const WINDOW: usize = 512;
/// Data messages under way.
const CREDIT: u64 = 64;
/// The longest message to a service.
const TO_SERVICE: usize = 1_048_576;
/// The longest event; a page of a snapshot is shorter, unless one session is longer.
const TO_PAGE: usize = 262_144 + 65_536;

/// The numbers of variants on the wire.
const EVENT: u8 = 1;
const PAGE: u8 = 2;
const SYNC: u8 = 1;
const TOOK: u8 = 2;
const OUTCOMES: u8 = 5;

/// Data messages of one connection.
#[derive(Debug, Default)]
pub struct Credit {
    sent: u64,
    /// So many of them the page took, or said that it does not count on.
    done: u64,
    lost: u64,
}

impl World {
    /// A message leaves.
    pub fn count_sent(&mut self, channel: usize, to: End, bytes: &[u8]) {
        let tab = self.channels[channel].tab;
        let most = if to == End::Page { TO_PAGE } else { TO_SERVICE };
        if bytes.len() > most {
            self.violated(format!(
                "tab {tab}: a message to the {to:?} is longer than any may be: {} bytes",
                bytes.len()
            ));
        }
        if to == End::Page && matches!(bytes.get(1), Some(&(EVENT | PAGE))) {
            let credit = &mut self.channels[channel].credit;
            credit.sent += 1;
            if credit.sent - credit.done > CREDIT {
                self.violated(format!("tab {tab}: more data messages under way than there is credit for"));
            }
        }
    }

    /// A message reaches the service.
    pub fn count_taken(&mut self, channel: usize, bytes: &[u8]) {
        let (Some(version), Some(&(SYNC | TOOK))) = (bytes.first(), bytes.get(1)) else { return };
        let message = decode(*version, bytes, usize::MAX);
        let credit = &mut self.channels[channel].credit;
        let took = match message {
            Ok(ToService::Sync { from, took, .. }) => {
                if let ResumeFrom::Held(_) = from {
                    // Whatever it did not take in by now, it may never see.
                    credit.lost = credit.sent.saturating_sub(took);
                }
                took
            }
            Ok(ToService::Ack(took)) => took,
            _ => return,
        };
        credit.done = credit.done.max((took + credit.lost).min(credit.sent));
    }

    /// A message reaches the page: it may say what no store knows any more, that a write is under way no more.
    pub fn hear_outcomes(&mut self, tab: usize, bytes: &[u8]) {
        let (Some(version), Some(&(EVENT | PAGE | OUTCOMES))) = (bytes.first(), bytes.get(1)) else { return };
        let outcomes = match decode(*version, bytes, usize::MAX) {
            Ok(ToManager::Outcomes(outcomes)) => outcomes,
            Ok(ToManager::Event { mine, .. } | ToManager::Page { end: Some(protocol::End { mine, .. }), .. }) => mine,
            _ => return,
        };
        let of = |which: fn(&Outcome) -> bool| {
            outcomes.iter().filter(move |(_, outcome)| which(outcome)).map(|(n, _)| *n).collect::<Vec<_>>()
        };
        let (head, page) = (self.stores[self.tabs[tab].home].history.head(), &mut self.tabs[tab].page);
        page.contended.extend(of(|outcome| *outcome == Outcome::Contended));
        let elsewhere = page.manager.held().map(|held| held.epoch) != head.map(|head| head.epoch);
        if elsewhere && bytes.get(1) == Some(&OUTCOMES) {
            page.told_early.extend(of(|outcome| matches!(outcome, Outcome::Accepted(_))));
        }
    }

    /// Writes of the page leave: with them no more are under way than may be.
    pub fn check_window(&mut self, tab: usize) {
        let page = &self.tabs[tab].page;
        let Some(client) = page.client else { return };
        let became = |n| self.stores.iter().find_map(|store| store.history.outcome(OpId { client, n }));
        let failed = |n| matches!(became(n), Some(Outcome::Refused(_) | Outcome::Denied(_) | Outcome::Contended));
        let lost = |n| {
            // A function that saw a write of the page that was refused runs again before the service says so.
            let saw = self.sent.get(&OpId { client, n }).and_then(|write| write.reads_from);
            page.contended.contains(&n)
                || became(n) == Some(Outcome::Contended)
                || saw.is_some_and(|saw| (saw..n).any(failed))
        };
        let under_way = |promise: &Promise| {
            let open = promise.settled.is_none() && matches!(promise.kind, Kind::Write | Kind::Function(..));
            open && promise.numbers.last().is_some_and(|n| !lost(*n))
        };
        let count = page.promises.iter().filter(|(_, promise)| under_way(promise)).count();
        if count > WINDOW {
            self.violated(format!("tab {tab}: {count} writes under way"));
        }
    }
}
