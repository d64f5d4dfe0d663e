// The last round over a script that visitors download: esbuild bundles fast, terser finds what it leaves.
import { minify } from "terser";

const OPTIONS = {
  module: true,
  ecma: 2022,
  // Functions without a name, `this` and `arguments` become arrows. Only the generated scripts have such functions: the module
  // calls them, and nothing calls them with `new`.
  compress: { passes: 3, hoist_funs: true, unsafe_arrows: true },
};

/**
 * The script in fewer bytes, with a map from it to what `map` leads to.
 *
 * @param {{ content: string, map?: string }} script an ES module, and the map to its sources if it has one
 * @returns {Promise<{ content: string, map?: string }>}
 */
export async function terse({ content, map }) {
  const sourceMap = map !== undefined && { content: map };
  const made = await minify(content, { ...OPTIONS, sourceMap });
  return { content: `${made.code}\n`, map: made.map };
}
