import { after } from "node:test";
import { everyScenario } from "../e2e/scenarios/all.mjs";
import { installTarball } from "./pack.mjs";
import { staticStand } from "./stands.mjs";

const user = await installTarball();
after(user.remove);
everyScenario(await staticStand(user), { rounds: 20 });
