// What went wrong, in words; and what a screen reader is told as it happens.
import { hook, fromTemplate, setText } from "/dom.js";

const SHOWN = 3;

/** Shows an error until it is dismissed or pushed out by newer ones. */
export function notice(title, error) {
  const element = fromTemplate("notice-template");
  setText(element.querySelector(".notice-title"), title);
  setText(element.querySelector(".notice-text"), error.message);
  setText(element.querySelector(".notice-code"), error.code ?? error.name);
  element.querySelector("button").addEventListener("click", () => element.remove());

  const list = hook("notices");
  list.append(element);
  while (list.children.length > SHOWN) list.firstElementChild.remove();
}

/** Runs a write and shows why it was refused, if it was. */
export async function attempt(title, write) {
  try {
    await write();
  } catch (error) {
    notice(title, error);
  }
}

/** Says one sentence to a screen reader. */
export const announce = (text) => setText(hook("announcer"), text);
