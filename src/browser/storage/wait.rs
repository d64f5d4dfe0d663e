//! Waiting for a while, and waiting with an end.

use core::future::{Future, poll_fn};
use core::pin::pin;
use core::task::Poll;

use crate::browser::{set_timeout, settled};

/// Ends after `ms` milliseconds.
pub fn after(ms: u32) -> impl Future<Output = ()> {
    let timer = settled(|over, _| {
        set_timeout(over, ms);
    });
    async { drop(timer.await) }
}

/// What `work` comes to, or `None` after `ms` milliseconds: it is dropped then.
pub async fn within<T>(ms: u32, work: impl Future<Output = T>) -> Option<T> {
    let mut work = pin!(work);
    let mut timer = pin!(after(ms));
    poll_fn(|context| match work.as_mut().poll(context) {
        Poll::Ready(done) => Poll::Ready(Some(done)),
        Poll::Pending => timer.as_mut().poll(context).map(|_| None),
    })
    .await
}
