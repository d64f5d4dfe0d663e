// The list: one row a session, kept in place while it lives, so that focus and a half-typed name survive what others do.
import { attempt } from "/notices.js";
import { field, fromTemplate, hook, setText } from "/dom.js";
import { isolated, quoted, sessionName } from "/session-name.js";
import { signOut } from "/sign-out.js";
import { lifeOf } from "/words.js";

const rows = new Map(); // id → { element, session, active }
const time = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });
const moment = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

/** Brings the list to what the snapshot shows. */
export function showSessions(manager, snapshot) {
  const list = hook("sessions");
  const activeId = snapshot.activeSession?.id ?? null;

  // Rows that are gone go first, so that those that stay are not moved: moving a row takes its focus.
  const here = new Set(snapshot.sessions.map(({ id }) => id));
  for (const id of rows.keys()) if (!here.has(id)) drop(id);

  let next = list.firstElementChild;
  for (const session of snapshot.sessions) {
    const row = rows.get(session.id) ?? makeRow(manager, session.id);
    const active = session.id === activeId;
    if (row.session !== session || row.active !== active) fill(row, session, active);
    if (row.element === next) next = next.nextElementSibling;
    else list.insertBefore(row.element, next);
  }

  setText(hook("session-count"), snapshot.sessions.length > 0 ? String(snapshot.sessions.length) : "");
  showEmpty(snapshot);
}

function makeRow(manager, id) {
  const element = fromTemplate("row-template");
  element.dataset.id = id;
  const row = { element, session: null, active: false };
  rows.set(id, row);

  const nameOf = () => quoted(row.session);
  const form = element.querySelector("form");
  hook("switch", element).addEventListener("click", () => {
    if (!row.active) attempt(`${nameOf()} was not made active.`, () => manager.setActiveSession(id));
  });
  hook("recover", element).addEventListener("click", () => attempt(`${nameOf()} was not brought back.`, () => manager.recoverSession(id)));
  hook("sign-out", element).addEventListener("click", () => signOut(manager, row.session, row.active));
  hook("rename", element).addEventListener("click", () => startRename(row));
  hook("rename-cancel", element).addEventListener("click", () => endRename(row));
  form.addEventListener("keydown", (event) => {
    if (event.key === "Escape") endRename(row);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const name = form.elements.name.value.trim();
    if (name === "") return;
    const before = nameOf();
    endRename(row);
    attempt(`${before} was not renamed.`, () => manager.updateSession(id, { name }));
  });
  return row;
}

function fill(row, session, active) {
  const { element } = row;
  const name = sessionName(session);
  const changedElsewhere = row.session !== null && !row.session.pending && !session.pending && row.session.version !== session.version;
  row.session = session;
  row.active = active;

  element.dataset.active = active;
  element.dataset.pending = session.pending;
  element.dataset.version = session.version ?? "";
  element.dataset.color = session.data.color ?? "";
  setText(element.querySelector(".avatar"), [...name][0]?.toUpperCase() ?? "?");
  setText(hook("name", element), name);
  setText(hook("meta", element), meta(session));
  const life = hook("life", element);
  if (session.expiresAt === null) life.removeAttribute("title");
  else life.title = moment.format(session.expiresAt);
  showLife(row, Date.now());
  label(hook("rename", element), `Rename ${name}`);
  label(hook("recover", element), `Bring back ${name}`);
  label(hook("sign-out", element), `Sign out ${name}`);
  label(hook("rename-name", element), `New name for ${name}`);

  const button = hook("switch", element);
  setText(button, active ? "Active" : "Switch");
  label(button, active ? `${name} is active` : `Switch to ${name}`);
  button.setAttribute("aria-disabled", active);
  element.setAttribute("aria-current", active);
  offerOf(row, session.status === "expired");

  if (changedElsewhere) flash(element);
}

/** What can be done with a session that is expired, or is not. The focus that was in what goes stays in the row. */
function offerOf({ element, active }, expired) {
  const held = element.contains(document.activeElement) && document.activeElement;
  element.dataset.expired = expired;
  hook("expired", element).hidden = !expired;
  hook("recover", element).hidden = !expired;
  hook("rename", element).hidden = expired;
  hook("switch", element).hidden = expired && !active;
  if (held && held.hidden) hook(expired ? "recover" : "switch", element).focus();
}

/** Brings the countdowns to this moment. They are in no live region: a screen reader reads them where somebody goes. */
export function showLives() {
  const now = Date.now();
  for (const row of rows.values()) showLife(row, now);
}

const showLife = ({ element, session }, now) => setText(hook("life", element), lifeOf(session, now));

function meta({ userId, version, createdAt }) {
  const parts = [isolated(userId), version === null ? null : `v${version}`, `since ${time.format(createdAt)}`];
  return parts.filter((part) => part !== null).join(" · ");
}

const label = (element, text) => element.setAttribute("aria-label", text);

/** A brief glow on a row that another page changed. */
function flash(element) {
  element.classList.remove("changed");
  void element.offsetWidth; // restarts the animation
  element.classList.add("changed");
}

function startRename({ element, session }) {
  const form = element.querySelector("form");
  element.classList.add("renaming");
  form.hidden = false;
  form.elements.name.value = sessionName(session);
  form.elements.name.select();
}

function endRename({ element }) {
  element.classList.remove("renaming");
  element.querySelector("form").hidden = true;
  const rename = hook("rename", element);
  (rename.hidden ? hook("recover", element) : rename).focus();
}

/** Takes a row away; the focus that was in it goes to its neighbour, never to nowhere. */
function drop(id) {
  const { element } = rows.get(id);
  rows.delete(id);
  if (element.contains(document.activeElement)) {
    const neighbour = element.nextElementSibling ?? element.previousElementSibling;
    const target = neighbour ? neighbour.querySelector(".actions button:not([hidden])") : hook("add-name");
    target.focus();
  }
  element.remove();
}

function showEmpty({ sessions, status, reason }) {
  hook("empty").hidden = sessions.length > 0;
  hook("add-examples").hidden = reason === "withheld";
  const text = field("empty-text");
  if (status === "live") setText(text, "Nobody is signed in. Whoever signs in here is shown on every page that shares the list.");
  else if (reason === "withheld") setText(text, "The list is held back until the service has confirmed it.");
  else setText(text, "Waiting for the service. You can add sessions already; they are sent when it answers.");
}
