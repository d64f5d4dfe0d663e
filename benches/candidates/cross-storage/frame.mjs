import { CrossStorageHub } from "cross-storage";

import { asker } from "../../pages/frame.mjs";

export const serve = () => CrossStorageHub.init([{ origin: new RegExp(`^${asker.replaceAll(".", "\\.")}$`), allow: ["get", "set", "getKeys"] }]);
