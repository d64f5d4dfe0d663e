// What `report()` gives. It is put where anybody reads it: of a session it has the id and nothing else, and of an error the code.
import { BUILD, VERSION } from "../dist/manager/manager.js";
import { digits } from "./digits.js";
import { without } from "./lists.js";
import { metricsOf } from "./metrics.js";
import { freezeAll } from "./values.js";

const { freeze } = Object;
const MOST_EVENTS = 50;

/** The list with this event noted behind the others, of which only the last ones are kept. */
export function noted(events, type, { session, id = session?.id ?? null, error, storage, reason = error?.code ?? storage?.level ?? null }) {
  const kept = events.length < MOST_EVENTS ? events : without(events, events[0]);
  kept[kept.length] = freeze({ type, at: Date.now(), id, code: reason });
  return kept;
}

/** `numbers`: what the module told last, by name; `events`: as `noted` keeps them. */
export const bugReport = ({ status, reason, storage, version, pendingWrites, sessions, lastError }, numbers, events) =>
  freezeAll({
    version: VERSION,
    build: BUILD,
    protocol: numbers.protocol ?? null,
    correlationId: numbers.correlation === undefined ? null : digits(numbers.correlation),
    status,
    reason,
    storage,
    storeVersion: version,
    pendingWrites,
    sessions: sessions.length,
    lastError: lastError?.code ?? null,
    metrics: metricsOf(numbers),
    events: without(events),
    userAgent: globalThis.navigator?.userAgent ?? null,
  });
