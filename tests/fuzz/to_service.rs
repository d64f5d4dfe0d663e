//! What a page may say.

use session_bridge::protocol::{DecodeError, Hello, PROTOCOL, ToManager, ToService, decode};
use session_bridge::service::{ChannelId, Input, Output};
use session_bridge::session::ClientId;
use session_bridge::storage::Memory;

use crate::decoder::is_sound;
use crate::machines::{Authority, origin};
use crate::run::run;

/// As the service's own default.
const LIMIT: usize = 1 << 20;

#[test]
fn hostile_19_inputs_to_the_service() {
    let mut table = Table::new();
    run("to-service", |bytes| {
        table.tries(bytes);
        is_sound::<ToService>(bytes, LIMIT)
    });
}

/// A service at work, one page that says whatever it likes, and one that only looks on.
struct Table {
    authority: Authority,
    now: u64,
    channel: u64,
}

impl Table {
    fn new() -> Self {
        let mut authority = Authority::new(Memory::new());
        authority.open(0);
        let mut table = Self { authority, now: 0, channel: 0 };
        table.says_hello();
        table
    }

    fn says_hello(&mut self) {
        // A hello is welcome again after a while.
        self.now += 1_000_000;
        self.channel += 1;
        let channel = ChannelId(self.channel);
        let (client, versions) = (ClientId(self.channel, 1), *PROTOCOL.end()..=*PROTOCOL.end());
        let hello = Hello { versions, client, attempt: 1, held: None, grant: None };
        let outputs = self.authority.input(self.now, Input::Hello { channel, origin: origin(1), hello });
        assert!(outputs.iter().any(|output| matches!(output, Output::Send { .. })), "it is welcomed");
    }

    /// What is no message changes nothing and is not answered; whatever is one is answered in messages.
    fn tries(&mut self, bytes: &[u8]) {
        self.now += 1_000;
        self.authority.wake(self.now);
        let is_none = decode::<ToService>(*PROTOCOL.end(), bytes, LIMIT).is_err();
        let before = self.authority.service.metrics();
        let outputs =
            self.authority.input(self.now, Input::Message { channel: ChannelId(self.channel), bytes: bytes.into() });
        let after = self.authority.service.metrics();
        if is_none {
            assert_eq!(outputs, [], "an answer");
            assert_eq!(session_bridge::service::Metrics { malformed: before.malformed + 1, ..before }, after);
        }
        for output in &outputs {
            if let Output::Send { bytes, .. } = output {
                let message = decode::<ToManager>(*PROTOCOL.end(), bytes, usize::MAX);
                assert_ne!(message.as_ref().err(), Some(&DecodeError::Malformed), "{bytes:?}");
            }
        }
        let closed = outputs.iter().any(|output| matches!(output, Output::Close(_)));
        if closed {
            self.says_hello();
        }
        // Whoever adds ever more sessions slows it down, which is another test's affair.
        if after.sessions > 200 {
            *self = Self::new();
        }
    }
}
