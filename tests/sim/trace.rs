//! What happened, in a few words a line (kept on request), and a digest of it that two equal runs share.

use std::cell::RefCell;
use std::panic;
use std::sync::Once;

use crate::queue::Time;

pub struct Trace {
    heard: bool,
    digest: u64,
}

thread_local! {
    /// The lines of the run on this thread. A run that panics leaves them behind.
    static LINES: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
    static PANIC: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// A run begins on this thread: from now on a panic on it is kept to be told, not printed.
pub fn begin() {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let usual = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            let kept = PANIC.with_borrow_mut(|kept| kept.as_mut().map(|kept| *kept = info.to_string()));
            if kept.is_none() {
                usual(info);
            }
        }));
    });
    PANIC.set(Some(String::new()));
}

/// The panic that ended the run on this thread.
pub fn last_panic() -> String {
    PANIC.with_borrow(Clone::clone).unwrap_or_default()
}

/// The run on this thread is over: its lines.
pub fn take() -> Vec<String> {
    PANIC.set(None);
    LINES.take()
}

impl Trace {
    pub fn new(heard: bool) -> Self {
        Self { heard, digest: 0xCBF2_9CE4_8422_2325 }
    }

    /// One line, made only when somebody reads it.
    pub fn note(&mut self, now: Time, line: impl FnOnce() -> String) {
        self.mix(now);
        if self.heard {
            let line = format!("{:>10}.{:03} ms  {}", now / 1_000, now % 1_000, line());
            LINES.with_borrow_mut(|lines| lines.push(line));
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
