// "session-bridge/service": what the owner's page imports.
import { BUILD, ServiceCore } from "../dist/service/service.js";
import { SessionError } from "./error.js";
import { warn } from "./explain.js";
import { readGrants } from "./grants.js";
import { loadModule } from "./load-service.js";
import { logger } from "./logger.js";
import { restMs } from "./prompt/quiet.js";
import { prompter } from "./prompter.js";
import { fromKeyValue, guarded, localStorageProvider, memoryProvider, migrateStore } from "./providers/deferred.js";
import { ofDocument } from "./of-document.js";
import { keep, watchQuota } from "./quota.js";
import { storageStatus } from "./storage-status.js";
import { renewsOnce } from "./renew.js";
import { readServiceOptions } from "./service-options.js";

export { fromKeyValue, localStorageProvider, memoryProvider, migrateStore };
export { indexedDbProvider } from "./providers/indexeddb.js";
export { SessionError };

/** Pages say hello as soon as the frame has loaded, which may be before the module has. Bounded: they repeat it. */
const MOST_EARLY = 32;

/** Two would hear the same pages, each with grants of its own. */
let started = false;

/**
 * Settles as `promise` does, but not once the frame was taken away: a module whose top-level `await` ends after that makes
 * WebKit spin for ever, and the page around the frame with it.
 */
const whileInPlace = (promise) =>
  new Promise((resolve, reject) => {
    const settle = (end) => (value) => ofDocument("defaultView") !== null && end(value);
    promise.then(settle(resolve), settle(reject));
  });

export const startSessionService = (options) => whileInPlace(startOnce(options));

/**
 * Loads this frame anew: a newer build has written to the store, so there should be a newer service page. Once for each build
 * in the life of a tab, and never where that cannot be remembered: it would be without end. Whether it does.
 */
function renew() {
  try {
    if (parent === window || !renewsOnce(sessionStorage, BUILD)) return false;
    location.reload();
    return true;
  } catch {
    return false;
  }
}

async function startOnce(options) {
  const settings = readServiceOptions(options);
  if (started) throw new SessionError("already_exists", "A session service runs in this page; stop it before you start another.");
  started = true;
  try {
    return await start(settings);
  } catch (error) {
    started = false;
    warn(settings.debug, error);
    throw error;
  }
}

async function start({ debug, wasm, prompt, ...settings }) {
  const { storage, name } = settings;
  const given = storage === "localstorage" ? localStorageProvider(name) : typeof storage === "object" ? storage : undefined;
  const log = logger("service", debug);
  const early = [];
  const listen = (event) => event.source === parent && early.length < MOST_EARLY && early.push(event);
  addEventListener("message", listen);
  let core;
  const access = { grant: () => core.grant(), select: () => core.select() };
  /** The origin of the page around, once it was welcomed. */
  let around;
  const rests = () => restMs(around, prompt.quietMs);
  const tellRest = () => core.quiet(around, rests());
  const { turn: openOrDrop, end } = prompter(prompt, access, () => core.promptShown(), () => {
    tellRest();
    core.prompted();
  });
  const ask = (origin, declined) => {
    openOrDrop(origin, declined);
    if (declined) tellRest();
  };
  const welcomed = (origin) => {
    around = origin;
    tellRest();
  };
  try {
    const [provider] = await Promise.all([given && guarded(given), loadModule(wasm)]);
    core = new ServiceCore({ ...settings, provider }, ask, renew, welcomed, log && { message: (...message) => void log("message", ...message), turnedAway: (...why) => void log("turnedAway", ...why) });
    removeEventListener("message", listen);
    for (const event of early) core.hear(event);
    await core.select();
  } catch (error) {
    removeEventListener("message", listen);
    end();
    core?.stop();
    throw error;
  }
  const status = () => {
    const ms = rests();
    const { level, shared, upgrade } = core.storage();
    return storageStatus(level, shared, upgrade, ms ? Date.now() + ms : null);
  };
  keep(status().level);
  const unwatch = watchQuota(() => core.commits(), ({ high }) => core.nearlyFull(high));
  log?.("keeps", status());
  return Object.freeze({
    get storage() {
      return status();
    },
    metrics: () => core.metrics(),
    setGrants: (grants) => core.setGrants(readGrants(grants)),
    stop: async () => {
      unwatch();
      end();
      core.stop();
      started = false;
    },
  });
}
