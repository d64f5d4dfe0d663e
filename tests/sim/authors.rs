//! Whose a write is, where pages mean harm and take the names of others.

use session_bridge::session::{ClientId, OpId};

/// Names of clients that mean harm begin below this; others are drawn from far more.
pub const NAMES: u64 = 1_000;

/// Whether this is one of its clients.
pub fn means_harm(client: ClientId) -> bool {
    client.0 < NAMES
}

/// Its writes under the name of a client of another origin are numbered from here, so that no two writes have one name.
pub const TAKEN: u64 = 1 << 40;

/// Whose a write is. A client's name is worth nothing without its origin: another one under the same name is another author.
pub type Author = (ClientId, bool);

pub fn author(op: OpId) -> Author {
    (op.client, op.n >= TAKEN && !means_harm(op.client))
}

/// Whose what nobody has written is.
pub const NOBODY: OpId = OpId { client: ClientId(u64::MAX >> 11, 0), n: 0 };
