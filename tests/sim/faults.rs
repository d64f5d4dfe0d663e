//! Everything that can go wrong, in one table. A new kind of fault is a new row and the place that rolls for it.

use std::collections::BTreeSet;

use crate::plan::{Plan, Strike};
use crate::queue::Time;
use crate::rng::Seeded;

macro_rules! faults {
    ($($fault:ident: $odds:expr, $what:literal;)+) => {
        #[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
        pub enum Fault { $($fault),+ }

        /// Each fault, how likely it is at each opportunity in an ordinary run, and what it does.
        pub const TABLE: &[(Fault, f64, &str)] = &[$((Fault::$fault, $odds, $what)),+];
    };
}

faults! {
    // For each message.
    MessageDelayed: 0.02, "a message, and with it all behind it, is held up for up to four seconds";
    MessageReordered: 0.02, "a message is overtaken by later ones";
    MessageDuplicated: 0.02, "a message arrives twice";
    MessageDropped: 0.02, "a message never arrives";
    MessageGarbage: 0.005, "bytes that are no message arrive";
    LineHeld: 0.002, "one direction of a channel stands still for up to half a minute, then all comes at once";
    // For each part of a page's first snapshot that is not the last.
    FirstCutOff: 0.5, "the iframe is reloaded while the page's first snapshot arrives";
    // For each output of a machine.
    FrameBrokeOff: 0.001, "the iframe reloads, crashes or goes elsewhere between two outputs of its service";
    PageBrokeOff: 0.0005, "the page is reloaded between two outputs of its manager";
    // For each step of the users.
    FrameReloaded: 0.02, "the iframe is reloaded";
    FrameRemoved: 0.01, "the iframe's element is removed from the page";
    FrameCrashed: 0.01, "the iframe's renderer dies without a word";
    FrameBusy: 0.01, "the process of a tab's iframes is busy with something else for up to eight seconds";
    FrameNavigated: 0.005, "the iframe is taken to a document that is none of the owner's";
    FrameErrorPage: 0.01, "the iframe is reloaded onto an error page while the owner's server is down";
    PageReloaded: 0.01, "the page is reloaded: its promises and its unsent writes are gone";
    TabFrozen: 0.01, "the tab stands still for up to two minutes, and nobody says so";
    TabFrozenAndTold: 0.01, "the tab is frozen for up to two minutes, and told before and after";
    PageCached: 0.005, "the page goes to the back/forward cache, its iframe with it, and comes back";
    PageEvicted: 0.005, "the page goes to the back/forward cache and never comes back: it is loaded anew";
    DeviceSlept: 0.005, "a tab, or all of them, finds that its clocks ran for hours while nothing else did";
    TimersLate: 0.01, "the tab is hidden for up to three minutes, and its timers run once a minute";
    WallClockSet: 0.01, "the wall clock of a tab, or of all, goes a day forward or back";
    // For each loading of a frame.
    FrameSlow: 0.05, "the service page takes up to twenty seconds to load";
    // For each life of a page, and for each document with a service.
    PageOlder: 0.1, "the page speaks only the oldest version of the protocol";
    ServiceOlder: 0.1, "the service speaks only the oldest version of the protocol";
    // For each step of the users, where pages are in the state that it takes.
    RemovedInDoubt: 0.02, "nobody learns that a removal took effect until another page found the session gone, and its own added it";
    RemovedInMove: 0.05, "a session is removed and added again while what is there moves up, where somebody else may have removed it, too";
    RemovedLongAgo: 0.1, "a session is removed and added again while others remove so many that the store forgets what was before";
    // For each run.
    RemembersFew: 0.1, "stores remember a few removals and clients only";
    // What comes of it, which nobody rolls for.
    Forgot: 0.0, "a store forgot removals or clients";
    CleanedUp: 0.0, "sessions that ended long ago were removed";
    // For each storage operation.
    StoreSlow: 0.02, "an operation takes up to fifteen seconds";
    StoreFailed: 0.02, "an operation fails and has no effect";
    StoreDenied: 0.005, "an operation is refused by the browser";
    StoreUnknownBefore: 0.01, "an operation fails without saying whether it took effect: it did not";
    StoreUnknownAfter: 0.01, "an operation fails without saying whether it took effect: it did";
    StoreUnknownLate: 0.01, "an operation fails without saying whether it took effect: it does later";
    StoreSilent: 0.005, "an operation takes effect and is never answered";
    // For each step of the users.
    StoreFull: 0.01, "for some seconds the store has no room for any commit";
    StorePoison: 0.01, "the store has no room for one particular write";
    StoreCleared: 0.006, "the store is emptied under the running services";
    StoreReplaced: 0.006, "the store is emptied and filled by somebody else up to the same number";
    StoreRolledBack: 0.006, "the store loses its last commits and goes on from there";
    StoreRewritten: 0.012, "the store loses its last commits, and somebody else fills it up to the same number";
    // For each step of the users, where a site has more than one place for its sessions.
    GrantGiven: 0.05, "a site's frames reach the shared store from now on";
    GrantLost: 0.03, "a site's frames reach the shared store no more";
    OwnStoreRefused: 0.01, "for some seconds the browser refuses a site its own storage";
    // What comes of it, which nobody rolls for.
    MovedUp: 0.0, "a service went over to the shared store from another one";
    TakenIn: 0.0, "a store took in what was in another one";
    Emptied: 0.0, "a store was emptied, after another one had taken in what was there";
    // For each commit that takes in another store, where requests are counted.
    LeftInMove: 0.3, "a site reaches the shared store no more just after that took in what is below, where requests are counted again";
    // For each answer of a store that is not where sessions are kept.
    RestartedInMove: 0.06, "the service restarts in the middle of a move";
    // For each step of the users, where a site's page means harm.
    HostileHellos: 0.1, "a page says hello up to a hundred times, as whoever it likes";
    HostileBytes: 0.2, "a page sends bytes that are no message, or nearly one";
    HostileReplay: 0.1, "a page sends what it sent before once more, on any of its channels";
    HostileWrites: 0.3, "a page sends writes, good ones and absurd ones";
    HostileFence: 0.2, "a page adds what somebody has removed, as if it had been the remover";
    HostileSyncs: 0.1, "a page asks up to two hundred times, and lies about what it took in";
    StrangerSpoke: 0.1, "a page that no grant names says hello and goes on speaking";
    // For each notice of a commit.
    NoticeLate: 0.05, "the notice that somebody else committed comes up to five seconds late";
    NoticeLost: 0.05, "the notice that somebody else committed never comes";
    NoticeTwice: 0.05, "the notice that somebody else committed comes once more, up to five seconds later";
    NoticeBare: 0.05, "the notice says only that somebody else committed, and not what";
    NoticeForeign: 0.02, "the notice holds the commit in a schema that is not known";
    // For each commit of a page's writes.
    RestartedBeforeAnswer: 0.02, "the service restarts after the store took a commit and before it learns so";
    RestartedBeforePublish: 0.02, "the service restarts after it learned of its commit and before any page does";
}

