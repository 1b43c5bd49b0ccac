/** How a parameter starts. */
export type Initial =
  | {
      /** All entries are `value`. */
      readonly kind: "constant";
      /** The value. */
      readonly value: number;
    }
  | {
      /** Uniform in -bound..bound. */
      readonly kind: "uniform";
      /** The largest magnitude. */
      readonly bound: number;
    }
  | {
      /** Normal with mean 0. */
      readonly kind: "normal";
      /** The standard deviation. */
      readonly std: number;
    };

/** The plan of one parameter: what there is before a tensor is made, or loaded. */
export type Parameter = {
  /** Shape of the tensor. */
  readonly shape: readonly number[];
  /** Its values at the start. */
  readonly initial: Initial;
};

/** Makes the leaf of a tree of parameters from its plan. A tree's structure is written down once, for all kinds of leaves. */
export type Make<Leaf> = (parameter: Parameter) => Leaf;

/** All entries are the same. */
export const constant = (shape: readonly number[], value: number): Parameter => ({
  shape,
  initial: { kind: "constant", value },
});

/**
 * Variance scaling as in Ho et al.: uniform with variance 1 / mean(fan in, fan out). The last two axes are inputs and
 * outputs, those before them the window of a convolution.
 */
export const fanAverage = (shape: readonly number[]): Parameter => {
  const window = shape.slice(0, -2).reduce((a, b) => a * b, 1);
  const mean = (window * (shape.at(-2)! + shape.at(-1)!)) / 2;
  return { shape, initial: { kind: "uniform", bound: Math.sqrt(3 / mean) } };
};
