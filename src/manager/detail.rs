//! Refusals in words. What a refusal names, it names by its place in the write, which only the page has.

use alloc::rc::Rc;
use alloc::string::String;

use super::io::{Detail, Failure};
use super::link::Stage;
use super::machine::Manager;
use super::writes::Pending;
use crate::error::Code;
use crate::session::{Mutation, Why};

impl Failure {
    /// With a detail besides the code.
    pub fn of(code: Code, detail: Detail) -> Self {
        Self { code, detail: Some(Rc::new(detail)) }
    }
}

impl Detail {
    /// That something has so many bytes, and how many this limit of the service allows. Of no bytes, the limit alone.
    pub fn limit(name: &str, bytes: u64, limit: u64) -> Self {
        Self { text: name.into(), limit: Some((bytes, limit)) }
    }

    /// What a write with these mutations was refused for.
    pub fn of(why: Why, mutations: &[Mutation]) -> Self {
        let mutation = |at: u64| usize::try_from(at).ok().and_then(|at| mutations.get(at));
        match why {
            Why::Operation(at) => Self::missing(mutation(at).map_or("", operation), "write", ""),
            Why::UserId => Self::missing("userId", "read", " to add"),
            Why::Key { mutation: at, member } => {
                let key = mutation(at).and_then(Mutation::data).and_then(|data| data.key(member)).unwrap_or_default();
                Self::missing(key.trim_matches('"'), "read", " to be written")
            }
            Why::DataBytes { bytes, limit } => Self::limit("`limits.dataBytes`", bytes, limit),
            Why::Sessions(limit) => Self::limit("`limits.sessions`", 0, limit),
            Why::TotalBytes(limit) => Self::limit("`limits.totalBytes`", 0, limit),
            Why::Mutations(limit) => Self::limit("The most changes of one write", 0, limit),
        }
    }

    fn missing(name: &str, list: &str, purpose: &str) -> Self {
        Self { text: ["`", name, "` must be in `", list, "`", purpose, "."].concat(), limit: None }
    }
}

impl Manager {
    /// A refusal with this code alone. An older service is sent a replacement as a write of nothing.
    pub(super) fn refusal(&self, pending: &Pending, code: Code) -> Failure {
        let older = matches!(&self.link.stage, Stage::Open(open) if open.protocol < 3);
        let replaces = |mutation: &Mutation| matches!(mutation, Mutation::Replace { .. });
        if older && code == Code::InvalidArgument && pending.mutations.iter().any(replaces) {
            let text = String::from("The service page is older than `replace`.");
            return Failure::of(Code::ProtocolMismatch, Detail { text, limit: None });
        }
        code.into()
    }
}

/// As a grant's `write` has it.
fn operation(mutation: &Mutation) -> &'static str {
    match mutation {
        Mutation::Add { .. } => "add",
        Mutation::Update { .. } | Mutation::Replace { .. } => "update",
        Mutation::Remove { .. } => "remove",
        Mutation::Activate(_) => "activate",
    }
}
