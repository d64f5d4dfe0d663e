// Adding sessions: one by the form, or a few to begin with.
import { attempt } from "/notices.js";
import { hook } from "/dom.js";
import { isolated } from "/session-name.js";

/** What the choices of a lifetime stand for; of the first, the service decides. */
const LIVES = { service: undefined, minute: 60_000, hour: 3_600_000, never: null };

/** Each submission is one `addSession`; the form is free for the next at once. */
export function wireAddForm(manager) {
  const form = hook("add-form");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const name = form.elements.name.value.trim();
    if (name === "") return;
    const color = form.elements.color.value;
    const ttlMs = LIVES[form.elements.life.value];
    form.elements.name.value = "";
    form.elements.name.focus();
    attempt(`“${isolated(name)}” was not added.`, () => manager.addSession({ userId: userIdOf(name), data: { name, color }, ttlMs }));
  });
}

const EXAMPLES = [
  { name: "Ada Lovelace", color: "indigo" },
  { name: "Grace Hopper", color: "teal" },
  { name: "Katherine Johnson", color: "amber" },
];

/** Adds all three as one version: all of them or none. */
export function wireExamples(manager) {
  hook("add-examples").addEventListener("click", () => {
    hook("add-name").focus();
    const changes = EXAMPLES.map((data) => ({ op: "add", session: { userId: userIdOf(data.name), data } }));
    attempt("The examples were not added.", () => manager.bulkUpdateSessions(changes));
  });
}

/** A login name of the kind an application would bring: "Ada Lovelace" becomes "ada.lovelace". */
function userIdOf(name) {
  const words = name.toLowerCase().match(/[\p{Letter}\p{Number}]+/gu);
  return words ? words.join(".") : "guest";
}
