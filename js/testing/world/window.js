// The windows of a bridge: all that the code of a page or a frame finds around it.
import { channels } from "./channel.js";
import { Document, interfaces } from "./dom.js";
import { StandIn } from "./events.js";
import { TextDecoder, TextEncoder } from "./utf8.js";

/** What the language itself brings, where code asks the window for it. */
const LANGUAGE =
  "Array ArrayBuffer BigInt Boolean DataView Date Error Float64Array FinalizationRegistry Function Infinity Int32Array JSON Map Math NaN Number Object Promise Proxy RangeError ReferenceError Reflect RegExp Set String Symbol SyntaxError TypeError Uint8Array WeakMap WeakRef WeakSet WebAssembly".split(" ");
/** What the host has wherever tests run, and what belongs to whoever wrote the test. */
const HOST = ["AbortController", "AbortSignal", "CustomEvent", "DOMException", "Event", "URL", "URLSearchParams", "console"];
/** What only the prompt, other stores, and a look for what blocks a frame use. */
const ABSENT = Object.fromEntries(
  "BroadcastChannel CSSStyleSheet IDBKeyRange IntersectionObserver ReportingObserver ResizeObserver devicePixelRatio global innerHeight innerWidth localStorage sessionStorage".split(" ").map((name) => [name, undefined]),
);

/**
 * A window, and `end`, with which nothing in it runs any more. Whatever it lacks is missing as it would be in a browser without it.
 *
 * @param {string} url
 * @param {WebAssembly.Module} module
 * @param {{ clock: import("./clock.js").Clock, carry: (run: () => void) => void, crypto: object, errors: object,
 *   report: (error: unknown) => void }} world that all windows of a bridge are in
 * @param {{ frames?: object, around?: string }} more `frames` is told of iframes; `around` is the origin of the page around a frame
 */
export function openWindow(url, module, { clock, carry, crypto, errors, report }, { frames, around } = {}) {
  const window = new StandIn();
  const timers = new Set();
  let ended = false;
  for (const name of [...LANGUAGE, ...HOST]) window[name] = globalThis[name];
  const document = new Document(url, window, frames);
  const { origin, href, protocol, host, hostname } = new URL(url);
  const timer = (every) => (run, ms, ...args) => {
    if (ended) return 0;
    const id = clock.set(run, ms, args, every);
    timers.add(id);
    return id;
  };
  const clear = (id) => {
    timers.delete(id);
    clock.clear(id);
  };
  // Nobody outside the frame uses it: it is only compared with the source of a message.
  const parent = around === undefined ? window : {};
  Object.assign(window, ABSENT, interfaces, {
    globalThis: window,
    window,
    self: window,
    parent,
    top: parent,
    document,
    location: { origin, href, protocol, host, hostname, ancestorOrigins: around === undefined ? [] : [around] },
    navigator: { onLine: true, vendor: "", userAgent: "session-bridge/testing" },
    isSecureContext: true,
    Date: class extends Date {
      static now() {
        return clock.wall;
      }
    },
    performance: { now: () => clock.now },
    crypto,
    setTimeout: timer(false),
    clearTimeout: clear,
    setInterval: timer(true),
    clearInterval: clear,
    queueMicrotask: (run) => void Promise.resolve().then(() => ended || run()).catch(report),
    reportError: report,
    fetch: async () => {
      throw new TypeError("Failed to fetch");
    },
    addEventListener: window.addEventListener.bind(window),
    removeEventListener: window.removeEventListener.bind(window),
    MessageChannel: channels(carry),
    MutationObserver: document.observers(),
    TextDecoder,
    TextEncoder,
    compiledModule: module,
    sharedErrors: errors,
  });
  const end = () => {
    ended = true;
    for (const id of timers) clock.clear(id);
  };
  return { window, end };
}
