// A page may violate a policy of its own as long as it lives: what its browser reports of that is not kept for ever.
import assert from "node:assert/strict";
import { test } from "node:test";

test("of what the browser reports the newest is kept, and no more than is ever looked at", async (t) => {
  const globals = { ReportingObserver: globalThis.ReportingObserver, Document: globalThis.Document, document: globalThis.document };
  t.after(() => Object.assign(globalThis, globals));
  let tell;
  globalThis.ReportingObserver = class {
    constructor(heard) {
      tell = heard;
    }
    observe() {}
  };
  globalThis.Document = class {
    querySelectorAll() {
      return [];
    }
  };
  globalThis.document = new Document();
  const { examine, findings } = await import("../../js/diagnosis/examine.js");
  const serviceUrl = new URL("https://service.example/service.html");
  await examine({ what: "service", serviceUrl, answered: true });
  const report = (effectiveDirective) => ({ toJSON: () => ({ type: "csp-violation", body: { blockedURL: serviceUrl.href, effectiveDirective } }) });
  for (let round = 0; round < 50; round++) tell(Array.from({ length: 50 }, () => report("img-src")));
  tell([report("frame-ancestors")]);
  const { reports } = findings(serviceUrl);
  assert.equal(reports.at(-1), "frame-ancestors");
  assert.ok(reports.length < 100, `${reports.length} are kept`);
});
