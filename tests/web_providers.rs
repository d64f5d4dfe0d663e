//! Stores that JavaScript provides, from the module's side, in a browser.
#![cfg(all(target_arch = "wasm32", feature = "service"))]

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Function, Promise};
use session_bridge::browser::storage::{Custom, within};
use session_bridge::error::Code;
use session_bridge::storage::conformance;
use session_bridge::storage::{Answer, Failure, Operation, Provider};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

/// A store in memory that speaks as `js/providers/crossing.js` does, made once for each case.
const STORE: &str = "
  let head = null, log = [];
  const entries = new Map(), same = (a, b) => String(a) === String(b);
  const methods = {
    probe: () => true,
    head: () => head,
    get: (keys) => keys.map((key) => entries.get(key) ?? null),
    list: (prefix, after, limit) => [...entries].filter(([key]) => key.startsWith(prefix) && (after === null || key > after)).sort(([a], [b]) => (a < b ? -1 : 1)).slice(0, limit),
    commit: (expect, [version, puts, deletes, entry, horizon, strict]) => {
      if (!same(expect, head)) return false;
      if (head && head[0] !== version[0]) log = [];
      head = version;
      for (const key of deletes) entries.delete(key);
      for (const [key, value] of puts) entries.set(key, value);
      log = [...log, [version, entry]].filter(([[, seq]]) => seq > horizon);
      return true;
    },
    since: (version) => {
      if (same(version, head)) return [];
      const at = log.findIndex(([its]) => same(its, version));
      return at < 0 ? null : log.slice(at + 1).map(([, entry]) => entry);
    },
  };
  return { ask: async (name, args) => methods[name](...args), watch: () => () => {}, close() {} };
";

/// Every operation of it comes to what this expression says.
fn answering(expression: &str) -> Custom {
    let body = format!("return {{ ask: async () => {{ {expression} }}, watch: () => () => {{}}, close() {{}} }};");
    Custom::new(Function::new_no_args(&body).call0(&JsValue::NULL).unwrap())
}

async fn ask(stores: &[Custom], asked: Vec<(usize, Operation)>) -> Vec<Answer> {
    let mut waiting = Vec::new();
    for (number, operation) in asked {
        let answer = Rc::new(RefCell::new(None));
        let (kept, mut operation) = (Rc::clone(&answer), Some(operation));
        let answered = Promise::new(&mut |resolve, _| {
            let kept = Rc::clone(&kept);
            let done = move |answer| {
                *kept.borrow_mut() = Some(answer);
                resolve.call0(&JsValue::NULL).unwrap();
            };
            stores[number].start(operation.take().unwrap(), Box::new(done));
        });
        waiting.push((answered, answer));
    }
    let mut answers = Vec::new();
    for (answered, answer) in waiting {
        within(10_000, JsFuture::from(answered)).await.expect("the store answers").unwrap();
        answers.push(answer.take().unwrap());
    }
    answers
}

#[wasm_bindgen_test]
async fn every_operation_and_answer_crosses_unchanged() {
    for case in conformance::cases() {
        let store = Function::new_no_args(STORE).call0(&JsValue::NULL).unwrap();
        let stores: Vec<Custom> = (0..case.handles()).map(|_| Custom::new(store.clone())).collect();
        for (index, step) in case.steps.iter().enumerate() {
            let answers = ask(&stores, step.asked.clone()).await;
            case.judge(index, &answers).unwrap();
        }
    }
}

#[wasm_bindgen_test]
async fn what_it_rejects_with_is_a_failure_of_its_kind() {
    let cases = [
        ("throw { code: 'storage_full', unknown: false }", Code::StorageFull, false),
        ("throw { code: 'storage_denied', unknown: true }", Code::StorageDenied, true),
        ("throw { code: 'not_found' }", Code::StorageFailed, false),
    ];
    for (expression, code, unknown) in cases {
        let store = [answering(expression)];
        let commit = Operation::Commit { expect: None, commit: conformance::commit(1, 1, 1, &[], &[]) };
        assert_eq!(ask(&store, vec![(0, commit)]).await, [Answer::Failed(Failure { code, unknown })]);
        assert!(JsFuture::from(store[0].probe()).await.is_err());
    }
}

#[wasm_bindgen_test]
async fn lists_with_something_else_in_them_are_no_answers() {
    let list = Operation::List { prefix: String::new(), after: None, limit: 9 };
    let since = Operation::Since(conformance::version(1, 1, 1));
    for (expression, operation) in [("return [['k', 5]]", list), ("return ['entry', null]", since)] {
        let answers = ask(&[answering(expression)], vec![(0, operation)]).await;
        assert_eq!(answers, [Answer::Failed(Failure { code: Code::StorageFailed, unknown: false })], "{expression}");
    }
}
