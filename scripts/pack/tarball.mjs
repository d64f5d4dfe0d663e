// The package as it would be published.
import { join } from "node:path";
import { root } from "../lib/paths.mjs";
import { must, toolEnv } from "../lib/run.mjs";

/**
 * Packs the checkout, which builds what is not built. Only one may be at it at a time: the manifest is another one meanwhile.
 *
 * @param {string} folder where the tarball goes
 * @returns {Promise<{ tarball: string, files: string[] }>} its path, and the packed paths
 */
export async function packTarball(folder) {
  const stdout = await must("npm", ["pack", "--json", "--pack-destination", folder], { env: toolEnv() });
  // The build that `prepack` runs may print before the list, which is a JSON array that starts a line.
  const [{ filename, files }] = JSON.parse(stdout.slice(stdout.search(/^\[/m)));
  return { tarball: join(folder, filename), files: files.map(({ path }) => path) };
}
