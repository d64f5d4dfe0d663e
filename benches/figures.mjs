// Figures out of samples.

/** The `share` quantile of the samples: the smallest that at least this share of them does not exceed. */
export const quantile = (samples, share) => {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)];
};

export const median = (samples) => quantile(samples, 0.5);

const UNITS = [["s", 1000], ["ms", 1], ["µs", 1e-3], ["ns", 1e-6]];

/** A time given in ms, in the unit that suits it, to three digits. */
export const time = (ms) => {
  const [unit, size] = UNITS.find(([, size]) => Math.abs(ms) >= size) ?? UNITS.at(-1);
  return `${Number((ms / size).toPrecision(3))} ${unit}`;
};

export const count = (number) => Math.round(number).toLocaleString("en").replaceAll(",", " ");

export const ratio = (number) => `${number.toFixed(2)} ×`;

/** A Markdown table. */
export const table = (head, rows) =>
  [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
