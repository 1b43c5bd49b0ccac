import { guard, loadEach, type Loader, loadFour, type Source } from "./loader.ts";
import { plus, quotient, remainder, sum, times } from "./wgslText.ts";

/** Which taps of a filter [rows, columns, ci, co] there are: first, first + step, ... All pairs are [down, right]. */
export type Taps = {
  readonly filter: readonly [rows: number, columns: number, ci: number, co: number];
  readonly first: readonly [number, number];
  readonly step: readonly [number, number];
  readonly taps: readonly [number, number];
};

/** A filter whose channels are the other way round, for the gradient by the input: the side is ci, the depth (tap, co). */
export const turnedFilterLoader = ({ name, place }: Source, { filter, first, step: apart, taps }: Taps): Loader => {
  const [, columns, ci, co] = filter;
  const wide = co % 4 === 0;
  const width = wide ? 4 : 1;
  const count = taps[0] * taps[1];
  const depth = count * co;
  const shared = {
    variable: { name, place, type: wide ? "vec4<f32>" : "f32" },
    ...({ along: "depth", side: ci, depth, placeType: "u32" } as const),
  } as const;
  return {
    ...shared,
    place: `return ${times("at", co / width)};`,
    load: (fn, step) =>
      (wide ? loadFour : loadEach)(
        fn,
        shared,
        guard(depth, step, wide ? "vec4<f32>()" : "0.0"),
        `let tap = ${quotient(wide && co % step === 0 ? "first" : "k", co, depth)};`,
        `let channel = ${count === 1 ? "k" : `k - ${times("tap", co)}`};`,
        `let down = ${plus(times(quotient("tap", taps[1], count), apart[0]), first[0])};`,
        `let right = ${plus(times(remainder("tap", taps[1], count), apart[1]), first[1])};`,
        `return ${name}[${sum(times(`${times("down", columns)} + right`, (ci * co) / width), "place", quotient("channel", width))}];`,
      ),
  };
};
