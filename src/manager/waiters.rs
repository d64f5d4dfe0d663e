//! Promises that wait for something that the service brings about, each with the end of its patience.

use alloc::vec::Vec;

use super::io::Token;
use crate::ambient::Instant;
use crate::machine::mutants::{self, Mutant};

/// What is waited for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Wait {
    /// Reads: that what is held is fresh.
    Fresh,
    /// That the connection is live.
    Live,
    /// That it is live, to have the person asked then.
    Prompt,
    /// The person's answer. That takes as long as it takes.
    Answer,
}

/// For all, however long they would wait yet; and of one that waits without end.
pub const ALL: Instant = Instant(u64::MAX);

/// All that wait.
#[derive(Debug, Default)]
pub struct Waiters(Vec<Waiter>);

type Waiter = (Wait, Token, Instant);

impl Waiters {
    /// One more waits for this, until then at most.
    pub fn add(&mut self, what: Wait, token: Token, until: Instant) {
        self.0.push((what, token, until));
    }

    /// Those who wait for this, and until then at most. They wait no more.
    pub fn take(&mut self, what: Wait, until: Instant) -> Vec<Token> {
        self.take_those(&|(of, _, deadline)| *of == what && *deadline <= until)
    }

    /// This one waits for it no more. Whether it did.
    pub fn withdraw(&mut self, what: Wait, token: Token) -> bool {
        !self.take_those(&|(of, waits, _)| (*of, *waits) == (what, token)).is_empty()
    }

    fn take_those(&mut self, which: &dyn Fn(&Waiter) -> bool) -> Vec<Token> {
        let mut taken = Vec::new();
        self.0.retain(|waiter| {
            let stays = !which(waiter);
            if !stays {
                taken.push(waiter.1);
            }
            stays
        });
        taken
    }

    /// How many wait for this.
    pub fn count(&self, what: Wait) -> usize {
        self.0.iter().filter(|(of, ..)| *of == what).count()
    }

    /// When the patience of the next one ends.
    pub fn next(&self) -> Option<Instant> {
        let ends =
            |what: Wait| what != Wait::Answer && (what != Wait::Fresh || !mutants::has(Mutant::DeadlineNeverFires));
        self.0.iter().filter(|(what, ..)| ends(*what)).map(|(.., deadline)| *deadline).min()
    }
}
