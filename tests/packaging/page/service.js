import { startSessionService } from "session-bridge/service";

async function start() {
  const { owner, sibling, siteA, siteB } = await (await fetch("/origins.json")).json();
  await startSessionService({
    grants: [owner, sibling, siteA, siteB].map((origin) => ({ origin, read: "*", write: true })),
  });
}

start();
