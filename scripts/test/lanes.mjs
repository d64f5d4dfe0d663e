// Which stages run side by side.

/**
 * Runs stages one after another. Neighbours that name a lane are an exception: the lanes run side by side, and the stages of one
 * lane one after another. Compilers leave one of two cores idle for half of their time, and browser tests wait. After a failure
 * nothing is begun.
 *
 * @template {{ lane?: string }} S
 * @template {{ failed: number }} R
 * @param {S[]} stages
 * @param {(stage: S) => Promise<R>} run
 * @returns {Promise<{ stage: S, result: R }[]>} those that ran, in the order of `stages`
 */
export async function inLanes(stages, run) {
  const ran = new Map();
  const failed = () => [...ran.values()].some((result) => result.failed > 0);
  for (const lanes of groups(stages)) {
    await Promise.all(lanes.map(async (lane) => {
      for (const stage of lane) if (!failed()) ran.set(stage, await run(stage));
    }));
  }
  return stages.filter((stage) => ran.has(stage)).map((stage) => ({ stage, result: ran.get(stage) }));
}

/** Lists of lanes, each a list of stages. A stage without a lane is by itself. */
function groups(stages) {
  const groups = [];
  let open;
  for (const stage of stages) {
    if (stage.lane === undefined) {
      open = undefined;
      groups.push([[stage]]);
      continue;
    }
    if (open === undefined) groups.push((open = []));
    const lane = open.find(([first]) => first.lane === stage.lane);
    if (lane === undefined) open.push([stage]);
    else lane.push(stage);
  }
  return groups;
}
