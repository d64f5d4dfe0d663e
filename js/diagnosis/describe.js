// One text for each cause: what was found, and what to do.
import { module } from "./module.js";
import { service } from "./service.js";

/**
 * The text for what failed; `undefined` if it is nothing that is known here.
 *
 * @param {{ what: "module" | "late" | "service" }} about the rest is told where each kind is described
 * @param {string[]} blocked what the page's policy has blocked, as "<directive> <address>"
 * @returns {string | undefined}
 */
export function describe(about, blocked) {
  if (about.what === "late") return `${about.url} has not arrived within ${about.ms} ms: its server or the network is slow. session-bridge goes on waiting for it.`;
  return about.what === "module" ? module(about, blocked) : service(about, blocked);
}
