// The owner's iframe: answers the pages of the four origins below, and nobody else.
import { startSessionService } from "session-bridge/service";
import { SITES, loadOrigins, siteOf } from "/sites.js";

async function start() {
  const origins = await loadOrigins();
  await startSessionService({
    grants: Object.keys(SITES).map((key) => ({ origin: origins[key], read: "*", write: true })),
    prompt: {
      siteName: (origin) => SITES[siteOf(origin, origins)].name,
      ownerName: SITES.owner.name,
      lang: new URLSearchParams(location.search).get("lang") ?? undefined,
    },
  });
}

// Not with a top-level `await`: where the frame is removed before that ends, WebKit hangs.
start();
