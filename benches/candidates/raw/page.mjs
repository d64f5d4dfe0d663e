// A port to the frame, with nothing around it.

import { each } from "../../pages/clock.mjs";
import { mount } from "../../pages/frame.mjs";
import { idOf, kept, textOf } from "../../pages/sessions.mjs";

/** Takes the port that the frame sends as soon as it runs. */
const portOf = (iframe, origin) =>
  new Promise((resolve) => {
    addEventListener("message", function hear({ source, origin: from, ports: [port] }) {
      if (source !== iframe.contentWindow || from !== origin || !port) return;
      removeEventListener("message", hear);
      resolve(port);
    });
  });

export const connect = async (url) => {
  const port = await portOf(mount(url), new URL(url).origin);
  const waiting = new Map();
  let told = () => {};
  let last = 0;
  port.onmessage = ({ data }) => {
    if (data.told) return told(JSON.parse(data.told));
    waiting.get(data.id)(data.answer);
    waiting.delete(data.id);
  };
  const ask = (what, ...given) =>
    new Promise((resolve) => {
      last += 1;
      waiting.set(last, resolve);
      port.postMessage({ id: last, what, given });
    });
  const remote = kept({ put: (key, value) => ask("put", key, value), list: () => ask("list"), level: () => ask("level") });
  const text = textOf(0, 0);
  return {
    ...remote,
    measures: {
      roundTrip: (count) => each(count, () => ask("echo", text)),
      put: (count) => ask("timePuts", count, text),
    },
    /** Has the frame send the other frames what it stored, once it is stored. */
    tell: (edits) => ask("putAndTell", idOf(0), textOf(0, edits)),
    /** When this page is sent that, in ms since 1970. */
    saw: (edits) =>
      new Promise((resolve) => {
        told = ({ data }) => {
          if (data.edits === edits) resolve(performance.timeOrigin + performance.now());
        };
      }),
  };
};
