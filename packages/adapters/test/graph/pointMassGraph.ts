import { attr, type BuiltGraph, graphBuilder } from "./graphBuilder.ts";

/** What a point mass's network is told, and how. */
export type PointMass = {
  /** alphaBar[1..T] of the schedule that the model knows by heart. */
  readonly alphaBars: readonly number[];
  /** The only clean datum, one number per pixel and channel. */
  readonly x0: readonly number[];
  /** Its shape. */
  readonly shape: readonly number[];
  /** The input's shape beside the batch; [] is int32 [n]. */
  readonly timeShape?: readonly number[];
  /** A loop around the result, which makes the graph one for `executeAsync`. */
  readonly controlFlow?: boolean;
};

/**
 * The network that knows the exact noise in x where all data are one point: (x - √a x0) / √(1 - a), a = alphaBar looked up by a
 * 0-based int32 index, as TensorFlow writes it. Every sampler must end in x0, if times and schedules are understood.
 */
export const pointMassGraph = ({
  alphaBars,
  x0,
  shape,
  timeShape = [],
  controlFlow = false,
}: PointMass): BuiltGraph => {
  const g = graphBuilder();
  const x = g.input("x_noisy", [-1, ...shape]);
  const t = g.input("timestep", [-1, ...timeShape], "int32");
  const zero = g.constant([0], [], "int32");
  const flat = g.node("Reshape", [t, g.constant([-1], [1], "int32")]);
  const perRow = g.constant([-1, ...shape.map(() => 1)], [1 + shape.length], "int32");
  const looked = (values: readonly number[]): string =>
    g.node("Reshape", [g.node("GatherV2", [g.constant(values, [values.length]), flat, zero]), perRow]);
  const signal = looked(alphaBars.map(Math.sqrt));
  const inverse = looked(alphaBars.map((a) => 1 / Math.sqrt(1 - a)));
  const clean = g.node("Mul", [signal, g.constant(x0, [1, ...shape])]);
  const eps = g.node("Mul", [g.node("Sub", [x, clean]), inverse]);
  if (!controlFlow) return g.build([g.node("Identity", [eps], {}, "eps")]);
  // picks the branch that leaves eps as it is
  const condition = g.node("Less", [zero, g.constant([1], [], "int32")]);
  const branches = g.node("Switch", [eps, condition]);
  const doubled = g.node("AddV2", [`${branches}`, `${branches}`]);
  const same = g.node("Identity", [`${branches}:1`]);
  return g.build([g.node("Merge", [doubled, same], { N: attr.int(2) }, "eps")]);
};
