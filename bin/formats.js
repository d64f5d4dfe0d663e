// Headers as the configuration of a server. Values hold no quotes, dollars or braces: `serviceHeaders` sees to it.

/** What each format makes of `headers` for the page at `path`. */
export const FORMATS = {
  /** As they stand in a response. */
  text: (headers) => headers.map(([name, value]) => `${name}: ${value}`),

  /** For a `server` block. `add_header` adds to a `Vary` that is there. */
  nginx: (headers, path) => [
    `location = ${path} {`,
    ...headers.map(([name, value]) => `    add_header ${name} "${value}" always;`),
    "}",
  ],

  /** For a site block of a Caddyfile. */
  caddy: (headers, path) => [
    `header ${path} {`,
    ...headers.map(([name, value]) => `\t${name === "Vary" ? "+" : ""}${name} "${value}"`),
    "}",
  ],

  /** For the file `_headers` of static hosts. */
  _headers: (headers, path) => [path, ...headers.map(([name, value]) => `  ${name}: ${value}`)],
};
