//! A world at rest: pages ask now and then whether all is as it was, services answer, and nothing else happens.

use session_bridge::storage::Operation;

use crate::queue::{End, SECOND, Time};
use crate::world::World;

/// The numbers of variants on the wire.
const SYNC: u8 = 1;
const PONG: u8 = 3;
const SYNCED: u8 = 4;

/// How long a world rests; one in so many rests longer.
const REST: Time = 12 * SECOND;
const LONG_REST: Time = 180 * SECOND;
const ONE_IN: u64 = 16;

/// What there was since all came to rest.
#[derive(Debug, Default)]
pub struct Idle {
    /// Questions of each tab's page.
    questions: Vec<u64>,
}

impl World {
    /// A message is posted: in an idle world only those of heartbeats.
    pub fn check_idle_message(&mut self, tab: usize, to: End, bytes: &[u8]) {
        let Some(idle) = &mut self.idle else { return };
        match (to, bytes.get(1)) {
            (End::Service, Some(&SYNC)) => idle.questions[tab] += 1,
            (End::Page, Some(&(PONG | SYNCED))) => {}
            _ => self.violated(format!("tab {tab}: a message in an idle world to the {to:?}: {bytes:?}")),
        }
    }

    /// A store is asked for something: in an idle world to read, if anything.
    pub fn check_idle_store(&mut self, operation: &Operation) {
        if self.idle.is_some() && matches!(operation, Operation::Commit { .. }) {
            self.violated(format!("a commit in an idle world: {operation:?}"));
        }
    }

    /// Lets the world rest, and counts.
    pub fn rest(&mut self) {
        let lasts = if self.plan.seed.is_multiple_of(ONE_IN) { LONG_REST } else { REST };
        self.idle = Some(Idle { questions: vec![0; self.tabs.len()] });
        self.run_until(self.now + lasts);
        let Some(idle) = self.idle.take() else { return };
        for (tab, questions) in idle.questions.into_iter().enumerate() {
            let beat = self.tabs[tab].options.heartbeat.0;
            let most = lasts / beat + 2;
            if questions > most || questions + 2 < lasts / (beat + SECOND) {
                let seconds = lasts / SECOND;
                self.violated(format!("tab {tab}: asked {questions} times in {seconds} idle seconds, {most} at most"));
            }
        }
    }
}
