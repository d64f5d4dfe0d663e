import { startSessionService } from "/package/service.js";

const { siteA } = await (await fetch("/origins.json")).json();
window.service = await startSessionService({ grants: [{ origin: siteA, read: "*", write: true }], name: "strict" });
