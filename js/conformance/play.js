// Plays the cases that are data, and tells right answers from wrong ones.

/** Long texts of the data are written as repetitions. */
export function revived(value) {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(revived);
  if (value.repeat) return value.repeat[0].repeat(value.repeat[1]);
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, revived(member)]));
}

export async function play(steps, { handle }) {
  for (const [at, { asked, expected }] of steps.entries()) {
    const answers = await Promise.all(asked.map(async ([number, [method, ...args]]) => (await handle(number))[method](...args)));
    if (!isRight(answers, expected)) {
      const calls = asked.map(([number, [method, ...args]]) => `${method}(${brief(args)}) on handle ${number}`);
      throw new Error(`step ${at}: ${brief(calls)}; expected ${expected === "one wins" ? expected : expected.map(brief).join(" or ")}; answered ${brief(answers)}`);
    }
  }
}

function isRight(answers, expected) {
  if (expected !== "one wins") return answers.length === 1 && expected.some((right) => equal(answers[0], right));
  const count = (wanted) => answers.filter((answer) => answer === wanted).length;
  return count("committed") === 1 && count("stale") === answers.length - 1;
}

/** Whether an answer is what was expected; objects may have more members. */
export function equal(answer, right) {
  if (typeof right !== "object" || right === null) return answer === right;
  if (typeof answer !== "object" || answer === null) return false;
  if (Array.isArray(right) && !(Array.isArray(answer) && answer.length === right.length)) return false;
  return Object.keys(right).every((key) => equal(answer[key], right[key]));
}

export function must(fits, what) {
  if (!fits) throw new Error(what);
}

/** For people. */
export function brief(value) {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 600 ? `${text.slice(0, 600)}…` : text;
}

export function describe(error) {
  return error instanceof Error ? `${error.name}: ${error.message}` : `rejected with ${brief(error)}`;
}

/** A version of these numbers, as the service would name it. */
export const version = (seq, epoch = 1) => ({ epoch: named(epoch), seq, tag: named(seq) });

const named = (number) => number.toString(32).padStart(11, "0");

/** A commit to `version(seq)`. */
export const commit = (seq, puts, deletes = [], more = {}) => ({
  version: version(seq),
  puts: Object.entries(puts),
  deletes,
  entry: `entry ${seq}`,
  horizon: 0,
  durability: "strict",
  ...more,
});