/// How often each fault really happened.
#[derive(Clone, Debug)]
pub struct Counts(Vec<u64>);

impl Default for Counts {
    fn default() -> Self {
        Self(vec![0; TABLE.len()])
    }
}

impl Counts {
    pub fn happened(&mut self, fault: Fault) {
        self.0[fault as usize] += 1;
    }

    pub fn add(&mut self, other: &Self) {
        for (sum, more) in self.0.iter_mut().zip(&other.0) {
            *sum += more;
        }
    }

    pub fn rows(&self) -> impl Iterator<Item = (Fault, u64, &'static str)> {
        TABLE.iter().zip(&self.0).map(|((fault, _, what), count)| (*fault, *count, *what))
    }
}

/// Where faults strike in a run. How bad the luck is differs from run to run: each fault has a factor on its odds, often 0,
/// so that the faults are also met alone and in pairs.
pub struct Luck {
    chances: Vec<Chances>,
    /// Where it struck so far.
    pub struck: Vec<Strike>,
    pub now: Time,
    /// Off during the healing: then nothing goes wrong.
    pub on: bool,
}

/// One fault's odds in this run.
struct Chances {
    odds: f64,
    rng: Seeded,
    /// When it last could have struck, and how often it could at that very moment.
    at: Time,
    nth: u64,
    /// Strikes that were asked for, the next one last; chance has no say then.
    asked: Option<Vec<(Time, u64)>>,
}

impl Luck {
    /// Each fault draws from a stream of its own name: one more in the table changes nothing for the others.
    pub fn draw(plan: &Plan) -> Self {
        let chances = TABLE.iter().map(|(fault, odds, _)| {
            let mut rng = Seeded::named(plan.seed, &format!("{fault:?}"));
            let factor = [0.0, 0.0, 0.5, 1.0, 2.0, 5.0][rng.below(6) as usize];
            let of_this = |all: &BTreeSet<Strike>| {
                all.iter().rev().filter(|strike| strike.fault == *fault).map(|strike| (strike.at, strike.nth)).collect()
            };
            Chances { odds: odds * factor, rng, at: 0, nth: 0, asked: plan.strikes.as_ref().map(of_this) }
        });
        Self { chances: chances.collect(), struck: Vec::new(), now: 0, on: true }
    }

    /// Whether the fault is to happen at this opportunity.
    pub fn strikes(&mut self, fault: Fault) -> bool {
        if !self.on {
            return false;
        }
        let chances = &mut self.chances[fault as usize];
        chances.nth = if chances.at == self.now { chances.nth + 1 } else { 1 };
        chances.at = self.now;
        let this = (self.now, chances.nth);
        let strikes = match &mut chances.asked {
            Some(asked) => asked.pop_if(|next| *next <= this).is_some(),
            None => chances.odds > 0.0 && chances.rng.chance(chances.odds),
        };
        if strikes {
            self.struck.push(Strike { fault, at: this.0, nth: this.1 });
        }
        strikes
    }
}
