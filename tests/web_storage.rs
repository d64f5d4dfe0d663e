//! IndexedDB and its announcements, in a browser.
#![cfg(all(target_arch = "wasm32", feature = "service"))]

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use gloo_timers::future::TimeoutFuture;
use js_sys::Promise;
use serde::Deserialize;
use session_bridge::browser::storage::{Announced, Found, IndexedDb, StoreSelector, Wanted, within};
use session_bridge::browser::window;
use session_bridge::session::{StorageLevel, StorageStatus, Upgrade};
use session_bridge::storage::conformance::{self, commit, version};
use session_bridge::storage::{ANNOUNCED_BYTES, Announcement, Answer, Operation, Provider, StoreCommit};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::{BroadcastChannel, Event};

wasm_bindgen_test_configure!(run_in_browser);

fn factory() -> JsValue {
    window().indexed_db().unwrap().into()
}

/// No two tests of a run, nor two runs in one profile, meet in one store.
fn fresh(what: &str) -> String {
    format!("test {what} {}", js_sys::Math::random())
}

/// Starts the operations together and waits for all answers, in the order of the operations.
async fn ask(stores: &[IndexedDb], asked: Vec<(usize, Operation)>) -> Vec<Answer> {
    let mut waiting = Vec::new();
    for (number, operation) in asked {
        waiting.push(start(&stores[number], operation));
    }
    let mut answers = Vec::new();
    for (answered, answer) in waiting {
        within(10_000, JsFuture::from(answered)).await.expect("the store answers").unwrap();
        answers.push(answer.take().unwrap());
    }
    answers
}

fn start(store: &dyn Provider, operation: Operation) -> (Promise, Rc<RefCell<Option<Answer>>>) {
    let answer = Rc::new(RefCell::new(None));
    let kept = Rc::clone(&answer);
    let mut operation = Some(operation);
    let promise = Promise::new(&mut |resolve, _| {
        let kept = Rc::clone(&kept);
        let done = move |answer| {
            *kept.borrow_mut() = Some(answer);
            resolve.call0(&JsValue::NULL).unwrap();
        };
        store.start(operation.take().unwrap(), Box::new(done));
    });
    (promise, answer)
}

async fn one(store: &dyn Provider, operation: Operation) -> Answer {
    let (answered, answer) = start(store, operation);
    within(10_000, JsFuture::from(answered)).await.expect("the store answers").unwrap();
    answer.take().unwrap()
}

async fn turn() {
    TimeoutFuture::new(200).await;
}

#[wasm_bindgen_test]
async fn indexeddb_keeps_the_contract() {
    let cases = conformance::cases();
    assert!(cases.len() >= 10, "only {} cases", cases.len());
    for case in &cases {
        let name = fresh(case.name);
        let stores: Vec<IndexedDb> = (0..case.handles()).map(|_| IndexedDb::new(factory(), &name)).collect();
        for (index, step) in case.steps.iter().enumerate() {
            let answers = ask(&stores, step.asked.clone()).await;
            case.judge(index, &answers).unwrap();
        }
    }
}

#[wasm_bindgen_test]
async fn two_handles_that_race_lose_nothing() {
    let name = fresh("race");
    let stores = [IndexedDb::new(factory(), &name), IndexedDb::new(factory(), &name)];
    let (mut won, mut stale) = ([0, 0], 0);
    let mut head = None;
    for seq in 1..=30 {
        let next = |who: usize| Operation::Commit {
            expect: head,
            commit: commit(1, seq, who as u64, &[(&format!("k{seq}"), &who.to_string())], &[]),
        };
        let answers = ask(&stores, vec![(0, next(0)), (1, next(1))]).await;
        stale += answers.iter().filter(|answer| **answer == Answer::Stale).count();
        let winner = answers.iter().position(|answer| *answer == Answer::Committed).unwrap();
        won[winner] += 1;
        head = Some(version(1, seq, winner as u64));
    }
    assert_eq!(stale, 30, "one of each pair");
    assert_eq!(one(&stores[1], Operation::Head).await, Answer::Head(head));
    let Answer::Entries(entries) =
        one(&stores[0], Operation::List { prefix: "k".into(), after: None, limit: 99 }).await
    else {
        panic!("no entries")
    };
    assert_eq!(entries.len(), 30);
    assert_eq!(won.iter().sum::<usize>(), 30);
}

