/**
 * Runs in a page before it makes its manager and keeps a note of every message that the page is given, by
 * window or by a port of a channel that it made, in `window.spiedMessages`. It listens only: a port stays
 * closed until the page itself opens it.
 */
export function spyOnMessages() {
  const seen = [];
  window.spiedMessages = seen;
  window.addEventListener("message", (event) => {
    seen.push({ via: "window", origin: event.origin, ports: event.ports.length });
  }, true);
  window.MessageChannel = class extends window.MessageChannel {
    constructor() {
      super();
      for (const port of [this.port1, this.port2]) {
        port.addEventListener("message", () => seen.push({ via: "port" }));
      }
    }
  };
}
