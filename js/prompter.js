// Fetches the prompt when it is first wanted, so that no other visitor downloads it, and sees to it that it always ends.
import { further } from "./further.js";
import { report } from "./report.js";

const load = further("prompt.js", () => import("./prompt/prompt.js"));

/**
 * `turn` is for the core: with an origin it opens the prompt, else it takes it away. `shown` and `over` are told of the one
 * that was opened last, and never of one that was taken away. `end` when there is no service any more.
 */
export function prompter(options, access, shown, over) {
  // The language of the page around, as each of its hellos says; it may be anything.
  let lang;
  const listen = ({ source, data }) => {
    if (source === parent && data?.sessionBridge === "hello") lang = data.lang;
  };
  addEventListener("message", listen);
  let turns = 0;
  let drop;
  const turn = async (origin, declined) => {
    const mine = ++turns;
    const current = (tell) => () => mine === turns && tell();
    drop?.(declined);
    drop = undefined;
    if (origin === undefined) return;
    try {
      const { openPrompt } = await load();
      current(() => (drop = openPrompt({ origin, lang, options, access, shown: current(shown), over: current(over) })))();
    } catch (error) {
      report(error);
      current(over)();
    }
  };
  return { turn, end: () => removeEventListener("message", listen) };
}