#[wasm_bindgen_test]
async fn a_store_that_was_deleted_under_its_handle_is_empty_and_works() {
    let name = fresh("deleted");
    let store = IndexedDb::new(factory(), &name);
    let noticed = Rc::new(Cell::new(0));
    let counted = Rc::clone(&noticed);
    store.watch(Box::new(move |_| counted.set(counted.get() + 1)));
    let first = || Operation::Commit { expect: None, commit: commit(1, 1, 1, &[("k", "v")], &[]) };
    assert_eq!(one(&store, first()).await, Answer::Committed);
    let request = window().indexed_db().unwrap().unwrap().delete_database(&format!("session-bridge:{name}")).unwrap();
    let deleted = Promise::new(&mut |resolve, _| request.set_onsuccess(Some(&resolve)));
    // The handle lets go of the database by itself, or this would wait for ever.
    within(5_000, JsFuture::from(deleted)).await.expect("not blocked by the open handle").unwrap();
    assert_eq!(noticed.get(), 1, "and says that it has changed");
    assert_eq!(one(&store, Operation::Head).await, Answer::Head(None));
    assert_eq!(one(&store, first()).await, Answer::Committed);
}

#[wasm_bindgen_test]
async fn who_only_follows_folds_what_another_one_left() {
    let name = fresh("followed");
    let left = IndexedDb::new(factory(), &name);
    for (expect, seq) in [(None, 1), (Some(version(1, 1, 1)), 2)] {
        let commit = commit(1, seq, seq, &[("k", "v")], &[]);
        assert_eq!(one(&left, Operation::Commit { expect, commit }).await, Answer::Committed);
    }
    drop(left);
    let follows = IndexedDb::new(factory(), &name);
    assert!(matches!(one(&follows, Operation::Since(version(1, 2, 2))).await, Answer::Log(Some(_))));
    let folded = js_sys::Function::new_with_args(
        "name",
        "return new Promise((resolve) => {
            const request = indexedDB.open(name);
            request.onsuccess = () => {
                const read = request.result.transaction('meta').objectStore('meta').get('head');
                read.onsuccess = () => { request.result.close(); resolve(read.result[1]); };
            };
        })",
    );
    for _ in 0..100 {
        let seq = folded.call1(&JsValue::NULL, &format!("session-bridge:{name}").into()).unwrap();
        if JsFuture::from(seq.unchecked_into::<Promise>()).await.unwrap() == 2 {
            return;
        }
        turn().await;
    }
    panic!("nobody has folded for twenty seconds");
}

#[wasm_bindgen_test]
async fn a_commit_is_announced_to_others_and_not_to_oneself() {
    let name = fresh("announced");
    let handle = || Announced::new(Rc::new(IndexedDb::new(factory(), &name)), &name, None);
    let heard = Rc::new(Cell::new((0, 0)));
    let (one_handle, other) = (handle(), handle());
    let own = Rc::clone(&heard);
    one_handle.watch(Box::new(move |_| own.set((own.get().0 + 1, own.get().1))));
    let others = Rc::clone(&heard);
    other.watch(Box::new(move |_| others.set((others.get().0, others.get().1 + 1))));
    let next = |expect, seq| Operation::Commit { expect, commit: commit(1, seq, seq, &[], &[]) };
    assert_eq!(one(&one_handle, next(None, 1)).await, Answer::Committed);
    turn().await;
    assert_eq!(heard.get(), (0, 1));
    assert_eq!(one(&one_handle, next(None, 2)).await, Answer::Stale);
    turn().await;
    assert_eq!(heard.get(), (0, 1), "only what took effect is announced");

    // While a page sleeps its channel is closed; when it wakes up it looks for what it missed.
    dispatch("pagehide");
    assert_eq!(one(&one_handle, next(Some(version(1, 1, 1)), 2)).await, Answer::Committed);
    turn().await;
    assert_eq!(heard.get(), (0, 1));
    dispatch("pageshow");
    assert_eq!(heard.get(), (1, 2));
    assert_eq!(one(&other, next(Some(version(1, 2, 2)), 3)).await, Answer::Committed);
    turn().await;
    assert_eq!(heard.get(), (2, 2));
}

