// Runs in a page: writes on and on, and keeps account of every write.

/**
 * Begins to write under the name `life`, which no page had before. `window.account` lists each write as
 * `{ kind, id, state }`, its state "open" until its promise says "confirmed" or a refusal's code. `window.stopWriting()` ends it.
 *
 * @param {object} options
 * @param {string} options.life
 * @param {number} options.pauseMs between two writes, on average
 * @param {number} options.kept how many of its own sessions it leaves there at most
 */
export function write({ life, pauseMs, kept }) {
  const manager = window.sessionBridge;
  const account = (window.account = []);
  const own = [];
  const enter = (kind, id, begin) => {
    const entry = { kind, id, state: "open", ms: null };
    account.push(entry);
    const began = performance.now();
    return begin().then(
      () => Object.assign(entry, { state: "confirmed", ms: Math.round(performance.now() - began) }),
      (error) => Object.assign(entry, { state: error.code ?? String(error) }),
    );
  };
  const increment = ({ count = 0 }) => ({ count: count + 1 });
  const counter = `${life}-counter`;
  enter("add", counter, () => manager.addSession({ id: counter, userId: life, data: { count: 0 } }));
  let number = 0;
  let timer;
  const next = () => {
    number += 1;
    const id = `${life}-${number}`;
    if (own.length > kept) {
      const oldest = own.shift();
      enter("remove", oldest, () => manager.removeSession(oldest));
    } else if (number % 3 === 0) enter("count", "shared", () => manager.updateSession("shared", increment));
    else if (number % 3 === 1) enter("count", counter, () => manager.updateSession(counter, increment));
    else {
      enter("add", id, () => manager.addSession({ id, userId: life, data: { number } })).then(({ state }) => {
        if (state === "confirmed") own.push(id);
      });
    }
    timer = setTimeout(next, Math.random() * 2 * pauseMs);
  };
  next();
  window.stopWriting = () => clearTimeout(timer);
}
