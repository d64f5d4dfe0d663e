//! Waiting with an end.

use core::future::{Future, poll_fn};
use core::pin::pin;
use core::task::Poll;

use js_sys::Promise;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::JsFuture;

#[wasm_bindgen]
extern "C" {
    /// Calls `run` after `ms` milliseconds.
    #[wasm_bindgen(js_name = setTimeout)]
    pub fn set_timeout(run: &js_sys::Function, ms: u32) -> JsValue;
}

/// What `work` comes to, or `None` after `ms` milliseconds: it is dropped then.
pub async fn within<T>(ms: u32, work: impl Future<Output = T>) -> Option<T> {
    let mut work = pin!(work);
    let mut timer = pin!(JsFuture::from(Promise::new(&mut |resolve, _| {
        set_timeout(&resolve, ms);
    })));
    poll_fn(|context| match work.as_mut().poll(context) {
        Poll::Ready(done) => Poll::Ready(Some(done)),
        Poll::Pending => timer.as_mut().poll(context).map(|_| None),
    })
    .await
}
