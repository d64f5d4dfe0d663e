// Headers as the configuration of a server. Values hold no quotes, dollars or braces: `serviceHeaders` sees to it.

/** Of files whose name holds a digest of their content: what such a name once meant, it always means. */
const FOR_EVER = "public, max-age=31536000, immutable";
/** What the package's own are called: "service_bg-NX7BAFMJ.wasm". */
const HASHED = "(manager_bg|service_bg|diagnosis|dialog|log|prompt|providers|reader)-[0-9A-Z]{8}\\.(js|wasm)";
const WHY = "Files of the package whose name holds a digest of their content never change.";
/** A build tool calls them otherwise. */
const WHERE = "This rule is for dist/ of the package, hosted as it is.";
/** Where a format has no patterns that could tell them by their names. */
const BY_HAND = `${WHY} They may be sent with: Cache-Control: ${FOR_EVER}`;

/** What each format makes of `headers` for the page at `path`. */
export const FORMATS = {
  /** As they stand in a response. */
  text: (headers) => [...headers.map(([name, value]) => `${name}: ${value}`), "", `# ${BY_HAND}`],

  /** For a `server` block. `add_header` adds to a `Vary` that is there. */
  nginx: (headers, path) => [
    `location = ${path} {`,
    ...headers.map(([name, value]) => `    add_header ${name} "${value}" always;`),
    "}",
    `# ${WHY} ${WHERE}`,
    `location ~ "/${HASHED}$" {`,
    `    add_header Cache-Control "${FOR_EVER}";`,
    "}",
  ],

  /** For a site block of a Caddyfile. */
  caddy: (headers, path) => [
    `header ${path} {`,
    ...headers.map(([name, value]) => `\t${name === "Vary" ? "+" : ""}${name} "${value}"`),
    "}",
    `# ${WHY} ${WHERE}`,
    `@hashed path_regexp "/${HASHED}$"`,
    `header @hashed Cache-Control "${FOR_EVER}"`,
  ],

  /** For the file `_headers` of static hosts. */
  _headers: (headers, path) => [path, ...headers.map(([name, value]) => `  ${name}: ${value}`), `# ${BY_HAND}`],
};
