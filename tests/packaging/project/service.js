import { startSessionService } from "session-bridge/service";

const grants = ["localhost", "b.localhost"].map((host) => ({ origin: `http://${host}:${location.port}`, read: "*", write: true }));

startSessionService({ grants, storage: new URLSearchParams(location.search).get("storage") ?? "indexeddb" });
