// Signing out, and taking that back. The offer stays until it is used or dismissed: nobody has to be quick.
import { announce, attempt, notice } from "/notices.js";
import { fromTemplate, hook, setText } from "/dom.js";
import { quoted } from "/session-name.js";

/** Of more, the oldest are no longer offered. */
const OFFERED = 3;

/** Signs out this session. The focus goes to the button that takes it back, if it was in what goes. */
export async function signOut(manager, session, wasActive) {
  const name = quoted(session);
  const element = offerUndo(manager, session, wasActive, name);
  try {
    await manager.removeSession(session.id);
  } catch (error) {
    withdraw(element);
    notice(`${name} was not signed out.`, error);
  }
}

function offerUndo(manager, session, wasActive, name) {
  const list = hook("undos");
  const element = fromTemplate("undo-template");
  const button = hook("undo-button", element);
  const dismiss = hook("undo-dismiss", element);
  const text = `${name} was signed out.`;
  setText(hook("undo-text", element), text);
  button.setAttribute("aria-label", `Undo: sign ${name} in again`);
  dismiss.setAttribute("aria-label", `Dismiss: ${name} stays signed out`);
  // The key that signed out may still be held down, and repeat.
  element.addEventListener("keydown", (event) => event.repeat && event.preventDefault());
  button.addEventListener("click", () => {
    withdraw(element);
    announce(`${name} is signed in again.`);
    attempt(`${name} was not signed in again.`, () => manager.bulkUpdateSessions(again(session, wasActive)));
  });
  dismiss.addEventListener("click", () => withdraw(element));
  list.prepend(element);
  while (list.children.length > OFFERED) list.lastElementChild.remove();
  button.focus();
  announce(`${text} It can be undone.`);
  return element;
}

/** The shortest lifetime that there is. */
const LEAST_TTL_MS = 60_000;

/** The same session under the same id, as one version with whether it was the active one. It lives as long as it did from its last use on. */
function again({ id, userId, data, expiresAt, lastActiveAt }, wasActive) {
  const ttlMs = expiresAt === null ? null : Math.max(expiresAt - lastActiveAt, LEAST_TTL_MS);
  const add = { op: "add", session: { id, userId, data, ttlMs } };
  return wasActive ? [add, { op: "activate", id }] : [add];
}

/** Takes the offer away; the focus that was in it goes to the next one, or to where a name is written. */
function withdraw(element) {
  if (element.contains(document.activeElement)) {
    const next = element.nextElementSibling ?? element.previousElementSibling;
    (next ? hook("undo-button", next) : hook("add-name")).focus();
  }
  element.remove();
}
