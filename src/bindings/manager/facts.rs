//! Events and metrics as the published types have them.

use alloc::rc::Rc;
use alloc::vec::Vec;

use wasm_bindgen::JsValue;

use super::host::Host;
use super::shown::{self, Shown};
use crate::browser::number;
use crate::manager::{Event, Metrics};
use crate::session::Session;

/// Raises an event, as `SessionEventMap` has it.
pub fn raise(host: &Host, shown: &Shown, event: Event) {
    const NOTHING: JsValue = JsValue::UNDEFINED;
    let session = |session: &Rc<Session>| shown.session(host, session, false);
    let (kind, one, two, three) = match event {
        Event::Created(added) => (0, session(&added), NOTHING, NOTHING),
        Event::Updated { session: updated, previous } => (1, session(&updated), session(&previous), NOTHING),
        Event::Terminated(removed) => (2, session(&removed), NOTHING, NOTHING),
        Event::Active(active) => (3, active.map_or(JsValue::NULL, |active| session(&active)), NOTHING, NOTHING),
        Event::Storage { status, declined_until } => {
            (4, shown::storage(host, status, declined_until), NOTHING, NOTHING)
        }
        Event::Established { round_trip } => (5, ms(round_trip), NOTHING, NOTHING),
        Event::Lost { reason } => (6, reason.into(), NOTHING, NOTHING),
        Event::Restored { round_trip, replayed } => (7, ms(round_trip), number(replayed), NOTHING),
        Event::RolledBack { failure, operation, id } => {
            let id = id.map_or(JsValue::NULL, |id| id.as_str().into());
            (8, host.failure(&failure), number(operation as u64), id)
        }
        Event::Failed(code) => (9, host.failure(&code.into()), NOTHING, NOTHING),
    };
    host.event(kind, one, two, three);
}

/// The numbers of `ManagerMetrics` in the order in which they stand there, without the ratio.
pub fn counts(metrics: &Metrics) -> Vec<f64> {
    let [p50, p95, p99] = metrics.round_trip_ms;
    let [write_p50, write_p95, write_p99] = metrics.write_ms;
    Vec::from([
        metrics.hits as f64,
        metrics.misses as f64,
        metrics.stale_hits as f64,
        p50,
        p95,
        p99,
        write_p50,
        write_p95,
        write_p99,
        metrics.confirmed as f64,
        metrics.rolled_back as f64,
        metrics.resent as f64,
        metrics.applied as f64,
        metrics.duplicates as f64,
        metrics.reordered as f64,
        metrics.gaps as f64,
        metrics.resyncs as f64,
        metrics.opens as f64,
        metrics.losses as f64,
        metrics.missed_heartbeats as f64,
        metrics.malformed as f64,
    ])
}

fn ms(micros: u64) -> JsValue {
    JsValue::from_f64(micros as f64 / 1000.0)
}
