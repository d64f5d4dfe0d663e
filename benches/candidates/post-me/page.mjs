import { ParentHandshake, WindowMessenger } from "post-me";

import { loaded, mount } from "../../pages/frame.mjs";
import { kept } from "../../pages/sessions.mjs";

/** As a number of attempts. */
const AS_LONG_AS_IT_TAKES = -1;

export const connect = async (url) => {
  const iframe = await loaded(mount(url));
  const messenger = new WindowMessenger({ localWindow: window, remoteWindow: iframe.contentWindow, remoteOrigin: new URL(url).origin });
  const connection = await ParentHandshake(messenger, {}, AS_LONG_AS_IT_TAKES);
  const remote = connection.remoteHandle();
  const method = (name) => (...given) => remote.call(name, ...given);
  return kept({ put: method("put"), list: method("list"), level: method("level") });
};
