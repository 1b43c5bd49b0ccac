import type { ModelInput } from "./modelInput.ts";

/** How a model is told the time. */
export type TimeOptions = {
  /** The model's number for the schedule's first index t = 1: 0 where it counts 0..T-1, as most do, or 1; default 0. */
  readonly base?: 0 | 1;
  /** What the model is told at index t in 1..T, in place of counting from `base`: for models of continuous times or noise levels. */
  readonly value?: (t: number) => number;
  /** One number for each row of the batch, or one for all of them; by default what the model's input asks for, else "batch". */
  readonly shape?: "batch" | "one";
};

/** The time as a model takes it: equal numbers, their shape and their type. */
export type Time = {
  readonly value: number;
  readonly shape: readonly number[];
  readonly dtype: "float32" | "int32" | "int64";
};

const dtypes = ["float32", "int32", "int64"] as const;

/**
 * What a model is told at index t, for a batch of n rows.
 * @throws RangeError, at once, where the options are none; and for a time that the input's type cannot hold
 */
export const timeFor = (
  where: string,
  input: ModelInput,
  { base = 0, value, shape }: TimeOptions,
): ((t: number, n: number) => Time) => {
  if (base !== 0 && base !== 1) throw new RangeError(`${where}: time.base must be 0 or 1, got ${String(base)}`);
  const dtype = dtypes.find((known) => known === input.dtype);
  if (dtype === undefined)
    throw new RangeError(`${where}: the time must be of type ${dtypes.join(", ")}, got ${input.name}: ${input.dtype}`);
  const declared = input.shape ?? [undefined];
  const rank = declared.length;
  const length = (n: number): number => (shape === "one" ? 1 : shape === "batch" ? n : (declared[0] ?? n));
  return (t, n) => {
    const told = value === undefined ? t - 1 + base : value(t);
    if (!Number.isFinite(told) || (dtype !== "float32" && !Number.isInteger(told)))
      throw new RangeError(
        `${where}: the model's time is ${dtype}, but t = ${t} is ${told} to it; take a sampler that visits whole t`,
      );
    return { value: told, shape: rank === 0 ? [] : [length(n), ...new Array<number>(rank - 1).fill(1)], dtype };
  };
};
