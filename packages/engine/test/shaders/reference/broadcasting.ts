import fc from "fast-check";
import { sizeOf } from "../../../src/graph/shapes/sizeOf.ts";

type Shape = readonly number[];

/** Numbers of a shape that broadcasts to another, one for each place of that: from the right, or flat if the sizes agree. */
export const repeatedTo = (numbers: ArrayLike<number>, shape: Shape, to: Shape): number[] => {
  const flat = sizeOf(shape) === sizeOf(to);
  return Array.from({ length: sizeOf(to) }, (_, place) => {
    if (flat) return numbers[place]!;
    let [at, step, rest] = [0, 1, place];
    for (let i = 1; i <= to.length; i++) {
      const [length, whole] = [shape.at(-i) ?? 1, to.at(-i)!];
      if (i <= shape.length && length > 1) at += (rest % whole) * step;
      if (i <= shape.length) step *= length;
      rest = Math.floor(rest / whole);
    }
    return numbers[at]!;
  });
};

/** Lengths of axes, of which some divide by 4. */
export const shapes: fc.Arbitrary<number[]> = fc.array(fc.constantFrom(1, 2, 3, 4, 5, 8, 12), {
  minLength: 1,
  maxLength: 4,
});

/** Shapes that broadcast to one: axes of length 1, some missing in front, or all in one. */
export const broadcastable = (to: Shape): fc.Arbitrary<Shape> =>
  fc.oneof(
    {
      weight: 5,
      arbitrary: fc
        .tuple(fc.array(fc.boolean(), { minLength: to.length, maxLength: to.length }), fc.nat(to.length))
        .map(([kept, missing]) => to.map((length, i) => (kept[i]! ? length : 1)).slice(missing)),
    },
    { weight: 1, arbitrary: fc.constant([sizeOf(to)]) },
    { weight: 1, arbitrary: fc.constant([...to]) },
  );
