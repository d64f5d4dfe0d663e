// Runs before every other script of a document, as text: it may use nothing from outside.

/**
 * Keeps account, in `window.ledger`, of what a page takes and gives back: listeners on what outlives everything, timers,
 * message ports. What the collector alone would take care of is seen by `heap.mjs`.
 */
export function keepLedger() {
  const listeners = new Map();
  const timers = new Set();
  const ports = new Set();
  const lasting = (target) => target === window || target === document || target === window.visualViewport;
  const key = (type, options) => `${type}/${typeof options === "object" ? Boolean(options?.capture) : Boolean(options)}`;

  const { addEventListener, removeEventListener } = EventTarget.prototype;
  EventTarget.prototype.addEventListener = function (type, listener, options) {
    const target = this ?? window;
    if (lasting(target) && listener && !options?.once) {
      const kept = listeners.get(key(type, options)) ?? new Set();
      listeners.set(key(type, options), kept.add(listener));
    }
    return addEventListener.call(target, type, listener, options);
  };
  EventTarget.prototype.removeEventListener = function (type, listener, options) {
    const target = this ?? window;
    if (lasting(target)) listeners.get(key(type, options))?.delete(listener);
    return removeEventListener.call(target, type, listener, options);
  };

  const { setTimeout, clearTimeout, setInterval, clearInterval } = window;
  window.setTimeout = (run, ms, ...values) => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      run(...values);
    }, ms);
    timers.add(timer);
    return timer;
  };
  window.setInterval = (run, ms, ...values) => {
    const timer = setInterval(run, ms, ...values);
    timers.add(timer);
    return timer;
  };
  window.clearTimeout = window.clearInterval = (timer) => {
    timers.delete(timer);
    clearTimeout.call(window, timer);
    clearInterval.call(window, timer);
  };

  const Channel = window.MessageChannel;
  window.MessageChannel = class extends Channel {
    constructor() {
      super();
      // The other one is given away.
      ports.add(this.port1);
    }
  };
  const { close } = MessagePort.prototype;
  MessagePort.prototype.close = function () {
    ports.delete(this);
    return close.call(this);
  };

  window.ledger = () => ({
    listeners: [...listeners.values()].reduce((sum, kept) => sum + kept.size, 0),
    timers: timers.size,
    ports: ports.size,
    elements: document.querySelectorAll("*").length,
  });
}
