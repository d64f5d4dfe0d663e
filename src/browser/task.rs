//! Futures at work, by wasm-bindgen-futures. Each is put in a box on the way: the library would be compiled anew for each type of
//! future, and the frame downloads that.

use alloc::boxed::Box;
use core::future::Future;
use core::pin::Pin;

use js_sys::{Function, Promise};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::{JsFuture, future_to_promise, spawn_local};

type Work<T> = Pin<Box<dyn Future<Output = T>>>;

/// Begins soon, and goes on to the end.
pub fn spawn(work: impl Future<Output = ()> + 'static) {
    let work: Work<()> = Box::pin(work);
    spawn_local(work);
}

/// The promise settles with what the work comes to.
pub fn promise(work: impl Future<Output = Result<JsValue, JsValue>> + 'static) -> Promise {
    let work: Work<Result<JsValue, JsValue>> = Box::pin(work);
    future_to_promise(work)
}

/// What a promise settles with.
pub fn awaited(promise: &Promise) -> JsFuture {
    JsFuture::from(promise.clone())
}

/// What one of two functions was called with: `Ok` if it was the first, `Err` if the second. It listens at once, waits when awaited,
/// and may be dropped before. `listen` has one of them called, once.
pub fn settled(listen: impl FnOnce(&Function, &Function)) -> JsFuture {
    let mut listen = Some(listen);
    JsFuture::from(Promise::new(&mut |done, failed| {
        if let Some(listen) = listen.take() {
            listen(&done, &failed);
        }
    }))
}
