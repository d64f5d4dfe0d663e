// Asking for the storage that all sites share, where a click of the person's would help.
import { announce, attempt } from "/notices.js";
import { hook } from "/dom.js";

/** The service asks in a prompt of its own; what comes of it shows like any other change of storage. */
export function wireShare(manager) {
  hook("share").addEventListener("click", () => {
    attempt("The service could not ask.", async () => {
      const { shared } = await manager.requestStorageAccess();
      announce(shared ? "Every site sees the same sessions now." : "This site goes on with sessions of its own.");
    });
  });
}

/** Offers it. */
export function showShare({ storage }) {
  hook("share").hidden = storage.upgrade === "none";
}
