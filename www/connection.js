// How this page stands with the service, and who sees the sessions that it shows.
import { field, hook, milliseconds, setText } from "/dom.js";
import { STATUS, advice, audience, lead, meaning, reasonOf } from "/words.js";

/** Brings all of this to what the snapshot says; `names` are those of this site, of two others and of the service's origin. */
export function showConnection(manager, snapshot, { here, others, service }) {
  const { status, reason, storage, version, pendingWrites, stale } = snapshot;

  const badge = hook("status");
  badge.dataset.status = status;
  badge.dataset.reason = reason ?? "";
  badge.dataset.stale = stale;
  setText(field("status"), STATUS[status]);
  sentence(hook("status-reason"), reasonOf(snapshot));
  setText(hook("lead"), lead(storage, here, others));

  const level = hook("storage-level");
  level.dataset.level = storage.level;
  level.dataset.shared = storage.shared;
  setText(level, audience(storage));
  sentence(hook("storage-meaning"), meaning(storage));
  sentence(hook("storage-advice"), advice(storage, service));

  setText(hook("version"), version === null ? "–" : String(version.seq));
  const pending = hook("pending");
  pending.dataset.pending = pendingWrites > 0;
  setText(pending, String(pendingWrites));
  showRoundTrip(manager);
}

/** A round trip may be measured anew while nothing else changes, so it is shown by itself too. */
export function showRoundTrip(manager) {
  const { p50 } = manager.metrics().roundTripMs;
  setText(hook("rtt"), p50 > 0 ? milliseconds(p50) : "Not measured yet");
}

/** Shows a sentence, with what stands between backticks set as code; hides the element when there is nothing to say. */
function sentence(element, text) {
  element.hidden = text === "";
  if (element.textContent === text.replaceAll("`", "")) return;
  const parts = text.split("`").map((part, index) => {
    if (index % 2 === 0) return part;
    const code = document.createElement("code");
    code.textContent = part;
    return code;
  });
  element.replaceChildren(...parts);
}
