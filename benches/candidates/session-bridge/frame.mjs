// What ships, as it is built. `SITES` is put in when the page is made.

import { startSessionService } from "/package/service.js";

/** A site's rate of writes is not what is measured. */
const limits = { writesPerSecond: 1_000_000 };

export const serve = () =>
  startSessionService({ grants: SITES.map((origin) => ({ origin, read: "*", write: true })), name: "bench", durability: "strict", limits });
