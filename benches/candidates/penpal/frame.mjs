import { WindowMessenger, connect } from "penpal";

import { asker } from "../../pages/frame.mjs";

export const serve = ({ put, list, level }) =>
  connect({ messenger: new WindowMessenger({ remoteWindow: parent, allowedOrigins: [asker] }), methods: { put, list, level } });
