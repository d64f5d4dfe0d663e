import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { serviceHeaders } from "../../js/headers.js";
import { dist, root } from "../../scripts/lib/paths.mjs";
import { serve } from "../../scripts/serve.mjs";

const GRANTS = [
  { origin: "https://shop.example", read: "*", write: true },
  { origin: "http://localhost:8080", read: "*" },
];
const FOR_EVER = "public, max-age=31536000, immutable";
const HASHED = "(manager_bg|service_bg|diagnosis|dialog|log|prompt|providers|reader)-[0-9A-Z]{8}\\.(js|wasm)";
const POLICY = "frame-ancestors https://shop.example http://localhost:8080";

let folder;
before(async () => (folder = await mkdtemp(join(tmpdir(), "session-bridge-headers-"))));
after(() => rm(folder, { recursive: true }));

/** Runs the command as an installed package would, with `content` as the grants file. */
async function command(content, ...options) {
  const file = join(folder, "grants.json");
  await writeFile(file, content);
  return run("headers", file, ...options);
}

function run(...args) {
  return new Promise((resolve) => {
    execFile(process.execPath, [join(root, "bin/session-bridge.js"), ...args], (error, stdout, stderr) => {
      resolve({ code: error?.code ?? 0, stdout, stderr });
    });
  });
}

test("serviceHeaders() takes what its types say", () => {
  for (const options of [undefined, null, [], { grants: GRANTS, embedder: true }]) {
    assert.throws(() => serviceHeaders(options), { code: "invalid_argument" });
  }
});

test("hostile 50: the headers of the service page follow from its grants", () => {
  assert.deepEqual(serviceHeaders({ grants: GRANTS }), [
    ["Content-Security-Policy", POLICY],
    ["Activate-Storage-Access", "load"],
    ["Vary", "Sec-Fetch-Storage-Access"],
    ["Cross-Origin-Resource-Policy", "cross-origin"],
    ["Cache-Control", "no-cache"],
  ]);
  const isolated = serviceHeaders({ grants: GRANTS, embedderPolicy: true });
  assert.deepEqual(isolated.at(-1), ["Cross-Origin-Embedder-Policy", "require-corp"]);
});

test("the command prints them for every kind of server", async () => {
  const expected = {
    text: `Content-Security-Policy: ${POLICY}
Activate-Storage-Access: load
Vary: Sec-Fetch-Storage-Access
Cross-Origin-Resource-Policy: cross-origin
Cache-Control: no-cache

# Files of the package whose name holds a digest of their content never change. They may be sent with: Cache-Control: ${FOR_EVER}
`,
    nginx: `location = /frame.html {
    add_header Content-Security-Policy "${POLICY}" always;
    add_header Activate-Storage-Access "load" always;
    add_header Vary "Sec-Fetch-Storage-Access" always;
    add_header Cross-Origin-Resource-Policy "cross-origin" always;
    add_header Cache-Control "no-cache" always;
}
# Files of the package whose name holds a digest of their content never change. This rule is for dist/ of the package, hosted as it is.
location ~ "/${HASHED}$" {
    add_header Cache-Control "${FOR_EVER}";
}
`,
    caddy: `header /frame.html {
\tContent-Security-Policy "${POLICY}"
\tActivate-Storage-Access "load"
\t+Vary "Sec-Fetch-Storage-Access"
\tCross-Origin-Resource-Policy "cross-origin"
\tCache-Control "no-cache"
}
# Files of the package whose name holds a digest of their content never change. This rule is for dist/ of the package, hosted as it is.
@hashed path_regexp "/${HASHED}$"
header @hashed Cache-Control "${FOR_EVER}"
`,
    _headers: `/frame.html
  Content-Security-Policy: ${POLICY}
  Activate-Storage-Access: load
  Vary: Sec-Fetch-Storage-Access
  Cross-Origin-Resource-Policy: cross-origin
  Cache-Control: no-cache
# Files of the package whose name holds a digest of their content never change. They may be sent with: Cache-Control: ${FOR_EVER}
`,
  };
  for (const [format, text] of Object.entries(expected)) {
    const printed = await command(JSON.stringify(GRANTS), "--format", format, "--path", "/frame.html");
    assert.deepEqual(printed, { code: 0, stdout: text, stderr: "" }, format);
  }
  const inObject = await command(JSON.stringify({ grants: GRANTS }), "--embedder-policy");
  assert.equal(inObject.stdout, expected.text.replace("no-cache\n", "$&Cross-Origin-Embedder-Policy: require-corp\n"));
});

