/** 0, 1, ..., n - 1. */
export const range = (n: number): readonly number[] => Array.from({ length: n }, (_, i) => i);

/** The text with every line further to the right. */
export const indent = (text: string, by = 2): string => text.replace(/^(?=.)/gm, " ".repeat(by));

/** Lines, without those that are not there. */
export const lines = (...text: readonly (string | false | undefined)[]): string =>
  text.filter((line) => typeof line === "string").join("\n");

/** `x + n` for any whole n, modulo 2^32. */
export const plus = (x: string, n: number): string => {
  if (x === "0u") return `${n >>> 0}u`;
  if (n === 0) return x;
  return n > 0 ? `${x} + ${n}u` : `${x} - ${-n}u`;
};

/** In parentheses, if it is more than a name or a number. */
export const atom = (x: string): string => (/^[\w.]+$/.test(x) ? x : `(${x})`);

/** `x * n`. */
export const times = (x: string, n: number): string => (x === "0u" || n === 1 ? x : `${atom(x)} * ${n}u`);

/** A sum of expressions, without those that are 0. */
export const sum = (...terms: readonly string[]): string => terms.filter((term) => term !== "0u").join(" + ") || "0u";

/** `x / n` for x below `bound`. */
export const quotient = (x: string, n: number, bound = Infinity): string =>
  bound <= n ? "0u" : n === 1 ? x : `${atom(x)} / ${n}u`;

/** `x % n` for x below `bound`. */
export const remainder = (x: string, n: number, bound = Infinity): string =>
  n === 1 ? "0u" : bound <= n ? x : `${atom(x)} % ${n}u`;

/** A `switch` of `what` over statements for 0, 1, ...; if all are the same, only them. */
export const switchOf = (what: string, cases: readonly string[]): string => {
  const different = [...new Set(cases)];
  if (different.length === 1) return different[0]!;
  const blocks = different.map((text, i) => {
    const which = cases.flatMap((each, number) => (each === text ? [`${number}u`] : []));
    return `  ${i === different.length - 1 ? "default" : `case ${which.join(", ")}`}: {\n${indent(text, 4)}\n  }`;
  });
  return `switch ${what} {\n${blocks.join("\n")}\n}`;
};
