import { lastOf, type Loader } from "./loader.ts";
import type { Variable } from "./shading.ts";
import { piecesOf, threadsOf, type Tile } from "./tile.ts";
import { type Side, type TileMemory } from "./tileMemory.ts";
import { lines, plus, quotient, range, remainder, sum, switchOf, times } from "./wgslText.ts";

/** How a workgroup gets one side's numbers of a step: each thread has some pieces of four. */
export type TileFetch = {
  readonly variables: readonly Variable[];
  /** Functions. */
  readonly functions: readonly string[];
  /** Statements before the loop: where the thread's pieces are. `start${side}` is the tile's first place on the side. */
  readonly before: readonly string[];
  /** Statements that read the pieces of a step, and that put them into workgroup memory. */
  readonly read: (step: string) => readonly string[];
  readonly store: readonly string[];
};

/**
 * @param parts of each part of the rows, the side's loaders in the order of their steps
 * @param batched whether there are many matrices, of which `matrix` is one
 */
export const tileFetch = (
  side: Side,
  tile: Tile,
  memory: TileMemory,
  parts: readonly (readonly Loader[])[],
  batched: boolean,
): TileFetch => {
  const all = parts.flat();
  const divided = parts.length > 1;
  const parameters = [...(divided ? ["part"] : []), ...(batched ? ["matrix"] : [])];

  // what is found out about a place before the loop, once for all loaders that ask the same
  const key = (loader: Loader): string =>
    [loader.placeType, loader.side % memory.length === 0, lastOf(loader), loader.place].join("\n");
  const asked = parts.map((loaders) => [...new Map(loaders.map((loader) => [key(loader), loader])).values()]);
  const slots = range(Math.max(...asked.map(({ length }) => length)));
  const slotOf = (part: number, loader: Loader): number =>
    asked[part]!.findIndex((other) => key(other) === key(loader));
  const typeOf = (slot: number): string => asked.find((loaders) => loaders.length > slot)![slot]!.placeType;
  const placeName = (slot: number): string => `place${side}${slot}`;
  const clamped = all.some((loader) => loader.side % memory.length !== 0);
  const placeFunctions = slots.map((slot) => {
    const cases = asked.map(({ [slot]: loader }) =>
      loader === undefined
        ? `return ${typeOf(slot)}();`
        : lines(
            // beyond the last place that one is read again: nobody uses the results
            clamped && `let at = ${loader.side % memory.length === 0 ? "wanted" : `min(wanted, ${lastOf(loader)}u)`};`,
            loader.place,
          ),
    );
    const declared = [...parameters, clamped ? "wanted" : "at"].map((name) => `${name} : u32`).join(", ");
    return fn(placeName(slot), declared, typeOf(slot), switchOf("part", cases));
  });

  // loads: each different one is a function, and one function chooses between them
  const loads = new Map<string, string>();
  const loadFunctions: string[] = [];
  const loadOf = (loader: Loader): string => {
    const text = loader.load("load", tile.depth);
    const known = loads.get(text);
    if (known !== undefined) return known;
    const name = `load${side}${loads.size}`;
    loads.set(text, name);
    loadFunctions.push(loader.load(name, tile.depth));
    return name;
  };
  const cases = parts.map((loaders, part) => {
    let before = 0;
    const calls = loaders.map((loader, i) => {
      const first = times(plus("step", -before), tile.depth);
      before += Math.ceil(loader.depth / tile.depth);
      const call = `return ${loadOf(loader)}(place${slotOf(part, loader)}, ${first}, ${first} + k);`;
      return i === loaders.length - 1 ? call : `if (step < ${before}u) { ${call} }`;
    });
    return calls.length === 0 ? "return vec4<f32>();" : calls.join("\n");
  });
  const pieceParameters = [
    ...(divided ? ["part : u32"] : []),
    ...slots.map((slot) => `place${slot} : ${typeOf(slot)}`),
    ...["step : u32", "k : u32"],
  ];
  const pieceFunction = fn(`piece${side}`, pieceParameters.join(", "), "vec4<f32>", switchOf("part", cases));

  const threads = threadsOf(tile);
  const pieces = range(piecesOf(tile)[side === "A" ? "a" : "b"]);
  const total = (memory.length * tile.depth) / 4;
  const own = (i: number): string => `piece${side}${i}`;
  const before = pieces.flatMap((i) => [
    `let ${own(i)} = ${plus("local", i * threads)};`,
    ...where(side, memory, all[0]!.along, own(i), i),
    ...slots.map(
      (slot) => `let ${placeName(slot)}_${i} = ${placeName(slot)}(${[...parameters, `at${side}${i}`].join(", ")});`,
    ),
    `var next${side}${i} = vec4<f32>();`,
  ]);
  // the last pieces may be fewer than the threads
  const guarded = (i: number, statement: string): string =>
    (i + 1) * threads <= total ? statement : `if (${own(i)} < ${total}u) { ${statement} }`;
  return {
    variables: all.map(({ variable }) => variable),
    functions: [...placeFunctions, ...loadFunctions, pieceFunction],
    before,
    read: (step) =>
      pieces.map((i) => {
        const given = [...(divided ? ["part"] : []), ...slots.map((slot) => `${placeName(slot)}_${i}`)];
        return guarded(i, `next${side}${i} = piece${side}(${[...given, step, `k${side}${i}`].join(", ")});`);
      }),
    store: pieces.map((i) => guarded(i, `${memory.four(`store${side}${i}`)} = next${side}${i};`)),
  };
};

const fn = (name: string, parameters: string, type: string, body: string): string =>
  `fn ${name}(${parameters}) -> ${type} {\n${body.replace(/^(?=.)/gm, "  ")}\n}`;

/** Declares where a piece belongs in workgroup memory, its k in the step, and its place on the side. */
const where = (
  side: Side,
  { length, levels }: TileMemory,
  along: Loader["along"],
  piece: string,
  i: number,
): readonly string[] => {
  const fours = length / 4;
  if (along === "side")
    return [
      `let store${side}${i} = ${piece};`,
      `let k${side}${i} = ${quotient(piece, fours)};`,
      `let at${side}${i} = ${sum(`start${side}`, times(remainder(piece, fours), 4))};`,
    ];
  // eight neighbouring threads write to eight neighbours in memory, and the next ones read on along depth
  const low = Math.min(8, length);
  const [level, position] = [`level${side}${i}`, `position${side}${i}`];
  return [
    `let ${level} = ${remainder(quotient(piece, low), levels)};`,
    `let ${position} = ${sum(remainder(piece, low), times(quotient(piece, low * levels), low))};`,
    `let store${side}${i} = ${sum(times(level, length), position)};`,
    `let k${side}${i} = ${times(level, 4)};`,
    `let at${side}${i} = ${sum(`start${side}`, times(remainder(position, fours), 4), quotient(position, fours))};`,
  ];
};
