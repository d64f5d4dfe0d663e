import { after } from "node:test";
import { onEngine, playOn } from "../e2e/harness/plays.mjs";
import { everyScenario } from "../e2e/scenarios/all.mjs";
import { installTarball } from "./pack.mjs";
import { viteStand } from "./stands.mjs";

const user = await installTarball();
after(user.remove);
const stand = await viteStand(user);
onEngine("chromium", (engine) => everyScenario(playOn(stand, engine), { rounds: 5, increments: 100 }));
