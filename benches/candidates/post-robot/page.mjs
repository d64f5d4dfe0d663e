import { send } from "post-robot";

import { loaded, mount } from "../../pages/frame.mjs";
import { kept } from "../../pages/sessions.mjs";

export const connect = async (url) => {
  const { contentWindow } = await loaded(mount(url));
  const domain = new URL(url).origin;
  const ask = async (what, given = {}) => (await send(contentWindow, what, given, { domain })).data;
  return kept({ put: (key, value) => ask("put", { key, value }), list: () => ask("list"), level: () => ask("level") });
};
