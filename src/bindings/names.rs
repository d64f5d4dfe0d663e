//! The names of messages, for the debug log.

/// The names of [`ToService`](crate::protocol::ToService), in the order that numbers them on the wire.
const TO_SERVICE: [&str; 6] = ["Writes", "Sync", "Ack", "Bye", "AskAccess", "LeavePrompt"];

/// The names of [`ToManager`](crate::protocol::ToManager), likewise.
const TO_MANAGER: [&str; 12] = [
    "Welcome",
    "Event",
    "Page",
    "Pong",
    "Synced",
    "Outcomes",
    "Storage",
    "Goodbye",
    "ShowFrame",
    "AccessDone",
    "Trouble",
    "Quiet",
];

/// What a message from page to service is, by its second byte: the first is the protocol version.
pub fn to_service(bytes: &[u8]) -> &'static str {
    name(&TO_SERVICE, bytes)
}

/// What a message from service to page is.
pub fn to_manager(bytes: &[u8]) -> &'static str {
    name(&TO_MANAGER, bytes)
}

fn name(names: &[&'static str], bytes: &[u8]) -> &'static str {
    bytes.get(1).and_then(|kind| names.get(usize::from(*kind))).copied().unwrap_or("not a message")
}
