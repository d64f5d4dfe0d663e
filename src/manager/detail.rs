//! What refusals are about. What a refusal names, it names by its place in the write, which only the page has.

use alloc::rc::Rc;

use super::io::{About, Detail, Failure};
use super::link::LinkState;
use super::machine::Manager;
use super::writes::PendingWrite;
use crate::error::Code;
use crate::session::{Mutation, Terms, Why};

impl Failure {
    /// With a detail besides the code.
    pub fn of(code: Code, detail: Detail) -> Self {
        Self { code, detail: Some(Rc::new(detail)) }
    }
}

impl Detail {
    /// That something has so many bytes, and how many this limit of the service allows. Of no bytes, the limit alone.
    pub fn limit(about: About, bytes: u64, limit: u64) -> Self {
        Self { about, bytes, limit, ..Self::default() }
    }

    /// What a write with these mutations was refused for.
    pub fn of(why: Why, mutations: &[Mutation]) -> Self {
        let mutation = |at: u64| usize::try_from(at).ok().and_then(|at| mutations.get(at));
        match why {
            Why::Operation(at) => Self::missing(About::Write, mutation(at).map_or("", operation)),
            Why::UserId => Self::missing(About::Add, "userId"),
            Why::Key { mutation: at, member } => {
                let key = mutation(at).and_then(Mutation::data).and_then(|data| data.key(member)).unwrap_or_default();
                Self::missing(About::Key, key.trim_matches('"'))
            }
            Why::DataBytes { bytes, limit } => Self::limit(About::DataBytes, bytes, limit),
            Why::Sessions(limit) => Self::limit(About::Sessions, 0, limit),
            Why::TotalBytes(limit) => Self::limit(About::TotalBytes, 0, limit),
            Why::Mutations(limit) => Self::limit(About::Mutations, 0, limit),
        }
    }

    fn missing(about: About, name: &str) -> Self {
        Self { about, name: name.into(), ..Self::default() }
    }
}

impl Manager {
    /// A refusal with this code alone. An older service is sent what it does not know as a write of nothing.
    pub(super) fn refusal(&self, pending: &PendingWrite, code: Code) -> Failure {
        let LinkState::Open(open) = &self.link.state else { return code.into() };
        let lacks = |mutation: &Mutation| !mutation.exists_in(open.protocol);
        if code == Code::InvalidArgument && pending.mutations.iter().any(lacks) {
            return Failure::of(Code::ProtocolMismatch, Detail { about: About::Older, ..Detail::default() });
        }
        if code == Code::Forbidden && pending.mutations.iter().filter_map(Mutation::terms).any(Terms::asks_for_requests)
        {
            return Failure::of(code, Detail { about: About::Accounting, ..Detail::default() });
        }
        code.into()
    }
}

/// As a grant's `write` has it.
fn operation(mutation: &Mutation) -> &'static str {
    match mutation {
        Mutation::Add { .. } => "add",
        Mutation::Update { .. }
        | Mutation::Replace { .. }
        | Mutation::Configure { .. }
        | Mutation::Recover(_)
        | Mutation::Count { .. } => "update",
        Mutation::Remove { .. } => "remove",
        Mutation::Activate(_) => "activate",
    }
}
