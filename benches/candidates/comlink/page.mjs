import { windowEndpoint, wrap } from "comlink";

import { loaded, mount } from "../../pages/frame.mjs";
import { kept } from "../../pages/sessions.mjs";

export const connect = async (url) => {
  const iframe = await loaded(mount(url));
  return kept(wrap(windowEndpoint(iframe.contentWindow, self, new URL(url).origin)));
};
