//! One connected page: what it has been told, what it is owed, and how much it may be told before it says it took it in.

use alloc::collections::VecDeque;
use alloc::rc::Rc;
use alloc::vec::Vec;

use super::snapshot::OutgoingSnapshot;
use super::suppressed::Suppressed;
use crate::ambient::UnixMillis;
use crate::engine::bucket::Bucket;
use crate::engine::outcomes::Outcomes;
use crate::machine::mutants::{self, Mutant};
use crate::protocol::{LIFETIMES, ResumeFrom, ToManager, encode};
use crate::service::grants::Grant;
use crate::service::io::{ChannelId, Output};
use crate::service::replica::author::Author;
use crate::service::replica::changes::{ChangeRecord, CommitChanges};
use crate::service::replica::commit::{Commit, LOGGED};
use crate::service::replica::recent_commits::RecentCommits;
use crate::service::replica::state::State;
use crate::session::{Change, Outcome, Version};

/// Data messages that a page has not said it took in; more wait.
const CREDIT: u64 = 64;
/// A commit larger than this goes to pages as a snapshot.
const EVENT_BYTES: usize = 262_144;
/// `Sync`s of one page that wait for their answer; of more, the oldest are dropped.
const SYNCS: usize = 64;

/// The replica, as pages are told of it.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// The present time.
    pub at: UnixMillis,
    pub head: Version,
    pub state: &'a State,
    pub recent: &'a RecentCommits,
}

/// One connected page.
#[derive(Debug)]
pub struct Connection {
    pub channel: ChannelId,
    pub author: Author,
    /// What it may see and do.
    pub grant: Grant,
    pub attempt: u64,
    /// The protocol version agreed on.
    pub protocol: u8,
    pub bucket: Bucket,
    /// Refusals that no commit holds, until the page has settled them.
    pub remembered: Outcomes,
    /// The version that it has once it took in everything sent.
    sent: Option<Version>,
    /// The commits after that which show it nothing.
    suppressed: Option<Suppressed>,
    data_sent: u64,
    /// Of those, how many it took in or will never see.
    data_taken: u64,
    /// How many it will never see.
    data_lost: u64,
    snapshot: Option<OutgoingSnapshot>,
    backlog: Backlog,
    /// The `Sync` that a snapshot would answer; 0 for none.
    cause: u64,
    syncs: VecDeque<Sync>,
}

/// Commits that are older than the recent reaches.
#[derive(Debug)]
enum Backlog {
    None,
    /// To be read from the store's log after this version.
    Wanted(Version),
    Read(VecDeque<Rc<CommitChanges>>),
    /// The log does not reach back to this version.
    Gone(Version),
}

/// What is to be said next.
enum Next {
    /// A data message.
    Data(Vec<u8>),
    /// Nothing yet: one commit was passed over.
    Suppressed,
    /// There is no way but a snapshot.
    Snapshot,
    /// Nothing, now.
    Nothing,
}

/// A `Sync` that waits for its answer.
#[derive(Debug)]
struct Sync {
    id: u64,
    /// The refresh of the replica that it waits for.
    ticket: u64,
    /// Where the store stood then.
    target: Option<Version>,
}

impl Connection {
    /// A page that holds `sent`.
    pub fn new(
        channel: ChannelId,
        author: Author,
        grant: Grant,
        attempt: u64,
        protocol: u8,
        sent: Option<Version>,
        bucket: Bucket,
    ) -> Self {
        Self {
            channel,
            author,
            grant,
            attempt,
            protocol,
            bucket,
            remembered: Outcomes::default(),
            sent,
            suppressed: None,
            data_sent: 0,
            data_taken: 0,
            data_lost: 0,
            snapshot: None,
            backlog: Backlog::None,
            cause: 0,
            syncs: VecDeque::new(),
        }
    }

    /// Says something to the page, if its version of the protocol has a word for it.
    pub fn say(&self, message: &ToManager, out: &mut VecDeque<Output>) {
        let channel = self.channel;
        out.extend(encode(self.protocol, message).map(|bytes| Output::Send { channel, bytes }));
    }

