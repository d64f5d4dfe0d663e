// Opens the built prompt on demand. What the browser answers to a click is in `answers`; what was called is in `calls`.
// Its name carries a hash, so the address of this page says it.
const { openPrompt } = await import(`/package/${new URLSearchParams(location.search).get("built")}`);

window.calls = [];
window.answers = [];
window.prompt_ = () => document.querySelector("session-bridge-prompt")?.shadowRoot;

const origin = "https://shop.example";
const call = (name, told) => window.calls.push([name, ...told]);

window.open_ = ({ from = origin, ...options } = {}) => {
  window.drop = openPrompt({
    origin: from,
    options: { texts: {}, visitUrl: `${location.origin}/prompt/visited.html`, quietMs: 3_600_000, siteName: window.siteName, ...options },
    access: {
      grant() {
        call("grant", [navigator.userActivation.isActive]);
        return new Promise((resolve, reject) => {
          const answer = window.answers.shift();
          if (answer === "fails") reject(new Error("no"));
          else if (answer) resolve(answer);
        });
      },
      select: async () => call("select", []),
    },
    shown: () => call("shown", []),
    over: () => call("over", []),
  });
};
