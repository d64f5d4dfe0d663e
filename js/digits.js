// Drawn numbers, as programs and logs show them.

const DIGITS = "0123456789abcdefghijklmnopqrstuv";

/** A drawn number of 53 bits as digits of five bits each. */
export function digits(drawn) {
  let text = "";
  for (let rest = drawn, at = 0; at < 11; at++, rest = (rest - (rest % 32)) / 32) text = `${DIGITS[rest % 32]}${text}`;
  return text;
}