    /// The page took in so many data messages in all.
    pub fn took(&mut self, count: u64) {
        let taken = count.saturating_add(self.data_lost).min(self.data_sent);
        let taken = if mutants::has(Mutant::CreditNeverReturned) { 0 } else { taken };
        self.data_taken = self.data_taken.max(taken);
    }

    /// The page wants to be brought up to date, and to know where the store stands at the refresh of this ticket.
    pub fn sync(&mut self, id: u64, from: ResumeFrom, took: u64, ticket: u64) {
        if let ResumeFrom::Held(held) = from {
            // Whatever it did not take in by now, it may never see.
            self.data_lost = self.data_sent.saturating_sub(took);
            self.sent = held;
            self.suppressed = None;
            self.snapshot = None;
            self.backlog = Backlog::None;
            self.cause = id;
        }
        self.took(took);
        if self.syncs.len() >= SYNCS {
            self.syncs.pop_front();
        }
        self.syncs.push_back(Sync { id, ticket, target: None });
    }

    /// All refreshes up to this ticket are done, and the store stood at `head`.
    pub fn refreshed(&mut self, ticket: u64, head: Version) {
        for sync in self.syncs.iter_mut().filter(|sync| sync.ticket <= ticket && sync.target.is_none()) {
            sync.target = Some(head);
        }
    }

    /// The replica was read anew and stands at `head`: what led to it is not known.
    pub fn replaced(&mut self, head: Version) {
        self.snapshot = None;
        self.suppressed = None;
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
        let mut changes = VecDeque::new();
        for commit in commits.iter().flatten().take_while(|commit| commit.version.seq <= head.seq) {
            changes.push_back(Rc::new(CommitChanges::of(follows, commit, None)));
            follows = commit.version;
        }
        // It must lead to the replica: a store that moved on since, or is another one by now, is no help.
        self.backlog = if follows == head { Backlog::Read(changes) } else { Backlog::Gone(from) };
    }

    /// Says whatever there is to say and credit for.
    pub fn feed(&mut self, source: Source<'_>, out: &mut VecDeque<Output>) {
        let hidden = self.hides(source.at);
        while self.data_sent.saturating_sub(self.data_taken) < CREDIT || mutants::has(Mutant::CreditIgnored) {
            let next = if let Some(snapshot) = &mut self.snapshot {
                let (message, last) = snapshot.next_part(&self.grant.read, hidden);
                if last {
                    self.sent = Some(snapshot.version());
                    self.snapshot = None;
                }
                encode(self.protocol, &message).map_or(Next::Nothing, Next::Data)
            } else if self.reached() == Some(source.head) || self.awaits_refresh(source.head) {
                self.make_up(source.at)
            } else {
                self.next_event(source)
            };
            match next {
                Next::Data(bytes) => {
                    self.data_sent = self.data_sent.saturating_add(1);
                    out.push_back(Output::Send { channel: self.channel, bytes });
                }
                Next::Suppressed => {}
                Next::Snapshot => {
                    let sync = core::mem::take(&mut self.cause);
                    self.snapshot = Some(OutgoingSnapshot::new(sync, source.head, source.state, &self.author));
                    self.suppressed = None;
                    self.backlog = Backlog::None;
                }
                Next::Nothing => break,
            }
        }
        self.answer_syncs(source.at, out);
    }

    /// A page that knows no lifetimes is not told of sessions that are expired at this time.
    fn hides(&self, at: UnixMillis) -> Option<UnixMillis> {
        (self.protocol < LIFETIMES).then_some(at)
    }

    /// The version up to which it was told whatever shows it anything.
    fn reached(&self) -> Option<Version> {
        self.suppressed.as_ref().map(|suppressed| suppressed.version).or(self.sent)
    }

    /// Whether it seems to be ahead of the replica, and a refresh that will tell is on its way.
    fn awaits_refresh(&self, head: Version) -> bool {
        let ahead = self.sent.is_some_and(|sent| sent.epoch == head.epoch && sent.seq > head.seq);
        ahead && self.syncs.iter().any(|sync| sync.target.is_none())
    }

