import { guard, loadEach, type Loader, loadFour, type Source } from "./loader.ts";
import { atom, plus, quotient, remainder, sum, times } from "./wgslText.ts";

/** Which rows of a matrix [rows, side] are read: some in the middle of every `of` rows. */
export type RowChoice = {
  /** How many of them. */
  readonly each: number;
  readonly of: number;
  /** The first. */
  readonly from: number;
};

/** The row of the matrix for k. */
const chosenRow = ({ each, of, from }: RowChoice, depth: number): string =>
  each === of ? plus("k", from) : plus(sum(times(quotient("k", each, depth), of), remainder("k", each, depth)), from);

/**
 * A matrix, stored [side, depth], with neighbours along depth, or [depth, side], with neighbours along the side.
 * @param repeated false if there is one for each matrix of the batch
 * @param choice for [rows, side], which rows there are
 * @param halves whether numbers have 16 bits each, which must be neighbours along the side, in fours
 */
export const matrixLoader = (
  { name, place }: Source,
  along: Loader["along"],
  {
    side,
    depth,
    repeated = true,
    choice,
    halves = false,
  }: { side: number; depth: number; repeated?: boolean; choice?: RowChoice | undefined; halves?: boolean | undefined },
): Loader => {
  if (halves && along === "depth")
    throw new RangeError(`matrixLoader: halves of ${name} must be neighbours along the side`);
  const wide = (along === "depth" ? depth : side) % 4 === 0;
  const width = wide ? 4 : 1;
  const shared = {
    ...{
      variable: { name, place, type: halves ? "vec2<u32>" : wide ? "vec4<f32>" : "f32" } as const,
      along,
      side,
      depth,
    },
    placeType: along === "depth" || wide ? ("u32" as const) : ("vec2<u32>" as const),
  };
  const zero = wide ? "vec4<f32>()" : "0.0";
  const loading = wide ? loadFour : loadEach;
  const matrix = repeated ? "0u" : times("matrix", (side * depth) / width);
  if (along === "depth")
    return {
      ...shared,
      place: `return ${sum(matrix, times("at", depth / width))};`,
      load: (fn, step) =>
        loading(fn, shared, guard(depth, step, zero), `return ${name}[${sum("place", quotient("k", width))}];`),
    };
  const row = times(atom(choice === undefined ? "k" : chosenRow(choice, depth)), side / width);
  return {
    ...shared,
    place: wide ? `return ${sum(matrix, "at / 4u")};` : `return vec2<u32>(${matrix}, at);`,
    load: (fn, step) =>
      loading(
        fn,
        shared,
        guard(depth, step, zero),
        halves
          ? `let four = ${name}[${sum("place", row)}];\nreturn vec4<f32>(unpack2x16float(four.x), unpack2x16float(four.y));`
          : wide
            ? `return ${name}[${sum("place", row)}];`
            : `return ${name}[${sum("place.x", row, `min(place.y + i, ${side - 1}u)`)}];`,
      ),
  };
};
