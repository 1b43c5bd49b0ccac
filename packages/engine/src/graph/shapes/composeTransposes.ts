import { reduceTranspose, type Transposition } from "./reduceTranspose.ts";
import { refineShapes } from "./refineShapes.ts";

/** Cuts an axis's length from the front of a list of factors. */
const take = (factors: number[], length: number): readonly number[] => {
  const taken: number[] = [];
  for (let rest = length; rest > 1;) {
    const factor = factors.shift()!;
    taken.push(factor);
    rest /= factor;
  }
  return taken;
};

/**
 * The axes of a transposition's source after it was cut more finely, as the source's and as the result's order: each is a
 * list of [length, place in the list of the other].
 */
const split = ({ shape, perm }: Transposition, resultFactors: readonly number[]): Transposition => {
  const factors = [...resultFactors];
  const ofResult = perm.map((axis) => take(factors, shape[axis]!));
  const ofSource = shape.map((_, axis) => ofResult[perm.indexOf(axis)]!);
  const starts = ofSource.map((_, axis) => ofSource.slice(0, axis).reduce((sum, list) => sum + list.length, 0));
  return {
    shape: ofSource.flat(),
    perm: perm.flatMap((axis) => ofSource[axis]!.map((_, i) => starts[axis]! + i)),
  };
};

/**
 * What two transpositions do one after the other, also where the second one sees the result of the first with another
 * shape; reduced. Undefined where no common cut of the axes shows it as one transposition.
 */
export const composeTransposes = (first: Transposition, second: Transposition): Transposition | undefined => {
  const middle = refineShapes(
    first.perm.map((axis) => first.shape[axis]!),
    second.shape,
  );
  if (middle === undefined) return undefined;
  const one = split(first, middle);
  // The second one's source is cut: its result's factors are those of the source's axes in the result's order.
  const factors = [...middle];
  const ofSource = second.shape.map((length) => take(factors, length));
  const two = split(
    second,
    second.perm.flatMap((axis) => ofSource[axis]!),
  );
  return reduceTranspose(
    one.shape,
    two.perm.map((axis) => one.perm[axis]!),
  );
};
