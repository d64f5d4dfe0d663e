// What a script of the page may replace after this file was loaded, kept as it was then: fake timers that a test puts in
// place later do not stop a connection. The build has each of these names mean what is exported here, in the generated
// JavaScript, too (`inject` in scripts/build/bundle.mjs).
import { report } from "./report.js";

export const { setTimeout, clearTimeout, queueMicrotask = (run) => setTimeout(run), MessageChannel, MutationObserver } = globalThis;
const { apply } = Reflect;

const now = (clock) => {
  const { now } = clock;
  return { now: () => now.call(clock) };
};
export const performance = now(globalThis.performance);
export const Date = now(globalThis.Date);

/**
 * The functions that a module imports, none of which throws. An exception that went through the module would leave it
 * half-way in what it does, for good: no destructor runs. It is raised in a task of its own, and the call gives nothing.
 */
export function guarded(imports) {
  for (const name in imports) {
    const call = imports[name];
    imports[name] = (...values) => {
      try {
        // Spread calls a function of arrays.
        return apply(call, undefined, values);
      } catch (error) {
        report(error);
      }
    };
  }
  return imports;
}
