// Managers that a bridge knows of.

/** What the service commits: a touch is no write, and waits as one does. */
const WRITES = ["addSession", "updateSession", "removeSession", "setActiveSession", "bulkUpdateSessions", "configureSession", "recoverSession", "touchSession"];

/**
 * `SessionManager`, of which each one made is put into `managers`, with how many of its writes have not ended.
 *
 * @param {typeof import("../index.d.ts").SessionManager} SessionManager
 * @param {Map<object, number>} managers
 */
export function watched(SessionManager, managers) {
  return class extends SessionManager {
    constructor(options) {
      // Elements of the host's document hold no frame of a bridge, and the module is the one that is here.
      super(options && { ...options, container: undefined, wasm: undefined });
      managers.set(this, 0);
      const count = (by) => managers.set(this, managers.get(this) + by);
      for (const name of WRITES) {
        const write = this[name];
        this[name] = (...values) => {
          const written = write(...values);
          count(1);
          const over = () => count(-1);
          written.then(over, over);
          return written;
        };
      }
    }
  };
}
