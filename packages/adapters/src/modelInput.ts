/** What a model says of one of its inputs or outputs. */
export type ModelInput = {
  /** Its name in the model. */
  readonly name: string;
  /** Lengths of its axes, undefined where any will do; undefined where not even their number is known. */
  readonly shape: readonly (number | undefined)[] | undefined;
  /** Type of its numbers, as tensors name it: "float32", "int32", "int64", ... */
  readonly dtype: string;
};

/** `x: float32 [?, 32, 32, 1]` */
export const describeInput = ({ name, shape, dtype }: ModelInput): string =>
  `${name}: ${dtype} ${shape === undefined ? "of any shape" : `[${shape.map((n) => n ?? "?").join(", ")}]`}`;

/** All of them, for error messages. */
export const describeInputs = (inputs: readonly ModelInput[]): string => inputs.map(describeInput).join("; ");

/** Whether a shape is one that the model takes. */
export const takes = ({ shape }: ModelInput, given: readonly number[]): boolean =>
  shape === undefined || (shape.length === given.length && shape.every((n, i) => n === undefined || n === given[i]));
