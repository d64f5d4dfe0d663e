// Taking times in a page, in ms.

/** How long each of `count` tasks takes, one after the other. */
export const each = async (count, task) => {
  const times = [];
  for (let at = 0; at < count; at += 1) {
    const began = performance.now();
    await task(at);
    times.push(performance.now() - began);
  }
  return times;
};

/** How many of `count` tasks, all started at once, are done in a second. */
export const rate = async (count, task) => {
  const began = performance.now();
  await Promise.all(Array.from({ length: count }, (_, at) => task(at)));
  return [count / ((performance.now() - began) / 1000)];
};

/** The time of one of `count` calls that are too short to be timed alone. Each gives a number, so that none can be left out. */
export const loop = (count, task) => {
  const began = performance.now();
  let sum = 0;
  for (let at = 0; at < count; at += 1) sum += task(at);
  const time = (performance.now() - began) / count;
  if (!(sum > 0)) throw new Error("The calls gave nothing.");
  return [time];
};

/** The same of calls that are waited for, each of which has to give something. */
export const loopAsync = async (count, task) => {
  const began = performance.now();
  let given = 0;
  for (let at = 0; at < count; at += 1) if (await task(at)) given += 1;
  const time = (performance.now() - began) / count;
  if (given !== count) throw new Error(`${count - given} of ${count} calls gave nothing.`);
  return [time];
};
