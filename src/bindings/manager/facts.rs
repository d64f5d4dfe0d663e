//! Events and metrics as the published types have them.

use alloc::vec::Vec;
use core::time::Duration;

use wasm_bindgen::JsValue;

use super::host::Host;
use super::shown::{self, Shown};
use crate::ambient::micros;
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
        Event::Storage(storage) => {
            detail.set("storage", shown::storage(host, storage));
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
        Event::RolledBack { code, operation, id } => {
            detail.set("error", host.failure(code));
            detail.set("operation", operation.name().into());
            detail.set("id", id.map_or(JsValue::NULL, |id| id.as_str().into()));
            "write_rolled_back"
        }
        Event::Failed(code) => {
            detail.set("error", host.failure(code));
            "error_occurred"
        }
    };
    host.event(kind, detail);
}

/// The numbers of `ManagerMetrics` in the order in which they stand there, without the ratio.
pub fn counts(metrics: &Metrics) -> Vec<f64> {
    let [p50, p95, p99] = metrics.round_trip_ms;
    let before = [metrics.hits, metrics.misses, metrics.stale_hits];
    let after = [
        metrics.confirmed,
        metrics.rolled_back,
        metrics.resent,
        metrics.applied,
        metrics.duplicates,
        metrics.reordered,
        metrics.gaps,
        metrics.resyncs,
        metrics.opens,
        metrics.losses,
        metrics.missed_heartbeats,
        metrics.malformed,
    ];
    let mut counts: Vec<f64> = before.into_iter().map(|count| count as f64).collect();
    counts.extend([p50, p95, p99]);
    counts.extend(after.into_iter().map(|count| count as f64));
    counts
}

fn ms(duration: Duration) -> JsValue {
    JsValue::from_f64(micros(duration) as f64 / 1000.0)
}
