//! What manager and service say to one another. `docs/protocol.md` describes it for people; `tests/wire` holds an
//! example of every message.

mod bytes;
mod codec;
mod hello;
mod to_manager;
mod to_service;
mod values;

pub(crate) use self::bytes::{Format, Reader, Wire, Writer, fields};
pub use self::codec::{DecodeError, MAX_MESSAGE_BYTES, Message, decode, encode, encoded_len};
pub use self::hello::{Hello, PROTOCOL, Refusal, negotiate};
pub use self::to_manager::{End, PageLimits, ToManager};
pub use self::to_service::{ResumeFrom, ToService};
pub use self::values::LIFETIMES;
