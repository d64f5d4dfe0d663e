//! How it stands with a store that somebody else moves to a better one: data, on which `seal` acts.

/// What another service does to home.
#[derive(Debug, Default)]
pub struct ForeignMove {
    pub seal: Seal,
    pub contents: Contents,
}

/// Whether home is sealed, so that nobody commits there.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Seal {
    #[default]
    None,
    /// Whoever sealed it may go on.
    Respected,
    /// It is time to reopen the store.
    Overdue,
}

/// What is known of the contents of home.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Contents {
    /// They were not read yet.
    #[default]
    Unread,
    Known,
    /// They were moved to a store that may be within reach: what pages see is not in this one any more.
    MovedAway,
}

impl ForeignMove {
    /// Whether what pages see was moved away.
    pub fn is_moved_away(&self) -> bool {
        self.contents == Contents::MovedAway
    }
}
