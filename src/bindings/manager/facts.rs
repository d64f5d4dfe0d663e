//! Events and metrics as the published types have them.

use alloc::vec::Vec;

use wasm_bindgen::JsValue;

use super::host::Host;
use super::shown::{self, Shown};
use crate::browser::{Record, number};
use crate::manager::{Event, Metrics};

/// Raises an event, as `SessionEventMap` has it.
pub fn raise(host: &Host, shown: &Shown, event: Event) {
    let detail = Record::new();
    let kind = match event {
        Event::Created(session) => {
            detail.set("session", shown.session(host, &session, false));
            "session_created"
        }
        Event::Updated { session, previous } => {
            detail.set("session", shown.session(host, &session, false));
            detail.set("previous", shown.session(host, &previous, false));
            "session_updated"
        }
        Event::Terminated(session) => {
            detail.set("session", shown.session(host, &session, false));
            "session_terminated"
        }
        Event::Active(session) => {
            let session = session.map_or(JsValue::NULL, |session| shown.session(host, &session, false));
            detail.set("session", session);
            "active_session_changed"
        }
        Event::Storage { status, declined_until } => {
            detail.set("storage", shown::storage(host, status, declined_until));
            "storage_changed"
        }
        Event::Established { round_trip } => {
            detail.set("roundTripMs", ms(round_trip));
            "connection_established"
        }
        Event::Lost { reason } => {
            detail.set("reason", reason.into());
            "connection_lost"
        }
        Event::Restored { round_trip, replayed } => {
            detail.set("roundTripMs", ms(round_trip));
            detail.set("replayed", number(replayed));
            "connection_restored"
        }
        Event::RolledBack { failure, operation, id } => {
            detail.set("error", host.failure(&failure));
            detail.set("operation", operation.name().into());
            detail.set("id", id.map_or(JsValue::NULL, |id| id.as_str().into()));
            "write_rolled_back"
        }
        Event::Failed(code) => {
            detail.set("error", host.failure(&code.into()));
            "error_occurred"
        }
    };
    host.event(kind, detail);
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
