// What the prompt says, in English. `{site}` and `{owner}` stand for the names of the two sites, `{url}` for an address.
export const TEXTS = {
  askTitle: "Share your sessions with {site}?",
  askText: "{owner} keeps your sessions in this browser. If you allow it, {site} uses the same ones, and what changes on one site shows on the other.",
  allow: "Allow",
  deny: "Not now",
  working: "One moment… Your browser may ask you too.",
  visitTitle: "First, visit {owner}",
  visitText: "Your browser did not allow it. It only does so for sites that you use yourself: open {owner}, click anything there, and come back.",
  visit: "Open {owner}",
  returnText: "Come back here once you have clicked something on {owner}, and try again.",
  blockedText: "Your browser did not open {owner}. Open {url} in another tab, click anything there, and come back.",
  retry: "Try again",
  doneTitle: "Done",
  doneText: "{site} and {owner} share your sessions now.",
  failedTitle: "Your browser did not allow it",
  failedText: "{site} goes on with sessions of its own, and nothing is lost. To change this, look for {owner} in your browser’s settings for cookies and site data.",
  close: "Close",
  wait: "Please wait a moment…",
  covered: "Nothing was done: something covers this window, or part of it is out of view.",
  small: "Nothing was done: this window is too small. Please make it larger.",
};

/** The texts with their placeholders filled in. */
export function filled(texts, names) {
  const fill = (text) => text.replace(/\{(site|owner|url)\}/g, (_, name) => names[name]);
  return Object.fromEntries(Object.entries(TEXTS).map(([name, text]) => [name, fill(texts?.[name] ?? text)]));
}
