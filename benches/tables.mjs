// What was measured side by side, as Markdown.

import { CANDIDATES, OURS, RAW, TANSTACK } from "./candidates/index.mjs";
import { count, ratio, table, time } from "./figures.mjs";

const NONE = "–";
const known = (format, value) => (value === undefined ? NONE : format(value));
const percent = (share) => `${Math.round(share * 100)} %`;
const spread = ({ p50, p95, p99 }) => [time(p50), time(p95), time(p99)];
const strong = (name, text) => (name === OURS ? `**${text}**` : text);

/** A row of each candidate that was measured, in their order. */
const rows = (byName, titles, cells) =>
  CANDIDATES.filter(({ name }) => byName[name]).map((one) => [strong(one.name, titles[one.name]), ...cells(byName[one.name], one)]);

export function confirmedTable({ confirmed, roundTrip, put, floor }, titles) {
  const head = ["a confirmed write, one at a time", "store", "median", "95 %", "99 %", "to round trip plus put"];
  const parts = [
    ["a raw `MessagePort` round trip, by itself", NONE, roundTrip],
    ["a raw put by itself, one transaction", "IndexedDB, `strict`", put],
  ].filter(([, , its]) => its);
  const raw = parts.map(([what, store, its]) => [what, store, ...spread(its), known(ratio, floor && its.p50 / floor)]);
  return table(head, [...raw, ...rows(confirmed, titles, (its, { store }) => [store, ...spread(its), known(ratio, its.ratio)])]);
}

export function rateTable({ rate }, titles, amount) {
  const head = [`${amount} writes at once`, "confirmed in a second", "to the raw port"];
  return table(head, rows(rate, titles, (its) => [count(its.p50), known(ratio, its.ratio)]));
}

export function splitTable({ split }, titles) {
  const head = ["where the time of a write goes", "whole", "IndexedDB", "port", "rest"];
  const part = (value, whole) => known((ms) => `${time(ms)}, ${percent(ms / whole)}`, value);
  return table(head, rows(split, titles, ({ whole, database, port, rest }) => [time(whole), part(database, whole), part(port, whole), part(rest, whole)]));
}

export function seenTable({ seen }, titles) {
  const what = { [RAW]: "raw: a put, then a `BroadcastChannel` message to the other site’s frame", [OURS]: titles[OURS] };
  return table(["a change seen on another site", "median", "95 %", "99 %", "to raw"], rows(seen, what, (its) => [...spread(its), known(ratio, its.ratio)]));
}

export function connectTable({ connect }, titles) {
  const head = ["from nothing to a first read of 100 sessions", "median", "95 %", "99 %", "to Penpal"];
  return table(head, rows(connect, titles, (its) => [...spread(its), known(ratio, its.ratio)]));
}

export function cachedTable({ cached }, titles) {
  const calls = [
    [cached.snapshot, OURS, "`getSnapshot()`"],
    [cached.snapshot, TANSTACK, "`getQueryData()`"],
    [cached.one, OURS, "`await getSession(id)`"],
    [cached.one, TANSTACK, "`await fetchQuery()`"],
  ].filter(([byName, name]) => byName[name]);
  const all = calls.map(([byName, name, call]) => [`${strong(name, titles[name])}: ${call}`, time(byName[name].p50), known(ratio, byName[name].ratio)]);
  if (cached.nothing !== undefined) all.push(["an `await` of a resolved promise, for comparison", time(cached.nothing), NONE]);
  return table(["a read from the cache", "median", "to TanStack Query"], all);
}
