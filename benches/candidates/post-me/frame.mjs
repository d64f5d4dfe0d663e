import { ChildHandshake, WindowMessenger } from "post-me";

import { asker } from "../../pages/frame.mjs";

export const serve = ({ put, list, level }) =>
  ChildHandshake(new WindowMessenger({ localWindow: window, remoteWindow: parent, remoteOrigin: asker }), { put, list, level });