test("what is wrong is named, and nothing is printed", async () => {
  const origin = (origin) => JSON.stringify([...GRANTS, { origin, read: "*" }]);
  for (const [content, options, named] of [
    [origin("*"), [], /^grants\[2\]\.origin must be one exact origin/],
    [origin("https://a.example; script-src *"), [], /^grants\[2\]\.origin/],
    [origin('https://a"b.example'), [], /^grants\[2\]\.origin/],
    [origin("https://$host"), [], /^grants\[2\]\.origin/],
    [origin("https://a;b.example"), [], /^grants\[2\]\.origin/],
    [origin("https://shop.example"), [], /^grants\[2\]\.origin has a grant already/],
    [origin("http://[::1]:8080"), [], /^grants\[2\]\.origin must be a name .*found an IPv6 address/],
    ["[]", [], /^grants must be a list of at least one origin/],
    ["{}", [], /^grants must be a list/],
    ["null", [], /^grants must be a list/],
    ["{", [], /is not JSON/],
    [JSON.stringify(GRANTS), ["--format", "apache"], /no format "apache"\. Known: text, nginx, caddy, _headers/],
    [JSON.stringify(GRANTS), ["--format", "toString"], /no format "toString"/],
    [JSON.stringify(GRANTS), ["--path", "/a b"], /--path must be a path/],
    [JSON.stringify(GRANTS), ["--colour"], /Unknown option '--colour'/],
  ]) {
    const { code, stdout, stderr } = await command(content, ...options);
    assert.equal(code, 2, content);
    assert.equal(stdout, "");
    assert.match(stderr, named);
  }
  assert.match((await run("headers", join(folder, "absent.json"))).stderr, /absent\.json cannot be read/);
  assert.match((await run()).stderr, /^Usage: session-bridge headers/);
  assert.match((await run("--help")).stdout, /^Usage: session-bridge headers/);
});

test("the demo server sends exactly what the command prints", async (t) => {
  const served = await serve({ ports: { service: 0, sibling: 0, siteA: 0, siteB: 0 } });
  t.after(() => served.close());
  const grants = [...new Set(Object.values(served.origins))].map((origin) => ({ origin, read: "*" }));
  const { stdout } = await command(JSON.stringify(grants));
  const raw = await new Promise((resolve) => {
    request(`${served.origins.service}/service.html`, (response) => resolve(response.resume().rawHeaders)).end();
  });
  for (const line of stdout.split("\n\n")[0].split("\n")) {
    const [name, value] = line.split(/: (.*)/);
    const at = raw.findIndex((sent, index) => index % 2 === 0 && sent.toLowerCase() === name.toLowerCase());
    assert.equal(raw[at + 1], value, name);
  }
});

test("the files that may be cached for ever are those of the build with a digest in their names", async (t) => {
  const built = await readdir(dist).catch(() => []);
  const hashed = built.filter((name) => /-[0-9A-Z]{8}\.(js|wasm)$/.test(name));
  if (hashed.length === 0) return t.skip("nothing is built");
  const { stdout } = await command(JSON.stringify(GRANTS), "--format", "nginx");
  const pattern = new RegExp(/^location ~ "(.*)" \{$/m.exec(stdout)[1]);
  for (const name of built) assert.equal(pattern.test(`/assets/${name}`), hashed.includes(name), name);
});
