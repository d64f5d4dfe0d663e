// `ManagerMetrics`, of the numbers that the module tells by name.
import { freezeAll } from "./values.js";

/** Shown until something was measured. */
const NO_TIMES = { p50: 0, p95: 0, p99: 0 };

/** What is missing in `numbers` was not counted yet. */
export function metricsOf({
  hits = 0, misses = 0, staleHits = 0, confirmed = 0, rolledBack = 0, resent = 0, applied = 0, duplicates = 0, reordered = 0,
  gaps = 0, resyncs = 0, opens = 0, losses = 0, missedHeartbeats = 0, malformed = 0,
  roundTripMs = NO_TIMES, writeMs = NO_TIMES,
}) {
  return freezeAll({
    cache: { hits, misses, staleHits, hitRatio: (hits + staleHits) / (hits + staleHits + misses || 1) },
    roundTripMs,
    writeMs,
    writes: { confirmed, rolledBack, resent },
    events: { applied, duplicates, reordered, gaps, resyncs },
    connection: { opens, losses, missedHeartbeats, malformed },
  });
}
