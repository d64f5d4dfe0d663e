import { on } from "post-robot";

import { asker } from "../../pages/frame.mjs";

export const serve = ({ put, list, level }) => {
  const page = { window: parent, domain: asker };
  on("put", page, ({ data: { key, value } }) => put(key, value));
  on("list", page, () => list());
  on("level", page, () => level());
};
