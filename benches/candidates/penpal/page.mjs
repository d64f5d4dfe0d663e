import { WindowMessenger, connect as connectTo } from "penpal";

import { mount } from "../../pages/frame.mjs";
import { kept } from "../../pages/sessions.mjs";

export const connect = async (url) => {
  const remoteWindow = mount(url).contentWindow;
  const messenger = new WindowMessenger({ remoteWindow, allowedOrigins: [new URL(url).origin] });
  return kept(await connectTo({ messenger }).promise);
};