#[wasm_bindgen_test]
async fn what_others_are_told_is_the_commit_unless_it_is_the_first_or_long() {
    let name = fresh("told");
    let handle = || Announced::new(Rc::new(IndexedDb::new(factory(), &name)), &name, None);
    let (one_handle, other) = (handle(), handle());
    let told = Rc::new(RefCell::new(Vec::new()));
    let tells = Rc::clone(&told);
    other.watch(Box::new(move |announced| tells.borrow_mut().push(announced)));
    let entries = ["first", "\u{84}\0é", &"x".repeat(ANNOUNCED_BYTES), &"x".repeat(ANNOUNCED_BYTES + 1)];
    let mut expect = None;
    for (seq, entry) in (1..).zip(entries) {
        let commit = StoreCommit { entry: entry.into(), ..commit(1, seq, seq, &[], &[]) };
        assert_eq!(one(&one_handle, Operation::Commit { expect, commit }).await, Answer::Committed);
        turn().await;
        let whole = expect.filter(|_| seq < 4).map(|follows| Announcement { follows, entry: entry.into() });
        assert_eq!(told.take(), [whole], "commit {seq}");
        expect = Some(version(1, seq, seq));
    }
    // As builds before say it, and as nobody does.
    let channel = BroadcastChannel::new(&format!("session-bridge:{name}")).unwrap();
    for message in [
        "true",
        "null",
        "[]",
        "[[1, 2, 3]]",
        "[[1, 2, 3], 4]",
        "[[1, 2], 'x']",
        "[[1, 2, -3], 'x']",
        "[[1, 2, 3], { length: 1 }]",
    ] {
        channel.post_message(&value(message)).unwrap();
        turn().await;
        assert_eq!(told.take(), [None], "{message}");
    }
    channel.close();
}

fn value(script: &str) -> JsValue {
    js_sys::Function::new_no_args(&format!("return {script}")).call0(&JsValue::NULL).unwrap()
}

fn dispatch(kind: &str) {
    window().dispatch_event(&Event::new(kind).unwrap()).unwrap();
}

/// What the first look of a selector finds.
async fn first_look(wanted: Wanted, name: &str) -> (Rc<StoreSelector>, Rc<RefCell<Vec<Found>>>) {
    let found = Rc::new(RefCell::new(Vec::new()));
    let told = Rc::clone(&found);
    let selector = StoreSelector::new(wanted, name, move |found| told.borrow_mut().push(found));
    JsFuture::from(selector.select()).await.unwrap();
    (selector, found)
}

#[wasm_bindgen_test]
async fn the_best_place_that_works_is_taken() {
    let name = fresh("opened");
    // The page of the tests is a top-level one: its own storage is its site's.
    let (selector, found) = first_look(Wanted::IndexedDb, &name).await;
    let Some(Found::Other { store, below: None, status }) = found.borrow_mut().pop() else { panic!("nothing found") };
    assert_eq!(status, StorageStatus { level: StorageLevel::SameSite, shared: true, upgrade: Upgrade::None });
    assert_eq!(one(&*store, Operation::Head).await, Answer::Head(None));
    // Looks that are asked for during one are one more.
    let looks = [selector.select(), selector.select(), selector.select()];
    for look in looks {
        JsFuture::from(look).await.unwrap();
    }
    assert!(matches!(found.take().as_slice(), [Found::Same(_)]));
    dispatch("pageshow");
    turn().await;
    assert!(matches!(found.take().as_slice(), [Found::Same(_)]), "it looks by itself when the page comes back");
    let kept = Rc::downgrade(&store);
    drop(store);
    assert!(kept.upgrade().is_some());
    selector.end();
    assert!(kept.upgrade().is_none(), "nothing keeps the store open");
    dispatch("pageshow");
    turn().await;
    assert!(found.borrow().is_empty());

    let (_selector, found) = first_look(Wanted::Memory, &name).await;
    let Some(Found::Other { status, .. }) = found.borrow_mut().pop() else { panic!("nothing found") };
    assert_eq!(status, StorageStatus { level: StorageLevel::Memory, shared: false, upgrade: Upgrade::None });
}

