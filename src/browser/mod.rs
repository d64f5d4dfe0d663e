//! What a browser gives the machines: time, chance, timers, a frame, channels. It knows nothing of what they say.

mod alarm;
mod channel;
mod clock;
mod event;
mod frame;
mod heap;
mod hello;
mod lifecycle;
mod record;
mod rng;
#[cfg(feature = "service")]
pub mod storage;
#[cfg(feature = "service")]
mod task;

pub use self::alarm::{Alarm, set_timeout};
pub use self::channel::{Channel, Received, received};
pub use self::clock::PageClock;
pub use self::event::{BrowserEvent, Callback, callback, document, function, listen, unlisten, window};
pub use self::frame::{Frame, FrameNews, Mounted};
pub use self::hello::{decode_hello, decode_refusal, encode_hello, encode_refusal};
pub use self::lifecycle::{LifecycleListener, PageEvent, is_hidden, is_offline};
pub use self::record::{Record, integer, number, optional, percentiles, read_version, written_version};
pub use self::rng::CryptoRng;
#[cfg(feature = "service")]
pub use self::task::{awaited, promise, settled, spawn};
