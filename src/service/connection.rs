//! One connected page: what it has been told, what it is owed, and how much it may be told before it says it took it in.

use alloc::collections::VecDeque;
use alloc::rc::Rc;
use alloc::vec::Vec;

use super::author::Author;
use super::bucket::Bucket;
use super::commit::{Commit, LOGGED, News};
use super::paging::Paging;
use super::ring::Ring;
use super::state::State;
use super::{ChannelId, Output};
use crate::engine::outcomes::Outcomes;
use crate::protocol::{From, ToManager, encode};
use crate::session::Version;

/// Data messages that a page has not said it took in; more wait.
const CREDIT: u64 = 64;
/// A commit larger than this goes to pages as a snapshot.
const EVENT_BYTES: usize = 262_144;
/// `Sync`s of one page that wait for their answer; of more, the oldest are dropped.
const SYNCS: usize = 64;

/// The replica, as pages are told of it.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    pub head: Version,
    pub state: &'a State,
    pub ring: &'a Ring,
}

/// One connected page.
#[derive(Debug)]
pub struct Connection {
    pub channel: ChannelId,
    pub author: Author,
    pub attempt: u64,
    /// The protocol version agreed on.
    pub protocol: u8,
    /// Whether it may write.
    pub write: bool,
    pub bucket: Bucket,
    /// Refusals that no commit holds, until the page has settled them.
    pub remembered: Outcomes,
    /// The version that it has once it took in everything sent.
    sent: Option<Version>,
    data_sent: u64,
    /// Of those, how many it took in or will never see.
    data_taken: u64,
    /// How many it will never see.
    data_lost: u64,
    paging: Option<Paging>,
    backlog: Backlog,
    /// The `Sync` that a snapshot would answer; 0 for none.
    cause: u64,
    syncs: VecDeque<Sync>,
}

/// Commits that are older than the ring reaches.
#[derive(Debug)]
enum Backlog {
    None,
    /// To be read from the store's log after this version.
    Wanted(Version),
    Read(VecDeque<Rc<News>>),
    /// The log does not reach back to this version.
    Gone(Version),
}

/// A `Sync` that waits for its answer.
#[derive(Debug)]
struct Sync {
    id: u64,
    /// The look at the store that it waits for.
    ticket: u64,
    /// Where the store stood then.
    target: Option<Version>,
}

impl Connection {
    /// A page that holds `sent`.
    pub fn new(
        channel: ChannelId,
        author: Author,
        attempt: u64,
        protocol: u8,
        sent: Option<Version>,
        bucket: Bucket,
    ) -> Self {
        Self {
            channel,
            author,
            attempt,
            protocol,
            write: false,
            bucket,
            remembered: Outcomes::default(),
            sent,
            data_sent: 0,
            data_taken: 0,
            data_lost: 0,
            paging: None,
            backlog: Backlog::None,
            cause: 0,
            syncs: VecDeque::new(),
        }
    }

    /// Says something to the page.
    pub fn say(&self, message: &ToManager, out: &mut VecDeque<Output>) {
        out.push_back(Output::Send { channel: self.channel, bytes: encode(self.protocol, message) });
    }

    /// The page took in so many data messages in all.
    pub fn took(&mut self, count: u64) {
        let taken = count.saturating_add(self.data_lost).min(self.data_sent);
        self.data_taken = self.data_taken.max(taken);
    }

    /// The page wants to be brought up to date, and to know where the store stands at the look of this ticket.
    pub fn sync(&mut self, id: u64, from: From, took: u64, ticket: u64) {
        if let From::Held(held) = from {
            // Whatever it did not take in by now, it may never see.
            self.data_lost = self.data_sent.saturating_sub(took);
            self.sent = held;
            self.paging = None;
            self.backlog = Backlog::None;
            self.cause = id;
        }
        self.took(took);
        if self.syncs.len() >= SYNCS {
            self.syncs.pop_front();
        }
        self.syncs.push_back(Sync { id, ticket, target: None });
    }

    /// The store was looked at, as asked for by all tickets up to this one, and stood at `head`.
    pub fn looked(&mut self, ticket: u64, head: Version) {
        for sync in self.syncs.iter_mut().filter(|sync| sync.ticket <= ticket && sync.target.is_none()) {
            sync.target = Some(head);
        }
    }

