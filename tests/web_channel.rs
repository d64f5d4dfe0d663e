//! Channels, clocks, randomness and the hello, in a browser.
#![cfg(all(target_arch = "wasm32", feature = "manager", feature = "service"))]

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;

use gloo_timers::future::TimeoutFuture;
use js_sys::Array;
use session_bridge::ambient::{Clock, DRAWS, Rng, Span};
use session_bridge::browser::{
    Alarm, BrowserEvent, Channel, CryptoRng, PageClock, Received, decode_hello, decode_refusal, encode_hello,
    encode_refusal, received,
};
use session_bridge::protocol::{Hello, Refusal};
use session_bridge::pump::Wake;
use session_bridge::session::{ClientId, Version};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

async fn turn() {
    TimeoutFuture::new(100).await;
}

fn hello() -> Hello {
    Hello {
        versions: 1..=3,
        client: ClientId(DRAWS - 1, 0),
        attempt: 7,
        held: Some(Version { epoch: 1, seq: 2, tag: DRAWS - 1 }),
        grant: Some(5),
    }
}

fn value(script: &str) -> JsValue {
    js_sys::Function::new_no_args(&format!("return {script}")).call0(&JsValue::NULL).unwrap()
}

#[wasm_bindgen_test]
fn a_hello_comes_back_as_it_was() {
    assert_eq!(decode_hello(&encode_hello(&hello())), Some(hello()));
    let first = Hello { held: None, grant: None, ..hello() };
    assert_eq!(decode_hello(&encode_hello(&first)), Some(first));
    let refusal = Refusal { versions: 2..=9 };
    assert_eq!(decode_refusal(&encode_refusal(&refusal)), Some(refusal));
    assert_eq!(decode_refusal(&encode_hello(&hello())), None);
}

#[wasm_bindgen_test]
fn a_hello_is_the_object_that_is_documented() {
    let shown = js_sys::JSON::stringify(&encode_hello(&hello())).unwrap();
    let expected = r#"{"sessionBridge":"hello","min":1,"max":3,"client":[9007199254740991,0],"attempt":7,"held":[1,2,9007199254740991],"grant":5,"lang":""}"#;
    assert_eq!(String::from(shown), expected);
    // A later version may add members.
    let more = value(
        r#"{ sessionBridge: "hello", min: 1, max: 1, client: [1, 2], attempt: 1, held: null, grant: null, more: {} }"#,
    );
    assert!(decode_hello(&more).is_some());
}

#[wasm_bindgen_test]
fn what_is_no_hello_is_refused() {
    let good = r#"sessionBridge: "hello", min: 1, max: 1, client: [1, 2], attempt: 1, held: null, grant: null"#;
    assert!(decode_hello(&value(&format!("{{ {good} }}"))).is_some());
    for spoiled in [
        r#"sessionBridge: "hullo""#,
        "sessionBridge: { toString: 1 }",
        "min: undefined",
        "min: -1",
        "max: 256",
        "max: 1.5",
        "max: '1'",
        "client: [1]",
        "client: [1, 2, 3]",
        "client: { 0: 1, 1: 2, length: 2 }",
        "client: [1, 2 ** 53]",
        "client: [1, NaN]",
        "attempt: -1",
        "attempt: 1n",
        "held: undefined",
        "held: []",
        "held: [1, 2, '3']",
        "held: [1, , 3]",
        "grant: 0.1",
        "grant: undefined",
    ] {
        let object = value(&format!("{{ {good}, {spoiled} }}"));
        assert_eq!(decode_hello(&object), None, "{spoiled}");
    }
    for other in
        ["null", "undefined", "1", "'hello'", "[]", "new Map([['sessionBridge', 'hello']])", "new Uint8Array(9)"]
    {
        assert_eq!(decode_hello(&value(other)), None, "{other}");
    }
}

#[wasm_bindgen_test]
async fn a_channel_carries_bytes_in_order_and_tells_what_is_none() {
    let heard = Rc::new(RefCell::new(Vec::new()));
    let kept = Rc::clone(&heard);
    let ports: Array = value("(({ port1, port2 }) => [port1, port2])(new MessageChannel())").unchecked_into();
    let near = Channel::over(ports.get(0).unchecked_into(), |_: BrowserEvent| {});
    let far = Channel::over(ports.get(1).unchecked_into(), move |event| kept.borrow_mut().push(received(&event, 4)));
    near.send(&[1, 2, 3]);
    near.send(&[]);
    near.send(&[0; 5]);
    near.post(&value("[1, 2]"));
    near.post(&value("new Uint16Array(2)"));
    near.post(&value("({ sessionBridge: 'refused', min: 2, max: 3 })"));
    near.send(&[4]);
    turn().await;
    let expected = [
        Received::Bytes(vec![1, 2, 3]),
        Received::Bytes(vec![]),
        Received::Malformed,
        Received::Malformed,
        Received::Malformed,
        Received::Refused(Refusal { versions: 2..=3 }),
        Received::Bytes(vec![4]),
    ];
    assert_eq!(*heard.borrow(), expected);
    drop(far);
    near.send(&[5]);
    turn().await;
    assert_eq!(heard.borrow().len(), expected.len(), "a dropped channel hears nothing");
}

#[wasm_bindgen_test]
fn hostile_7_what_a_script_raised_is_no_message() {
    let event: BrowserEvent = value("new MessageEvent('message', { data: new Uint8Array(1) })").unchecked_into();
    assert_eq!(received(&event, 9), Received::Malformed);
}

#[wasm_bindgen_test]
async fn the_clock_runs_and_the_wall_shows_the_date() {
    let before = PageClock.now();
    turn().await;
    let after = PageClock.now();
    let passed = after.instant.since(before.instant);
    assert!(passed >= Span::from_millis(90) && passed < Span::from_secs(30), "{passed:?}");
    assert!(after.wall.0.abs_diff(js_sys::Date::now() as u64) < 5_000);
}

#[wasm_bindgen_test]
fn draws_are_below_the_bound_and_use_all_of_it() {
    let draws: BTreeSet<u64> = (0..200).map(|_| CryptoRng.draw()).collect();
    assert_eq!(draws.len(), 200);
    assert!(draws.iter().all(|draw| *draw < DRAWS));
    let (ored, anded) = draws.iter().fold((0, DRAWS - 1), |(ored, anded), draw| (ored | draw, anded & draw));
    assert_eq!((ored, anded), (DRAWS - 1, 0), "every bit was 0 and was 1");
}

#[wasm_bindgen_test]
async fn an_alarm_rings_when_asked_and_not_after_it_is_dropped() {
    let rings = Rc::new(RefCell::new(0));
    let counted = Rc::clone(&rings);
    let alarm = Alarm::new(move || *counted.borrow_mut() += 1);
    alarm.set(Wake::After(10_000));
    alarm.set(Wake::After(20_000));
    turn().await;
    assert_eq!(*rings.borrow(), 1, "the later time took the place of the earlier");
    alarm.set(Wake::Soon);
    assert_eq!(*rings.borrow(), 1, "not within the running code");
    turn().await;
    assert_eq!(*rings.borrow(), 2);
    // Without care this would wrap around to now.
    alarm.set(Wake::After(u64::from(u32::MAX) * 1_000_000));
    turn().await;
    assert_eq!(*rings.borrow(), 2);
    alarm.set(Wake::After(10_000));
    drop(alarm);
    turn().await;
    assert_eq!(*rings.borrow(), 2);
}
