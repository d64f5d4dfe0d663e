// What is alive in a page of Chromium once all that can be collected is.

/** Objects that managers are made of, by the name that their class has in a heap snapshot. */
const CLASSES = ["SessionManager", "ManagerCore", "Core", "MessagePort", "MessageChannel", "HTMLIFrameElement", "HTMLDialogElement", "Window", "AbortSignal"];

/**
 * Counts what lives: by class, the functions (each wasm closure is one to JavaScript), what DOM has detached, and how many
 * bytes of array buffers there are, the memory of wasm among them.
 *
 * @param {import("puppeteer-core").Page} page
 */
export async function census(page) {
  const session = await page.createCDPSession();
  try {
    await session.send("HeapProfiler.enable");
    // Finalisers run between collections.
    for (let round = 0; round < 3; round += 1) await session.send("HeapProfiler.collectGarbage");
    const { documents, nodes, jsEventListeners } = await session.send("Memory.getDOMCounters");
    const chunks = [];
    session.on("HeapProfiler.addHeapSnapshotChunk", ({ chunk }) => chunks.push(chunk));
    await session.send("HeapProfiler.takeHeapSnapshot", { reportProgress: false });
    return { documents, nodes, jsEventListeners, ...count(JSON.parse(chunks.join(""))) };
  } finally {
    await session.detach();
  }
}

function count({ snapshot, nodes, strings }) {
  const { node_fields: fields, node_types: types } = snapshot.meta;
  const [type, name, size] = ["type", "name", "self_size"].map((field) => fields.indexOf(field));
  const kinds = types[type];
  const counts = Object.fromEntries(CLASSES.map((one) => [one, 0]));
  Object.assign(counts, { closures: 0, detached: 0, bufferBytes: 0 });
  for (let at = 0; at < nodes.length; at += fields.length) {
    const kind = kinds[nodes[at + type]];
    const called = strings[nodes[at + name]];
    if (kind === "closure") counts.closures += 1;
    if (called.startsWith("Detached ")) counts.detached += 1;
    if (called === "system / JSArrayBufferData") counts.bufferBytes += nodes[at + size];
    const bare = called.replace(/^Detached /, "").split(/[ /]/)[0].replace(/^<(.*)>$/, "$1");
    if ((kind === "object" || kind === "native") && Object.hasOwn(counts, bare)) counts[bare] += 1;
  }
  return counts;
}
