//! One connected page: what it has been told, what it is owed, and how much it may be told before it says it took it in.

use alloc::collections::VecDeque;
use alloc::rc::Rc;
use alloc::vec::Vec;

use super::snapshot::Paging;
use super::suppressed::Skipped;
use crate::engine::bucket::Bucket;
use crate::engine::outcomes::Outcomes;
use crate::machine::planted::{self, Bug};
use crate::protocol::{From, ToManager, encode};
use crate::service::grants::Grant;
use crate::service::io::{ChannelId, Output};
use crate::service::replica::author::Author;
use crate::service::replica::changes::{News, Shift};
use crate::service::replica::commit::{Commit, LOGGED};
use crate::service::replica::recent_commits::Ring;
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
    pub head: Version,
    pub state: &'a State,
    pub ring: &'a Ring,
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
    skipped: Option<Skipped>,
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

/// What is to be said next.
enum Next {
    /// A data message.
    Data(Vec<u8>),
    /// Nothing yet: one commit was passed over.
    Skipped,
    /// There is no way but a snapshot.
    Snapshot,
    /// Nothing, now.
    Nothing,
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
            skipped: None,
            data_sent: 0,
            data_taken: 0,
            data_lost: 0,
            paging: None,
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
        if planted::has(Bug::CreditNeverReturned) {
            return;
        }
        let taken = count.saturating_add(self.data_lost).min(self.data_sent);
        self.data_taken = self.data_taken.max(taken);
    }

    /// The page wants to be brought up to date, and to know where the store stands at the look of this ticket.
    pub fn sync(&mut self, id: u64, from: From, took: u64, ticket: u64) {
        if let From::Held(held) = from {
            // Whatever it did not take in by now, it may never see.
            self.data_lost = self.data_sent.saturating_sub(took);
            self.sent = held;
            self.skipped = None;
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
        self.skipped = None;
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
            news.push_back(Rc::new(News::of(follows, commit, None)));
            follows = commit.version;
        }
        // It must lead to the replica: a store that moved on since, or is another one by now, is no help.
        self.backlog = if follows == head { Backlog::Read(news) } else { Backlog::Gone(from) };
    }

    /// Says whatever there is to say and credit for.
    pub fn feed(&mut self, source: Source<'_>, out: &mut VecDeque<Output>) {
        while self.data_sent.saturating_sub(self.data_taken) < CREDIT || planted::has(Bug::CreditIgnored) {
            let next = if let Some(paging) = &mut self.paging {
                let (message, last) = paging.next_part(&self.grant.read);
                if last {
                    self.sent = Some(paging.version());
                    self.paging = None;
                }
                encode(self.protocol, &message).map_or(Next::Nothing, Next::Data)
            } else if self.reached() == Some(source.head) || self.awaits_look(source.head) {
                self.make_up()
            } else {
                self.next_event(source)
            };
            match next {
                Next::Data(bytes) => {
                    self.data_sent = self.data_sent.saturating_add(1);
                    out.push_back(Output::Send { channel: self.channel, bytes });
                }
                Next::Skipped => {}
                Next::Snapshot => {
                    let sync = core::mem::take(&mut self.cause);
                    self.paging = Some(Paging::new(sync, source.head, source.state, &self.author));
                    self.skipped = None;
                    self.backlog = Backlog::None;
                }
                Next::Nothing => break,
            }
        }
        self.answer_syncs(out);
    }

    /// The version up to which it was told whatever shows it anything.
    fn reached(&self) -> Option<Version> {
        self.skipped.as_ref().map(|skipped| skipped.version).or(self.sent)
    }

    /// Whether it seems to be ahead of the replica, and a look at the store that will tell is on its way.
    fn awaits_look(&self, head: Version) -> bool {
        let ahead = self.sent.is_some_and(|sent| sent.epoch == head.epoch && sent.seq > head.seq);
        ahead && self.syncs.iter().any(|sync| sync.target.is_none())
    }

    /// Tells what was passed over, where it asked for the state that this leads to.
    fn make_up(&mut self) -> Next {
        let (Some(skipped), Some(sent)) = (&self.skipped, self.sent) else { return Next::Nothing };
        let version = skipped.version;
        if self.syncs.iter().any(|sync| sync.target.is_some_and(|target| target.seq > sent.seq)) {
            self.event(sent, version, &[], Vec::new())
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
        let Some(news) = self.next_read(reached).or_else(|| source.ring.after(reached).cloned()) else {
            let behind = source.head.seq.saturating_sub(reached.seq);
            // The log does not say what a commit found, so it does not say whether a page may see anything of it.
            let helps = self.grant.read.is_all();
            if helps && reached.epoch == source.head.epoch && (1..=LOGGED).contains(&behind) {
                self.backlog = Backlog::Wanted(reached);
                return Next::Nothing;
            }
            return Next::Snapshot;
        };
        let mine = news.outcomes_of(&self.author);
        if mine.is_empty() && !news.shows(&self.grant.read) {
            let skipped = self.skipped.get_or_insert_with(|| Skipped::after(sent));
            if !skipped.is_full() {
                skipped.pass(news.version, &news.shifts);
                return Next::Skipped;
            }
        }
        self.event(sent, news.version, &news.shifts, mine)
    }

    /// An event that leads to `version` by these shifts and by what was passed over before them.
    fn event(&mut self, follows: Version, version: Version, shifts: &[Shift], mine: Vec<(u64, Outcome)>) -> Next {
        let read = &self.grant.read;
        let besides = self.skipped.take().map(|skipped| skipped.besides(shifts));
        let besides = besides.into_iter().flatten().map(|record| Change::Put(read.session(&record.session)));
        let changes = besides.chain(shifts.iter().map(|shift| shift.change(read))).collect();
        let event = ToManager::Event { follows, version, changes, mine };
        let bytes = encode(self.protocol, &event).filter(|bytes| bytes.len() <= EVENT_BYTES);
        let Some(bytes) = bytes else { return Next::Snapshot };
        self.sent = Some(version);
        Next::Data(bytes)
    }

    /// The next commit that was read from the log, if it follows `reached`.
    fn next_read(&mut self, reached: Version) -> Option<Rc<News>> {
        let Backlog::Read(read) = &mut self.backlog else { return None };
        let news = read.pop_front();
        if news.is_none() {
            self.backlog = Backlog::None;
        }
        news.filter(|news| news.follows == reached)
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
