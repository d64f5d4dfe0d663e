import { startSessionService } from "/package/service.js";

async function start() {
  const origins = await (await fetch("/origins.json")).json();
  // `?blind`: the pages see nothing of requests.
  const requests = !new URLSearchParams(location.search).has("blind");
  const grants = [...new Set(Object.values(origins))].map((origin) => ({ origin, read: "*", write: true, requests }));
  window.service = await startSessionService({ grants });
}

// Not with a top-level `await`: where the frame is removed before that ends, WebKit hangs.
start();
