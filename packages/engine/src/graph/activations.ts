import type { Instruction } from "./elementwise.ts";

/** Makes the instructions of an activation of register `x`, the first of whose results is register `next`. */
type Activation = (x: number, next: number, alpha: number) => readonly Instruction[];

/** Activations that are more than one function, by the names that tfjs's fused kernels have for them. */
const activations: Readonly<Record<string, Activation>> = {
  linear: () => [],
  relu: (x) => [{ op: "relu", args: [x] }],
  sigmoid: (x) => [{ op: "sigmoid", args: [x] }],
  relu6: (x) => [{ op: "clip", args: [x], params: [0, 6] }],
  // x above 0 and e^x - 1 below: each part is 0 where the other is not
  elu: (x, next) => [
    { op: "neg", args: [x] },
    { op: "relu", args: [next] },
    { op: "neg", args: [next + 1] },
    { op: "expm1", args: [next + 2] },
    { op: "relu", args: [x] },
    { op: "add", args: [next + 3, next + 4] },
  ],
  leakyrelu: (x, next, alpha) => [
    { op: "scale", args: [x], params: [Math.fround(alpha)] },
    { op: alpha <= 1 ? "max" : "min", args: [x, next] },
  ],
};

/** The instructions of an activation, undefined for one that is not known. */
export const activation = (
  name: string,
  x: number,
  next: number,
  alpha: number | undefined,
): readonly Instruction[] | undefined =>
  Object.hasOwn(activations, name) ? activations[name]!(x, next, alpha ?? 0.2) : undefined;
