import { startSessionService } from "/package/service.js";

await startSessionService({ grants: [{ origin: "https://www.example.com", read: "*", write: true }] });
