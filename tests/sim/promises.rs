//! The promises that a page holds, and the writes that stand for them on the wire.

use std::collections::BTreeMap;

use session_bridge::ambient::Instant;
use session_bridge::error::Code;
use session_bridge::manager::Token;
use session_bridge::session::{Json, Mutation, SessionId, Write};

use crate::queue::Time;

#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    Write,
    /// An update by function of this session.
    Function(SessionId, Option<u64>),
    Read,
    Ready,
    /// A use of a session, or a clean-up.
    Chore,
    /// A request on this session.
    Record(SessionId),
    Close,
}

#[derive(Clone, Debug)]
pub struct Promise {
    pub kind: Kind,
    /// What is to be done; of a function what it last gave.
    pub mutations: Vec<Mutation>,
    /// The numbers it went under, the present one last.
    pub numbers: Vec<u64>,
    pub made: Time,
    /// By the page's own clock.
    pub clock: Instant,
    /// How many times stores had lost their history when it was made, and its service had gone to another store.
    pub losses: u64,
    pub moves: u64,
    pub settled: Option<Result<(), Code>>,
    /// Taken back before it was sent, or its function threw: it is never settled.
    pub dropped: bool,
    /// The page has once held what became of it: from then on it shows no more as pending.
    pub released: bool,
}

/// All promises of one page life, oldest first.
#[derive(Default)]
pub struct Promises {
    all: BTreeMap<u64, Promise>,
}

impl Promises {
    pub fn make(&mut self, token: Token, promise: Promise) {
        self.all.insert(token.0, promise);
    }

    pub fn get(&self, token: Token) -> Option<&Promise> {
        self.all.get(&token.0)
    }

    pub fn kind(&self, token: Token) -> Option<Kind> {
        self.get(token).map(|promise| promise.kind.clone())
    }

    pub fn iter(&self) -> impl Iterator<Item = (Token, &Promise)> {
        self.all.iter().map(|(token, promise)| (Token(*token), promise))
    }

    /// Notes of each of these that it is released.
    pub fn release(&mut self, tokens: &[Token]) {
        for token in tokens {
            if let Some(promise) = self.all.get_mut(&token.0) {
                promise.released = true;
            }
        }
    }

    /// Whether the page is closing and not done with it.
    pub fn closing(&self) -> bool {
        self.all.values().any(|it| it.kind == Kind::Close && it.settled.is_none())
    }

    /// The oldest that is neither settled nor dropped, other than of a closing.
    pub fn first_open(&self) -> Option<(Token, &Promise)> {
        self.iter().find(|(_, it)| it.settled.is_none() && !it.dropped && it.kind != Kind::Close)
    }

    /// One whose outcome is open, among those whose number is not above the mark. `decided` tells which numbers a store
    /// accepted or refused; those of functions that are not may have lost against somebody else and come again.
    pub fn open_up_to(&self, mark: u64, decided: impl Fn(u64) -> bool) -> Option<Token> {
        let open = |it: &Promise| {
            let number = it.numbers.last().is_some_and(|n| *n <= mark && (it.kind == Kind::Write || decided(*n)));
            number && it.settled.is_none() && !it.dropped
        };
        self.iter().find(|(_, it)| open(it)).map(|(token, _)| token)
    }

    /// Takes a promise back; it must not be sent from now on. False if it was sent already.
    pub fn withdraw(&mut self, token: Token) -> bool {
        let promise = self.all.get_mut(&token.0).filter(|it| it.numbers.is_empty() && it.settled.is_none());
        promise.map(|it| it.dropped = true).is_some()
    }

    /// A write leaves under a number of its own: whose is it? False if it is nobody's.
    pub fn bind(&mut self, write: &Write) -> bool {
        let whose = |it: &&mut Promise| {
            let waits = it.numbers.is_empty() || matches!(it.kind, Kind::Function(..));
            // A replacement goes to an older service as a write of nothing.
            let replaces = |mutation: &Mutation| matches!(mutation, Mutation::Replace { .. });
            let emptied = write.mutations.is_empty();
            let same = if emptied { it.mutations.iter().any(replaces) } else { it.mutations == write.mutations };
            waits && it.settled.is_none() && !it.dropped && same
        };
        self.all.values_mut().find(whose).map(|it| it.numbers.push(write.n)).is_some()
    }

    /// A function ran and gave this, or threw. False if nobody waits for it.
    pub fn ran(&mut self, token: Token, patch: Option<Json>) -> bool {
        let Some(promise) = self.all.get_mut(&token.0) else { return false };
        let Kind::Function(id, if_version) = &promise.kind else { return false };
        if promise.settled.is_some() || promise.dropped {
            return false;
        }
        match patch {
            Some(patch) => {
                promise.mutations = vec![Mutation::Update { id: id.clone(), patch, if_version: *if_version }];
            }
            None => promise.dropped = true,
        }
        true
    }

    pub fn settle(&mut self, token: Token, result: Result<(), Code>) -> Result<(), String> {
        let promise = self.all.get_mut(&token.0).ok_or_else(|| format!("{token:?} is nobody's promise"))?;
        if promise.dropped {
            return Err(format!("{token:?} was taken back and is settled with {result:?}"));
        }
        match promise.settled.replace(result) {
            None => Ok(()),
            Some(before) => Err(format!("{token:?} was settled with {before:?} and is again with {result:?}")),
        }
    }
}
