import { InvalidArgumentError } from "commander";

/** What a number on the command line must satisfy. */
type Bounds = {
  readonly min?: number;
  readonly max?: number;
  /** `min` itself is not allowed. */
  readonly above?: boolean;
  readonly integer?: boolean;
};

const describe = ({ min, max, above = false, integer = false }: Bounds): string =>
  [
    integer ? "a whole number" : "a number",
    ...(min === undefined ? [] : [above ? `above ${min}` : `from ${min}`]),
    ...(max === undefined ? [] : [`to ${max}`]),
  ].join(" ");

const parse = (text: string, bounds: Bounds): number => {
  const value = text.trim() === "" ? NaN : Number(text);
  const { min = -Infinity, max = Infinity, above = false, integer = false } = bounds;
  const inside = Number.isFinite(value) && (above ? value > min : value >= min) && value <= max;
  if (!inside || (integer && !Number.isSafeInteger(value)))
    throw new InvalidArgumentError(`It must be ${describe(bounds)}, got "${text}".`);
  return value;
};

/** An option that is one number. */
export const number =
  (bounds: Bounds = {}) =>
  (text: string): number =>
    parse(text, bounds);

/** An option that is one whole number. */
export const integer = (bounds: Bounds = {}): ((text: string) => number) => number({ ...bounds, integer: true });

/** An option that is a list of numbers, written 10,20,50. */
export const numbers =
  (bounds: Bounds = {}) =>
  (text: string): readonly number[] =>
    text.split(",").map((part) => parse(part, bounds));

/** An option that is a list of whole numbers, written 10,20,50; "none" is the empty one. */
export const integers =
  (bounds: Bounds = {}) =>
  (text: string): readonly number[] =>
    text === "none" ? [] : numbers({ ...bounds, integer: true })(text);
