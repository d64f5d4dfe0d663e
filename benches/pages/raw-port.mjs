// A frame of the other site and a port to it, with nothing around them.

/** Opens the frame; `ask` posts a question and resolves with its answer. `level`: what storage the frame was given. */
export const connect = async (url) => {
  const waiting = new Map();
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = ({ data: { id, answer } }) => {
    waiting.get(id)?.(answer);
    waiting.delete(id);
  };
  const answered = (id) => new Promise((resolve) => waiting.set(id, resolve));
  const greeting = answered(0);
  const iframe = document.createElement("iframe");
  const loaded = new Promise((resolve) => iframe.addEventListener("load", resolve));
  iframe.src = url;
  document.body.append(iframe);
  await loaded;
  iframe.contentWindow.postMessage(null, new URL(url).origin, [port2]);
  let last = 0;
  const ask = (what, rest) => {
    last += 1;
    port1.postMessage({ id: last, what, ...rest });
    return answered(last);
  };
  return { ask, level: await greeting };
};
