//! Bugs that the simulation plants to see itself find them. Builds without the feature `planted` have none.

/// A rule that can be broken on purpose.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Bug {
    /// Writes that were sent again are applied again.
    NoDedupe,
    /// A base of another epoch is taken for one of this store.
    EpochIgnored,
    /// The removal of a session is no obstacle to adding it from before.
    TombstoneForgotten,
    /// A store takes a commit whatever version it stands at.
    NoExpectedVersion,
    /// A write shows no longer once it is acknowledged, though what is held does not contain it yet.
    ReleasedAtAcknowledgement,
}

/// Which of them is in force.
#[derive(Clone, Copy, Debug, Default)]
pub struct Planted {
    #[cfg(feature = "planted")]
    bug: Option<Bug>,
}

impl Planted {
    /// This one bug.
    #[cfg(feature = "planted")]
    pub fn one(bug: Bug) -> Self {
        Self { bug: Some(bug) }
    }

    /// Whether this bug is in force.
    #[cfg(feature = "planted")]
    pub fn has(self, bug: Bug) -> bool {
        self.bug == Some(bug)
    }

    /// No bug is in force.
    #[cfg(not(feature = "planted"))]
    pub const fn has(self, _: Bug) -> bool {
        false
    }
}
