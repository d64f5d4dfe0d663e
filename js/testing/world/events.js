// Things that hear events. Those of the stand-in browser raise trusted ones, which no script can raise on real ones.

const heard = new WeakMap();

/**
 * What the code of a page or frame finds as `EventTarget`. A manager extends it, and stays one of the host's own.
 */
export class Target extends EventTarget {
  addEventListener(type, listener, options) {
    const listeners = heard.get(this);
    if (!listeners) return super.addEventListener(type, listener, options);
    if (!listeners.some((its) => its.type === type && its.listener === listener)) listeners.push({ type, listener });
  }

  removeEventListener(type, listener, options) {
    const listeners = heard.get(this);
    if (!listeners) return super.removeEventListener(type, listener, options);
    const at = listeners.findIndex((its) => its.type === type && its.listener === listener);
    if (at >= 0) listeners.splice(at, 1);
  }
}

/** A target of the stand-in browser. */
export class StandIn extends Target {
  constructor() {
    super();
    heard.set(this, []);
  }
}

/** Raises an event on a stand-in. What a listener throws keeps no other from hearing. */
export function raise(target, type, members, report) {
  const event = { type, isTrusted: true, target, currentTarget: target, preventDefault() {}, stopPropagation() {}, ...members };
  for (const { listener } of heard.get(target).filter((its) => its.type === type)) {
    try {
      if (typeof listener === "function") listener.call(target, event);
      else listener.handleEvent(event);
    } catch (error) {
      report(error);
    }
  }
}
