//! Hellos: who may connect, which protocol is spoken, and what a page that connects is told first.

use alloc::string::String;

use super::connection::Connection;
use super::origin_limits::Admission;
use super::waiting_hello::WaitingHello;
use crate::ambient::{DRAWS, Now};
use crate::engine::bucket::Bucket;
use crate::error::Code;
use crate::protocol::{Hello, PROTOCOL, PageLimits, Refusal, ResumeFrom, ToManager, encode, negotiate};
use crate::service::commits::group::WRITES;
use crate::service::grants::Grant;
use crate::service::io::{ChannelId, Output, Rejection};
use crate::service::machine::{Phase, Service};
use crate::service::replica::author::Author;

/// Writes whose outcome a page does not know yet: as many as it is told it may have. Those of two commits: while the store is busy
/// with the first, the second is here already and waits.
pub(in crate::service) const UNSETTLED: usize = WRITES * 2;
/// Connections, and hellos that wait, of one origin; of more, the oldest go.
const PER_ORIGIN: usize = 64;

impl Service {
    pub(in crate::service) fn hello(&mut self, now: Now, channel: ChannelId, origin: String, hello: Hello) {
        let grant = Grant::of(&self.config.grants, &origin);
        let Some(grant) = grant.filter(|_| self.phase != Phase::Stopped).cloned() else {
            // Not a word: a page without a grant learns nothing, not even that somebody listens.
            self.out.push_back(Output::Close(channel));
            return self.out.push_back(Output::Rejected { origin, why: Rejection::NoGrant });
        };
        let entry = self
            .origin_limits
            .of(&origin, &self.config.limits, now.instant)
            .map(|limiter| limiter.admit_hello(now.instant));
        let protocol = match (entry, negotiate(&PROTOCOL, &hello.versions)) {
            (Some(Admission::Open), Some(protocol)) => protocol,
            (Some(Admission::Refused), Some(protocol)) => {
                self.turn_away(channel, protocol, Code::LimitExceeded);
                return self.out.push_back(Output::Rejected { origin, why: Rejection::TooMany });
            }
            (entry, _) => {
                if entry == Some(Admission::Open) {
                    self.out.push_back(Output::Refuse { channel, refusal: Refusal { versions: PROTOCOL } });
                    let why = Rejection::NoCommonVersion(hello.versions);
                    self.out.push_back(Output::Rejected { origin, why });
                }
                return self.out.push_back(Output::Close(channel));
            }
        };
        let author = Author { origin, client: hello.client };
        let waiting = WaitingHello { channel, author, grant, protocol, hello };
        if self.phase == Phase::Ready {
            let ticket = self.scheduler.request_refresh();
            self.welcome(now, waiting, ticket);
        } else {
            self.wait(waiting);
        }
    }

    fn wait(&mut self, waiting: WaitingHello) {
        let known = self.hellos.iter_mut().find(|other| other.author == waiting.author);
        if let Some(known) = known {
            let older =
                if known.hello.attempt > waiting.hello.attempt { waiting } else { core::mem::replace(known, waiting) };
            self.out.push_back(Output::Close(older.channel));
            return;
        }
        let of_origin = |other: &WaitingHello| other.author.origin == waiting.author.origin;
        if self.hellos.iter().filter(|other| of_origin(other)).count() >= PER_ORIGIN
            && let Some(oldest) = self.hellos.iter().position(of_origin).map(|at| self.hellos.remove(at))
        {
            self.out.push_back(Output::Close(oldest.channel));
        }
        self.hellos.push(waiting);
    }

    /// Answers the hellos that waited for the store, which was just read.
    pub(in crate::service) fn welcome_hellos(&mut self, now: Now) {
        let ticket = self.scheduler.last_refresh();
        for waiting in core::mem::take(&mut self.hellos) {
            self.welcome(now, waiting, ticket);
        }
        self.refreshed(ticket);
    }

    /// Says goodbye to the pages whose hellos wait.
    pub(in crate::service) fn dismiss_hellos(&mut self, code: Code) {
        for waiting in core::mem::take(&mut self.hellos) {
            self.turn_away(waiting.channel, waiting.protocol, code);
        }
    }

    /// Says why there is no welcome.
    fn turn_away(&mut self, channel: ChannelId, protocol: u8, code: Code) {
        let goodbye = encode(protocol, &ToManager::Goodbye(code));
        self.out.extend(goodbye.map(|bytes| Output::Send { channel, bytes }));
        self.out.push_back(Output::Close(channel));
    }

    /// Answers a hello; the page is told where the store stands at the refresh of this ticket.
    fn welcome(&mut self, now: Now, waiting: WaitingHello, ticket: u64) {
        let WaitingHello { channel, author, grant, protocol, hello } = waiting;
        let mut remembered = None;
        let rate = self.config.limits.writes_per_second;
        let mut bucket = Bucket::new(rate, rate, now.instant);
        if let Some(known) = self.connection_of(&author) {
            let (old, stale) = (known.channel, known.attempt > hello.attempt);
            if stale {
                self.out.push_back(Output::Close(channel));
                return;
            }
            // The page is the same one, so what it is owed and what it has used up stay.
            if let Some(known) = self.connections.remove(&old) {
                remembered = Some(known.remembered);
                bucket = known.bucket;
            }
            self.out.push_back(Output::Close(old));
        }
        self.make_room(&author);
        // Cut to what JavaScript holds exactly.
        let digest = grant.digest() % DRAWS;
        let held = hello.held.filter(|_| hello.grant == Some(digest));
        let mut connection = Connection::new(channel, author, grant, hello.attempt, protocol, held, bucket);
        connection.remembered = remembered.unwrap_or_default();
        let limits = PageLimits {
            message_bytes: u32::try_from(self.config.limits.message_bytes).unwrap_or(u32::MAX),
            unsettled_writes: u32::try_from(UNSETTLED).unwrap_or(u32::MAX),
        };
        let rules = self.config.rules;
        connection.say(&ToManager::Welcome { grant: digest, storage: self.storage, limits, rules }, &mut self.out);
        if let Some(code) = self.trouble {
            connection.say(&ToManager::Trouble(code), &mut self.out);
        }
        self.out.push_back(Output::AskQuiet { origin: connection.author.origin.clone() });
        connection.sync(0, ResumeFrom::LastSent, 0, ticket);
        self.connections.insert(channel, connection);
    }

    /// An origin that has too many connections loses its oldest.
    fn make_room(&mut self, author: &Author) {
        let mut of_origin = self.connections.values().filter(|other| other.author.origin == author.origin);
        if let Some(oldest) = of_origin.next().map(|connection| connection.channel)
            && of_origin.count() >= PER_ORIGIN.saturating_sub(1)
        {
            self.part(oldest, Code::LimitExceeded);
        }
    }
}
