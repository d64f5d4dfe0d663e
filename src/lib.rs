//! session-bridge: the same signed-in sessions on every domain.
