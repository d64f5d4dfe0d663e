//! What the debug log tells of a message. Its name is left to JavaScript, which loads the names for those who read the log.

use crate::session::ClientId;

/// The hello that opens a connection. It is no message of the connection, so it has no number.
pub const HELLO: i32 = -1;

/// What is told with a hello, in the place of the bytes of other messages: by this, whoever reads the logs of both sides knows
/// which page belongs to which frame. It is half of the client's name. So the logs do not tell the name, under which another
/// script of that origin could speak.
pub fn correlation(client: ClientId) -> f64 {
    client.0 as f64
}

/// The number of a message in its list, [`ToService`](crate::protocol::ToService) or [`ToManager`](crate::protocol::ToManager): its
/// second byte, behind the protocol version. What is too short to be a message has a number that none has.
pub fn kind(bytes: &[u8]) -> i32 {
    bytes.get(1).map_or(i32::MAX, |kind| i32::from(*kind))
}
