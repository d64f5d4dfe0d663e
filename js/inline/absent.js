// What a page has in every browser and not where a test gives Node the look of one (jsdom, happy-dom), for CommonJS:
// importing the package and making a manager must not throw there.

// Jest keeps Node's from the page. Asked for in this way, bundlers do not see it.
const node = globalThis.TextDecoder ? globalThis : globalThis.process?.getBuiltinModule?.("node:util");
export const TextDecoder = node?.TextDecoder;
export const TextEncoder = node?.TextEncoder;

/** A port at whose other end nobody is: an iframe of jsdom runs no service page. */
class DeadPort extends globalThis.EventTarget {
  postMessage() {}
  start() {}
  close() {}
}

export const MessageChannel =
  globalThis.MessageChannel ??
  class {
    port1 = new DeadPort();
    port2 = new DeadPort();
  };

/** In Vitest the window is Node's global object with members of an emulated window, and none of the emulation's event targets. */
export class EventTarget extends globalThis.EventTarget {
  addEventListener(...given) {
    if (this === globalThis) globalThis.addEventListener(...given);
    else super.addEventListener(...given);
  }

  removeEventListener(...given) {
    if (this === globalThis) globalThis.removeEventListener(...given);
    else super.removeEventListener(...given);
  }
}
