//! What a service may say.

use session_bridge::manager::{Input, Output};
use session_bridge::protocol::{PROTOCOL, ToManager, ToService, decode};

use crate::decoder::is_sound;
use crate::machines::Page;
use crate::run::run;

/// As the manager's own bound.
const LIMIT: usize = 16 << 20;

#[test]
fn hostile_19_inputs_to_the_manager() {
    let mut table = Table::new();
    run("to-manager", |bytes| {
        table.tries(bytes);
        is_sound::<ToManager>(bytes, LIMIT)
    });
}

/// A page whose service says whatever it likes.
struct Table {
    page: Page,
    now: u64,
    attempt: u64,
    tried: u64,
}

impl Table {
    fn new() -> Self {
        let mut table = Self { page: Page::new(1), now: 0, attempt: 0, tried: 0 };
        let outputs = table.page.wake(0);
        table.sees(outputs);
        assert!(table.attempt > 0, "it says hello");
        table
    }

    /// Keeps the newest attempt in mind. Whatever a page says is a message.
    fn sees(&mut self, outputs: Vec<Output>) {
        let mut mounted = None;
        for output in outputs {
            match output {
                Output::Hello(_, hello) => self.attempt = hello.attempt,
                Output::Send { bytes, .. } => {
                    let version = bytes.first().copied().filter(|version| PROTOCOL.contains(version));
                    let said = decode::<ToService>(version.expect("a version"), &bytes, usize::MAX);
                    assert!(said.is_ok(), "{bytes:?}");
                }
                Output::MountFrame(frame) => mounted = Some(frame),
                _ => {}
            }
        }
        if let Some(frame) = mounted {
            let outputs = self.page.input(self.now, Input::FrameLoaded(frame));
            self.sees(outputs);
        }
    }

    /// What is no message changes nothing and is not answered.
    fn tries(&mut self, bytes: &[u8]) {
        self.tried += 1;
        if self.tried.is_multiple_of(2_000) {
            // A hello, a welcome and a session are quickly had again.
            *self = Self { tried: self.tried, ..Self::new() };
        }
        self.now += 1_000;
        if self.page.due().is_some_and(|due| due <= self.now) {
            let outputs = self.page.wake(self.now);
            self.sees(outputs);
        }
        let is_none = PROTOCOL.into_iter().all(|version| decode::<ToManager>(version, bytes, LIMIT).is_err());
        let before = is_none.then(|| (self.page.manager.snapshot(), self.page.due()));
        let outputs = self.page.input(self.now, Input::Message { attempt: self.attempt, bytes: bytes.into() });
        if let Some((snapshot, due)) = before {
            assert_eq!(outputs, [], "an answer");
            assert_eq!((self.page.manager.snapshot(), self.page.due()), (snapshot, due), "a change");
        }
        self.sees(outputs);
    }
}
