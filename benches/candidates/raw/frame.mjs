// Answers on a port that it sends to the page that frames it.

import { each } from "../../pages/clock.mjs";
import { asker } from "../../pages/frame.mjs";
import { idOf } from "../../pages/sessions.mjs";

export const serve = (store) => {
  const { port1: port, port2 } = new MessageChannel();
  // Frames of all sites hear each other here.
  const changes = store.channel("changes");
  changes.then((channel) => (channel.onmessage = ({ data }) => port.postMessage({ told: data })));
  const answers = {
    ...store,
    echo: (value) => value,
    /** Puts one after the other, timed in here: no message in between. */
    timePuts: (count, value) => each(count, (at) => store.put(idOf(at), value)),
    async putAndTell(key, value) {
      await store.put(key, value);
      (await changes).postMessage(value);
    },
  };
  port.onmessage = async ({ data: { id, what, given } }) => port.postMessage({ id, answer: await answers[what](...given) });
  parent.postMessage(null, asker, [port2]);
};
