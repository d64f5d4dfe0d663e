//! The first message of a connection, before a port exists, and the choice of the protocol version.

use core::ops::RangeInclusive;

use crate::session::{ClientId, Version};

/// The versions of the protocol that this build speaks, so that a page and a service that were not updated on the same day
/// understand one another.
pub const PROTOCOL: RangeInclusive<u8> = 1..=4;

/// What a page says first. On the wire it is a plain object that any version can read (`docs/protocol.md`).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Hello {
    /// The protocol versions that the page speaks, both ends included.
    pub versions: RangeInclusive<u8>,
    /// The page's life.
    pub client: ClientId,
    /// Which attempt of this page this is; rising. The newest one that waits is answered.
    pub attempt: u64,
    /// The version of the store that the page holds.
    pub held: Option<Version>,
    /// Digest of the grant that the page was last told.
    pub grant: Option<u64>,
}

/// Tells a page that there is no version in common: which ones the service speaks. A plain object on the wire.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Refusal {
    pub versions: RangeInclusive<u8>,
}

/// The newest version in both ranges.
pub fn negotiate(ours: &RangeInclusive<u8>, theirs: &RangeInclusive<u8>) -> Option<u8> {
    let newest = *ours.end().min(theirs.end());
    (ours.contains(&newest) && theirs.contains(&newest)).then_some(newest)
}

#[cfg(test)]
mod tests {
    use super::negotiate;

    #[test]
    fn the_newest_common_version_is_chosen() {
        for (a, b, c, d) in (0..4_u32.pow(4)).map(|n| (n % 4, n / 4 % 4, n / 16 % 4, n / 64)) {
            // Ends in any order: a hostile page may say anything.
            let [ours, theirs] = [(a, b), (c, d)].map(|(min, max)| min as u8..=max as u8);
            let both = |version: &u8| ours.contains(version) && theirs.contains(version);
            assert_eq!(negotiate(&ours, &theirs), (0..4).rev().find(both), "{ours:?} {theirs:?}");
        }
    }
}
