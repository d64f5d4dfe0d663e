// Asking for the storage that all sites share, where that would help and the person did not decline just now.
import { SITES } from "/sites.js";
import { hook, setText } from "/dom.js";
import { announce, attempt } from "/notices.js";
import { offer } from "/words.js";

/** The service asks in a prompt of its own; what comes of it shows like any other change of storage. */
export function wireShare(manager) {
  const button = hook("share");
  button.addEventListener("click", () => {
    if (button.getAttribute("aria-disabled") === "true") return;
    attempt("The service could not ask.", async () => {
      const { shared } = await manager.requestStorageAccess();
      announce(shared ? "Every site sees the same sessions now." : `This site goes on with sessions of its own. ${restOf(manager)}`);
    });
  });
}

/** Shows the offer, or until when it rests. The button stays where the focus is; it only does nothing meanwhile. */
export function showShare({ storage }) {
  const made = offerNow(storage);
  hook("ask").hidden = made === null;
  if (made === null) return;
  const button = hook("share");
  setText(hook("share-note"), made.note);
  setText(button, made.label);
  button.setAttribute("aria-disabled", made.resting);
}

const offerNow = (storage) => offer(storage, { owner: SITES.owner.name, now: Date.now() });

function restOf(manager) {
  const made = offerNow(manager.getSnapshot().storage);
  return made?.resting ? `${made.label}.` : "";
}
