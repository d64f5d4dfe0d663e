// "session-bridge/service": what the owner's page imports.
import init, { ServiceCore } from "../dist/service/service.js";
import { SessionError } from "./error.js";
import { prompter } from "./prompter.js";
import { readServiceOptions } from "./service-options.js";

export { migrateStore } from "./providers/migrate.js";
export { fromKeyValue, localStorageProvider, memoryProvider } from "./providers/stores.js";
export { SessionError };

/** Pages say hello as soon as the frame has loaded, which may be before the module has. Bounded: they repeat it. */
const MOST_EARLY = 32;

export async function startSessionService(options) {
  const { debug, wasm, prompt, ...settings } = readServiceOptions(options);
  const early = [];
  const listen = (event) => early.length < MOST_EARLY && early.push(event);
  addEventListener("message", listen);
  let core;
  const access = { grant: () => core.grant(), judge: () => core.judge() };
  const ask = prompter(prompt, access, () => core.promptShown(), () => core.prompted());
  try {
    await init(wasm === undefined ? undefined : { module_or_path: wasm });
    const log = (direction, name, bytes) => console.debug(`session-bridge service ${direction} ${name}, ${bytes} bytes`);
    core = new ServiceCore(settings, ask, debug ? log : undefined);
  } catch (cause) {
    const advice = "The module could not be loaded; serve service_bg.wasm as application/wasm, and allow 'wasm-unsafe-eval' in script-src.";
    throw new SessionError("unreachable", advice, true, { cause });
  } finally {
    removeEventListener("message", listen);
  }
  for (const event of early) core.hear(event);
  await core.judge();
  if (debug) console.debug("session-bridge service keeps sessions in", core.storage());
  return Object.freeze({
    get storage() {
      return Object.freeze(core.storage());
    },
    metrics: () => core.metrics(),
    stop: async () => core.stop(),
  });
}
