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