/// What an operation of a provider rejects with, as far as it is looked at.
#[derive(Deserialize)]
struct Refused {
    code: String,
}

#[wasm_bindgen_test]
async fn hostile_44_a_database_of_a_newer_schema_is_neither_used_nor_touched_nor_passed_over() {
    let name = fresh("newer");
    let newer = js_sys::Function::new_with_args(
        "name",
        "return new Promise((resolve, reject) => {
            const request = indexedDB.open(name, 7);
            request.onupgradeneeded = () => request.result.createObjectStore('later').put('kept', 'key');
            request.onsuccess = () => {
                const read = request.result.transaction('later').objectStore('later').get('key');
                read.onsuccess = () => { request.result.close(); resolve(read.result); };
            };
            request.onerror = () => reject(request.error);
        })",
    );
    let newer = || {
        let opened = newer.call1(&JsValue::NULL, &format!("session-bridge:{name}").into()).unwrap();
        JsFuture::from(opened.unchecked_into::<Promise>())
    };
    newer().await.unwrap();
    let (_selector, found) = first_look(Wanted::IndexedDb, &name).await;
    let Some(Found::Other { store, status, .. }) = found.borrow_mut().pop() else { panic!("nothing found") };
    assert_eq!(status.level, StorageLevel::SameSite, "not memory, which would hide what is there");
    let answer = one(&*store, Operation::Commit { expect: None, commit: commit(1, 1, 1, &[], &[]) }).await;
    let Answer::Failed(failure) = answer else { panic!("{answer:?}") };
    // By this code the service knows that a newer build of its page may read it, and has the page loaded anew.
    assert_eq!((failure.code, failure.unknown), (session_bridge::error::Code::ProtocolMismatch, false));
    assert_eq!(newer().await.unwrap(), JsValue::from_str("kept"));
}

#[wasm_bindgen_test]
async fn hostile_45_a_value_that_is_no_text_is_not_passed_over() {
    let name = fresh("corrupt");
    let store = IndexedDb::new(factory(), &name);
    let first = Operation::Commit { expect: None, commit: commit(1, 1, 1, &[("a", "1"), ("b", "2")], &[]) };
    assert_eq!(one(&store, first).await, Answer::Committed);
    let spoil = js_sys::Function::new_with_args(
        "name",
        "return new Promise((resolve, reject) => {
            const request = indexedDB.open(name);
            request.onsuccess = () => {
                const transaction = request.result.transaction('entries', 'readwrite');
                transaction.objectStore('entries').put(5, 'b');
                transaction.oncomplete = () => { request.result.close(); resolve(); };
            };
            request.onerror = () => reject(request.error);
        })",
    );
    let spoilt = spoil.call1(&JsValue::NULL, &format!("session-bridge:{name}").into()).unwrap();
    JsFuture::from(spoilt.unchecked_into::<Promise>()).await.unwrap();
    let get = |keys: &[&str]| Operation::Get(keys.iter().map(ToString::to_string).collect());
    assert_eq!(one(&store, get(&["a", "c"])).await, Answer::Values(vec![Some("1".into()), None]));
    for asked in [get(&["b"]), Operation::List { prefix: String::new(), after: None, limit: 9 }] {
        let answer = one(&store, asked).await;
        let Answer::Failed(failure) = answer else { panic!("{answer:?}") };
        assert_eq!((failure.code, failure.unknown), (session_bridge::error::Code::StorageFailed, false));
    }
}

#[wasm_bindgen_test]
async fn hostile_44_a_factory_that_refuses_is_found_out() {
    let refusing = js_sys::Function::new_no_args("throw new DOMException('no', 'SecurityError')");
    let factory = js_sys::Object::new();
    js_sys::Reflect::set(&factory, &"open".into(), &refusing).unwrap();
    let store = IndexedDb::new(factory.into(), "refused");
    let refused = JsFuture::from(store.probe()).await.unwrap_err();
    let refused: Refused = serde_wasm_bindgen::from_value(refused).unwrap();
    assert_eq!(refused.code, "storage_denied");
    let answer = one(&store, Operation::Head).await;
    let Answer::Failed(failure) = answer else { panic!("{answer:?}") };
    assert_eq!((failure.code, failure.unknown), (session_bridge::error::Code::StorageDenied, false));
}
