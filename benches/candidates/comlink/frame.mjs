import { expose, windowEndpoint } from "comlink";

import { asker } from "../../pages/frame.mjs";

export const serve = ({ put, list, level }) => expose({ put, list, level }, windowEndpoint(parent, self, asker), [asker]);