    /// Tells what was passed over, where it asked for the state that this leads to.
    fn make_up(&mut self, at: UnixMillis) -> Next {
        let (Some(suppressed), Some(sent)) = (&self.suppressed, self.sent) else { return Next::Nothing };
        let version = suppressed.version;
        if self.syncs.iter().any(|sync| sync.target.is_some_and(|target| target.seq > sent.seq)) {
            self.event(at, (sent, version), &[], Vec::new())
        } else {
            Next::Nothing
        }
    }

    /// The next commit that it lacks, as an event, if it shows it anything.
    fn next_event(&mut self, source: Source<'_>) -> Next {
        let (Some(sent), Some(reached)) = (self.sent, self.reached()) else { return Next::Snapshot };
        if let Backlog::Gone(version) = self.backlog
            && version == reached
        {
            return Next::Snapshot;
        }
        let Some(changes) = self.next_read(reached).or_else(|| source.recent.after(reached).cloned()) else {
            let behind = source.head.seq.saturating_sub(reached.seq);
            // The log does not say what a commit found, so it does not say whether a page may see anything of it.
            let helps = self.grant.read.is_all();
            if helps && reached.epoch == source.head.epoch && (1..=LOGGED).contains(&behind) {
                self.backlog = Backlog::Wanted(reached);
                return Next::Nothing;
            }
            return Next::Snapshot;
        };
        let mine = changes.outcomes_of(&self.author);
        if mine.is_empty() && !changes.shows(&self.grant.read) {
            let suppressed = self.suppressed.get_or_insert_with(|| Suppressed::after(sent));
            if !suppressed.is_full() {
                suppressed.pass(changes.version, &changes.records);
                return Next::Suppressed;
            }
        }
        self.event(source.at, (sent, changes.version), &changes.records, mine)
    }

    /// An event that leads to `version` by these records and by what was passed over before them.
    fn event(
        &mut self,
        at: UnixMillis,
        (follows, version): (Version, Version),
        records: &[ChangeRecord],
        mine: Vec<(u64, Outcome)>,
    ) -> Next {
        let read = &self.grant.read;
        let mut changes = Vec::new();
        if let Some(suppressed) = self.suppressed.take() {
            changes.extend(suppressed.besides(records).map(|record| Change::Put(read.session(&record.session))));
        }
        changes.extend(records.iter().map(|record| record.change(read)));
        if let Some(at) = self.hides(at) {
            changes.iter_mut().for_each(|change| hide(change, at));
        }
        let event = ToManager::Event { follows, version, changes, mine };
        let bytes = encode(self.protocol, &event).filter(|bytes| bytes.len() <= EVENT_BYTES);
        let Some(bytes) = bytes else { return Next::Snapshot };
        self.sent = Some(version);
        Next::Data(bytes)
    }

    /// The next commit that was read from the log, if it follows `reached`.
    fn next_read(&mut self, reached: Version) -> Option<Rc<CommitChanges>> {
        let Backlog::Read(read) = &mut self.backlog else { return None };
        let changes = read.pop_front();
        if changes.is_none() {
            self.backlog = Backlog::None;
        }
        changes.filter(|changes| changes.follows == reached)
    }

    /// Answers the `Sync`s whose version was sent.
    fn answer_syncs(&mut self, at: UnixMillis, out: &mut VecDeque<Output>) {
        let Some(sent) = self.sent.filter(|_| self.snapshot.is_none()) else { return };
        while let Some(sync) = self.syncs.front()
            && sync.target.is_some_and(|target| target.epoch == sent.epoch && target.seq <= sent.seq)
        {
            self.say(&ToManager::Synced { id: sync.id, version: sent, time: Some(at) }, out);
            self.syncs.pop_front();
        }
    }
}

/// A session that is expired at this time is put nowhere.
fn hide(change: &mut Change, at: UnixMillis) {
    if let Change::Put(session) = change
        && session.lifetime.is_over(at)
    {
        *change = Change::Removed(session.id.clone());
    }
}
