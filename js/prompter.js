// Fetches the prompt when it is first wanted, so that no other visitor downloads it, and sees to it that it always ends.
import { missing } from "./explain.js";
import { report } from "./report.js";

/**
 * A function for the core: with an origin it opens the prompt, else it takes it away. `shown` and `over` are told of the one
 * that was opened last, and never of one that was taken away.
 */
export function prompter(options, access, shown, over) {
  // The language of the page around, as each of its hellos says; it may be anything.
  let lang;
  addEventListener("message", ({ source, data }) => {
    if (source === parent && data?.sessionBridge === "hello") lang = data.lang;
  });
  let turn = 0;
  let drop;
  return async (origin, declined) => {
    const mine = ++turn;
    const current = (tell) => () => mine === turn && tell();
    drop?.(declined);
    drop = undefined;
    if (origin === undefined) return;
    try {
      const { openPrompt } = await import("./prompt/prompt.js").catch((cause) => {
        throw missing("prompt.js", cause);
      });
      current(() => (drop = openPrompt({ origin, lang, options, access, shown: current(shown), over: current(over) })))();
    } catch (error) {
      report(error);
      current(over)();
    }
  };
}
