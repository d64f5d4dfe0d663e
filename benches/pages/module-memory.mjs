// The memory of the module that starts in this page next: seen as it starts. So this is imported before the package is.

let memory;
const { instantiate } = WebAssembly;
WebAssembly.instantiate = async (...given) => {
  const instance = await instantiate(...given);
  memory = Object.values(instance.exports).find((one) => one instanceof WebAssembly.Memory);
  return instance;
};

/** Bytes of the module's memory. */
export const moduleBytes = () => memory.buffer.byteLength;
