//! What happened, in a few words a line (shown on request), and a digest of it that two equal runs share.

use crate::queue::Time;

pub struct Trace {
    loud: bool,
    digest: u64,
    pub lines: u64,
}

impl Trace {
    pub fn new(loud: bool) -> Self {
        Self { loud, digest: 0xCBF2_9CE4_8422_2325, lines: 0 }
    }

    /// One line, made only when somebody reads it.
    pub fn note(&mut self, now: Time, line: impl FnOnce() -> String) {
        self.lines += 1;
        self.mix(now);
        if self.loud {
            println!("{:>10}.{:03} ms  {}", now / 1_000, now % 1_000, line());
        }
    }

    /// What is not worth a line, but must be the same each time.
    pub fn mix(&mut self, word: u64) {
        self.digest = (self.digest.rotate_left(23) ^ word).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    }

    pub fn mix_bytes(&mut self, bytes: &[u8]) {
        self.mix(bytes.len() as u64);
        for part in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..part.len()].copy_from_slice(part);
            self.mix(u64::from_le_bytes(word));
        }
    }

    pub fn digest(&self) -> u64 {
        self.digest
    }
}
