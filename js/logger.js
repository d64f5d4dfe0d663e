// What happens, for the readable log of `debug: true`. Its texts are fetched only where somebody reads them.
import { warn } from "./explain.js";
import { further } from "./further.js";

const load = further("log.js", () => import("./log/log.js"));

/**
 * A function that logs a line of this side, in the order of its calls; `undefined` unless `debug` is true.
 *
 * @param {"page" | "service"} side
 * @returns {((line: string, ...values: unknown[]) => Promise<void>) | undefined} it never rejects: without the texts, one warning
 *   is all that is logged
 */
export function logger(side, debug) {
  if (debug !== true) return undefined;
  const texts = load().catch((error) => warn(debug, error));
  return async (line, ...values) => void (await texts)?.[side][line](...values);
}
