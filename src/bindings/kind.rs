//! What the debug log tells of a message. Its name is left to JavaScript, which loads the names for those who read the log.

/// The hello that opens a connection. It is no message of the connection, so it has no number.
pub const HELLO: i32 = -1;

/// The number of a message in its list, [`ToService`](crate::protocol::ToService) or [`ToManager`](crate::protocol::ToManager): its
/// second byte, behind the protocol version. What is too short to be a message has a number that none has.
pub fn kind(bytes: &[u8]) -> i32 {
    bytes.get(1).map_or(i32::MAX, |kind| i32::from(*kind))
}
