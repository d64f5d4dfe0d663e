//! Events and metrics as the published types have them, and what else a report says of the connection.

use alloc::rc::Rc;

use wasm_bindgen::JsValue;

use super::drawn::{self, storage};
use super::host::Host;
use super::world::Running;
use crate::bindings::kind::correlation;
use crate::browser::{Record, number, optional, percentiles};
use crate::manager::{Event, Metrics};
use crate::session::{ClientId, Session};

/// Raises an event, as `SessionEventMap` has it.
pub fn raise(pump: &Running, host: &Host, event: Event) {
    const NOTHING: JsValue = JsValue::UNDEFINED;
    let session = |session: &Rc<Session>| drawn::session(host, pump, session);
    let (kind, one, two, three) = match event {
        Event::Created(added) => (0, session(&added), NOTHING, NOTHING),
        Event::Updated { session: updated, previous } => (1, session(&updated), session(&previous), NOTHING),
        Event::Terminated(removed) => (2, session(&removed), NOTHING, NOTHING),
        Event::Active(active) => (3, active.map_or(JsValue::NULL, |active| session(&active)), NOTHING, NOTHING),
        Event::Storage { status, declined_until } => (4, storage(host, status, declined_until), NOTHING, NOTHING),
        Event::Established { round_trip } => (5, ms(round_trip), NOTHING, NOTHING),
        Event::Lost { reason } => (6, reason.into(), NOTHING, NOTHING),
        Event::Restored { round_trip, replayed } => (7, ms(round_trip), number(replayed), NOTHING),
        Event::RolledBack { failure, operation, id } => {
            let id = id.map_or(JsValue::NULL, |id| id.as_str().into());
            (8, host.failure(&failure), number(operation as u64), id)
        }
        Event::Failed(code) => (9, host.failure(&code.into()), NOTHING, NOTHING),
        Event::Expired(ended) => (10, session(&ended), NOTHING, NOTHING),
    };
    host.event(kind, one, two, three);
}

/// The counts of `ManagerMetrics`, in the order in which [`numbers`] gives them.
const COUNTS: [&str; 15] = [
    "hits",
    "misses",
    "staleHits",
    "confirmed",
    "rolledBack",
    "resent",
    "applied",
    "duplicates",
    "reordered",
    "gaps",
    "resyncs",
    "opens",
    "losses",
    "missedHeartbeats",
    "malformed",
];

/// The numbers of `ManagerMetrics` by their names, without the ratio; with the `protocol` version that is spoken, or `null`, and
/// the number that logs tell with a hello.
pub fn numbers(metrics: &Metrics, protocol: Option<u8>, client: ClientId) -> JsValue {
    let record = Record::new();
    let counts = [
        metrics.hits,
        metrics.misses,
        metrics.stale_hits,
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
    for (name, count) in COUNTS.iter().zip(counts) {
        record.set(name, number(count));
    }
    record.set("roundTripMs", percentiles(&metrics.round_trip_ms));
    record.set("writeMs", percentiles(&metrics.write_ms));
    record.set("protocol", optional(protocol.map(u64::from)));
    record.set("correlation", correlation(client).into());
    record.into()
}

fn ms(micros: u64) -> JsValue {
    JsValue::from_f64(micros as f64 / 1000.0)
}
