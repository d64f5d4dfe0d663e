#!/usr/bin/env node
// `session-bridge headers <grants file>`: prints what the server has to send along with the service page.
import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { serviceHeaders } from "../js/headers.js";
import { FORMATS } from "./formats.js";

const USAGE = `Usage: session-bridge headers <grants file> [options]

Prints the headers of the service page, made from the same grants that it gives to startSessionService, and which files may
be cached for ever.
The file is JSON: the list of grants, or an object with that list as its member "grants".

  --format <name>     ${Object.keys(FORMATS).join(", ")} (default text)
  --path <path>       of the service page on its server (default /service.html)
  --embedder-policy   where a page that frames the service is cross-origin isolated`;

/** A mistake of whoever typed the command. */
class Misuse extends Error {}

async function headers(args) {
  const { values, positionals } = read(args);
  const [file, ...more] = positionals;
  if (!file || more.length) throw new Misuse(USAGE);
  const { format, path } = values;
  if (!Object.hasOwn(FORMATS, format)) throw new Misuse(`There is no format "${format}". Known: ${Object.keys(FORMATS).join(", ")}.`);
  if (!/^\/[\w./~-]*$/.test(path)) throw new Misuse(`--path must be a path such as /service.html, not "${path}".`);
  const grants = await readList(file);
  return FORMATS[format](serviceHeaders({ grants, embedderPolicy: values["embedder-policy"] }), path).join("\n");
}

function read(args) {
  const options = {
    format: { type: "string", default: "text" },
    path: { type: "string", default: "/service.html" },
    "embedder-policy": { type: "boolean", default: false },
  };
  try {
    return parseArgs({ args, options, allowPositionals: true });
  } catch (error) {
    throw new Misuse(`${error.message}\n\n${USAGE}`);
  }
}

async function readList(file) {
  let text;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    throw new Misuse(`${file} cannot be read: ${error.message}`);
  }
  try {
    const value = JSON.parse(text);
    return Array.isArray(value) ? value : value?.grants;
  } catch (error) {
    throw new Misuse(`${file} is not JSON: ${error.message}`);
  }
}

const [command, ...rest] = process.argv.slice(2);
try {
  if (command === "--help" || command === "-h") console.log(USAGE);
  else if (command === "headers") console.log(await headers(rest));
  else throw new Misuse(USAGE);
} catch (error) {
  // What is wrong with a grant is told by its path in the list, "grants[2].origin …".
  if (!(error instanceof Misuse) && error.code !== "invalid_argument") throw error;
  console.error(error.message);
  process.exitCode = 2;
}
