//! The one source of chance of a run. Everything that happens in it follows from the seed.

use session_bridge::ambient::Rng;

/// SplitMix64 (Steele, Lea, Flood 2014): small, fast, and every seed gives a full period.
#[derive(Clone, Debug)]
pub struct Seeded(u64);

impl Seeded {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The stream of this name in the run of this seed.
    pub fn named(seed: u64, name: &str) -> Self {
        Self(Self(seed ^ hash(name)).next())
    }

    /// The stream of this step of the run of this seed.
    pub fn of_step(seed: u64, step: u64) -> Self {
        Self(Self(Self(seed).next() ^ step).next())
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A generator of its own for a part of the world, so that one part drawing more does not move another.
    pub fn fork(&mut self) -> Self {
        Self(self.next())
    }

    /// Below `end`, which is not 0. The bias is below 2^-40 for the small numbers used here.
    pub fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    /// From `low` up to and including `high`.
    pub fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high - low + 1)
    }

    pub fn chance(&mut self, probability: f64) -> bool {
        ((self.next() >> 11) as f64) < probability * (1u64 << 53) as f64
    }

    /// One of these, and the same one if others are more or fewer.
    pub fn favourite<'a, T>(&mut self, from: impl Iterator<Item = &'a T>, name: impl Fn(&T) -> &str) -> Option<&'a T> {
        let draw = self.next();
        from.max_by_key(|it| Self(draw ^ hash(name(it))).next())
    }

    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        if from.is_empty() { None } else { from.get(self.below(from.len() as u64) as usize) }
    }
}

/// FNV-1a.
fn hash(name: &str) -> u64 {
    let hash = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3);
    name.bytes().fold(0xCBF2_9CE4_8422_2325, hash)
}

impl Rng for Seeded {
    fn draw(&mut self) -> u64 {
        self.next() >> 11
    }
}