    /// The replica was read anew and stands at `head`: what led to it is not known.
    pub fn replaced(&mut self, head: Version) {
        self.paging = None;
        self.backlog = Backlog::None;
        self.sent = self.sent.filter(|sent| *sent == head);
        self.syncs.iter_mut().for_each(|sync| sync.target = sync.target.map(|_| head));
    }

    /// The version after which it needs the store's log, if it does.
    pub fn wants_log(&self) -> Option<Version> {
        if let Backlog::Wanted(version) = self.backlog { Some(version) } else { None }
    }

    /// The store's log after `from`, if it reaches back to there; the replica stands at `head`.
    pub fn log_read(&mut self, from: Version, commits: Option<Vec<Commit>>, head: Version) {
        if self.wants_log() != Some(from) {
            return;
        }
        let mut follows = from;
        let mut news = VecDeque::new();
        for commit in commits.iter().flatten().take_while(|commit| commit.version.seq <= head.seq) {
            news.push_back(Rc::new(News::of(follows, commit)));
            follows = commit.version;
        }
        // It must lead to the replica: a store that moved on since, or is another one by now, is no help.
        self.backlog = if follows == head { Backlog::Read(news) } else { Backlog::Gone(from) };
    }

    /// Says whatever there is to say and credit for.
    pub fn feed(&mut self, source: Source<'_>, out: &mut VecDeque<Output>) {
        while self.data_sent.saturating_sub(self.data_taken) < CREDIT {
            let message = if let Some(paging) = &mut self.paging {
                let (message, last) = paging.next_part();
                if last {
                    self.sent = Some(paging.version());
                    self.paging = None;
                }
                encode(self.protocol, &message)
            } else if self.sent == Some(source.head) || self.awaits_look(source.head) {
                break;
            } else if let Some(event) = self.next_event(source) {
                event
            } else if self.wants_log().is_some() {
                break;
            } else {
                let sync = core::mem::take(&mut self.cause);
                self.paging = Some(Paging::new(sync, source.head, source.state, &self.author));
                self.backlog = Backlog::None;
                continue;
            };
            self.data_sent = self.data_sent.saturating_add(1);
            out.push_back(Output::Send { channel: self.channel, bytes: message });
        }
        self.answer_syncs(out);
    }

    /// Whether it seems to be ahead of the replica, and a look at the store that will tell is on its way.
    fn awaits_look(&self, head: Version) -> bool {
        let ahead = self.sent.is_some_and(|sent| sent.epoch == head.epoch && sent.seq > head.seq);
        ahead && self.syncs.iter().any(|sync| sync.target.is_none())
    }

    /// The next commit that it lacks, as an event. `None`: the log is to be read first, or there is no way but a snapshot.
    fn next_event(&mut self, source: Source<'_>) -> Option<Vec<u8>> {
        let sent = self.sent?;
        if let Backlog::Gone(version) = self.backlog
            && version == sent
        {
            return None;
        }
        let Some(news) = self.next_read(sent).or_else(|| source.ring.after(sent).cloned()) else {
            let behind = source.head.seq.saturating_sub(sent.seq);
            if sent.epoch == source.head.epoch && (1..=LOGGED).contains(&behind) {
                self.backlog = Backlog::Wanted(sent);
            }
            return None;
        };
        let event = ToManager::Event {
            follows: news.follows,
            version: news.version,
            changes: news.changes.clone(),
            mine: news.outcomes_of(&self.author),
        };
        let bytes = encode(self.protocol, &event);
        if bytes.len() > EVENT_BYTES {
            return None;
        }
        self.sent = Some(news.version);
        Some(bytes)
    }

    /// The next commit that was read from the log, if it follows `sent`.
    fn next_read(&mut self, sent: Version) -> Option<Rc<News>> {
        let Backlog::Read(read) = &mut self.backlog else { return None };
        let news = read.pop_front();
        if news.is_none() {
            self.backlog = Backlog::None;
        }
        news.filter(|news| news.follows == sent)
    }

    /// Answers the `Sync`s whose version was sent.
    fn answer_syncs(&mut self, out: &mut VecDeque<Output>) {
        let Some(sent) = self.sent.filter(|_| self.paging.is_none()) else { return };
        while let Some(sync) = self.syncs.front()
            && sync.target.is_some_and(|target| target.epoch == sent.epoch && target.seq <= sent.seq)
        {
            self.say(&ToManager::Synced { id: sync.id, version: sent }, out);
            self.syncs.pop_front();
        }
    }
}
