import type { NamedAttrMap, Tensor } from "@tensorflow/tfjs-core";

/** What the gradient of one kernel call may look at. */
export type Call = {
  /** The inputs named in `inputs`, in that order; then the output, if the rule saves it. */
  readonly saved: readonly Tensor[];
  /** The shapes of the inputs named in `shapes`, in that order (of all inputs for "all"). */
  readonly shapes: readonly (readonly number[])[];
  /** The kernel's settings. */
  readonly attrs: NamedAttrMap;
};

/** The gradients of a kernel's inputs by name, computed on demand. They must not be dy or a saved tensor themselves. */
export type Gradients = { readonly [input: string]: () => Tensor };

/** The gradient of one kernel. */
export type Rule = {
  /** tfjs-core's name of the kernel. */
  readonly kernel: string;
  /** Names of the inputs whose values are needed: they stay in memory until the gradient is computed. */
  readonly inputs?: readonly string[];
  /** Names of the inputs of which only the shape is needed; "all" for kernels that take a list. */
  readonly shapes?: readonly string[] | "all";
  /**
   * Saves the output too. Derivatives do not flow through it: use it where it has none (masks), or at first order only.
   */
  readonly output?: boolean;
  /** For kernels with one output. `dy` is borrowed. */
  readonly gradient: (dy: Tensor, call: Call) => Gradients;
};

/** As Rule, for a kernel with several outputs: one gradient each, zeros where nothing depends on the output. */
export type MultiRule = Omit<Rule, "gradient"> & {
  readonly gradients: (dys: readonly Tensor[], call: Call) => Gradients;
};
