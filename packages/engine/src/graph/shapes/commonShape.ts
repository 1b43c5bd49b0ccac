import type { Shape } from "../graph.ts";
import { grainOf } from "./reexpress.ts";
import { refineShapes, withoutUnits } from "./refineShapes.ts";
import { sameShape } from "./sameShape.ts";
import { sizeOf } from "./sizeOf.ts";

/** The shapes of an elementwise kernel: inputs broadcast to the output. */
export type Broadcasts = {
  /** The shape of what is made. */
  readonly output: Shape;
  /** The shapes of what is read. */
  readonly inputs: readonly Shape[];
};

/**
 * A shape that the outputs of all kernels can be seen with, such that all their inputs still broadcast: the last output's
 * that will do, else the coarsest. Undefined where the sizes differ or are 0, or no shape will do.
 */
export const commonShape = (kernels: readonly Broadcasts[]): Shape | undefined => {
  const size = sizeOf(kernels[0]!.output);
  if (size === 0 || kernels.some(({ output }) => sizeOf(output) !== size)) return undefined;
  const grains = kernels.flatMap(({ output, inputs }) => inputs.map((input) => grainOf(input, output)));
  const coarsest = grains.reduce<Shape | undefined>(
    (grain, next) => (grain === undefined ? undefined : refineShapes(grain, next)),
    withoutUnits([size]),
  );
  if (coarsest === undefined) return undefined;
  const fits = (shape: Shape): boolean => {
    const refined = refineShapes(coarsest, shape);
    return refined !== undefined && sameShape(refined, withoutUnits(shape));
  };
  return kernels.map(({ output }) => output).findLast(fits) ?? coarsest;
};
