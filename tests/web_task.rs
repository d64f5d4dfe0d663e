//! Futures at work, in a browser.
#![cfg(all(target_arch = "wasm32", feature = "service"))]

use gloo_timers::future::TimeoutFuture;
use js_sys::{Function, Promise};
use session_bridge::browser::storage::within;
use session_bridge::browser::{awaited, promise};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

fn promised(script: &str) -> Promise {
    Function::new_no_args(&format!("return {script}")).call0(&JsValue::NULL).unwrap().unchecked_into()
}

#[wasm_bindgen_test]
async fn a_promise_settles_with_what_the_work_comes_to() {
    for (script, expected) in [("Promise.resolve(7)", Ok(7.0)), ("Promise.reject(8)", Err(8.0))] {
        let settles = promised(script);
        let settled = JsFuture::from(promise(async move { awaited(&settles).await })).await;
        let number = |value: JsValue| value.as_f64().unwrap();
        assert_eq!(settled.map(number).map_err(number), expected);
    }
}

#[wasm_bindgen_test]
async fn what_is_no_longer_waited_for_may_settle() {
    let ended = promise(async {
        let slow = promised("new Promise((resolve) => setTimeout(resolve, 50))");
        assert!(within(1, awaited(&slow)).await.is_none());
        Ok("over".into())
    });
    assert_eq!(JsFuture::from(ended).await.unwrap(), "over");
    TimeoutFuture::new(200).await;
}
