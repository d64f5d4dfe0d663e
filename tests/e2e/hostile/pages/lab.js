// What a page can do with the service's frame, by hand and through a manager. It keeps all that it posts and hears.
{
  const lab = (window.lab = {
    /** What came out of the ports that were handed over, and from where a window heard something. */
    heard: [],
    fromWindows: [],
    /** Whether the service's page says that it runs. */
    listening: false,
    /** What was posted to frames: to which origin, and the message. */
    posted: [],
    /** What to make of a manager's hello before it goes out. */
    alter: (hello) => hello,
  });
  const contentWindow = Object.getOwnPropertyDescriptor(HTMLIFrameElement.prototype, "contentWindow").get;
  lab.windowOf = (iframe) => contentWindow.call(iframe);
  // A window of another origin cannot be spied on; who reaches it through its element can.
  Object.defineProperty(HTMLIFrameElement.prototype, "contentWindow", {
    configurable: true,
    get() {
      const content = contentWindow.call(this);
      return content && {
        postMessage(message, origin, transfer) {
          const altered = lab.alter(message);
          lab.posted.push({ origin, ports: transfer.length, message: altered });
          content.postMessage(altered, origin, transfer);
        },
      };
    },
  });

  /** Puts a frame into the page. */
  lab.frame = (src, attributes = {}) => {
    const iframe = document.createElement("iframe");
    for (const [name, value] of Object.entries(attributes)) iframe.setAttribute(name, value);
    iframe.src = src;
    document.body.append(iframe);
    return iframe;
  };

  /** Puts the service into the page; `lab.listening` says when it runs. */
  lab.mount = (src) => void (lab.service = lab.frame(src));

  /** Says hello to `target` with `count` ports; `lab.port` is the first. `alter` may do something to the ports before. */
  lab.hello = (object, { target = lab.windowOf(lab.service), count = 1, alter = () => {}, extra = [] } = {}) => {
    const channels = Array.from({ length: count }, () => new MessageChannel());
    for (const { port1 } of channels) port1.onmessage = ({ data }) => lab.heard.push(data instanceof Uint8Array ? Array.from(data) : data);
    lab.port = channels[0]?.port1;
    alter(channels);
    target.postMessage(object, "*", [...channels.map(({ port2 }) => port2), ...extra]);
  };

  /** A manager of this page for the service at `serviceUrl`. */
  lab.connect = async (serviceUrl, options) => {
    const { SessionManager } = await import("/package/manager.js");
    window.sessionBridge = new SessionManager({ serviceUrl, heartbeatMs: 500, requestTimeoutMs: 1_000, backoff: { initialMs: 50, maxMs: 400 }, ...options });
  };

  addEventListener("message", ({ data, source, origin }) => {
    if (source === (lab.service && lab.windowOf(lab.service)) && data === "listening") lab.listening = true;
    else lab.fromWindows.push({ data, origin });
  });

  // As a frame of another page: it takes the service in and answers whoever asks what it hears.
  const probe = new URLSearchParams(location.hash.slice(1));
  if (probe.has("service")) {
    const hello = JSON.parse(probe.get("hello"));
    lab.mount(probe.get("service"));
    let said = false;
    const timer = setInterval(() => {
      if (lab.listening && !said) {
        said = true;
        lab.hello(hello);
      }
      window.top.postMessage({ probe: probe.get("name"), origin: self.origin, listening: lab.listening, heard: lab.heard.length }, "*");
      if (lab.over) clearInterval(timer);
    }, 50);
  }
}
