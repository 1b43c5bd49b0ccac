import type { Loader } from "./loader.ts";
import { plus, quotient, remainder, sum, times } from "./wgslText.ts";
import type { Tile } from "./tile.ts";

/** The sides of a product: the rows of A, and the columns of B. */
export type Side = "A" | "B";

/** How one side's numbers of a step are kept in workgroup memory, in fours. */
export type TileMemory = {
  /** Places on the side in a tile. */
  readonly length: number;
  /** Threads along the side. */
  readonly threads: number;
  /** Fours of the side for each k, or of each four k's: `groups` for every thread. */
  readonly levels: number;
  readonly groups: number;
  /** The declaration, if the side has its own. */
  readonly declaration: string | undefined;
  /** The four of number `at` in the order of memory. */
  readonly four: (at: string) => string;
  /** A four of a thread: of a level of its own slice, and a group. `from` must be declared. */
  readonly own: (level: number, group: number) => string;
  /** A declaration for a step of the loop, if there has to be one. */
  readonly from: string | undefined;
};

/**
 * Where a side's numbers are. Along the side, there are the fours of the side for each k. Along depth, there is for each four
 * k's a four of every place on the side: first those with index 0 of four places, then those with 1, ...; neighbouring threads,
 * which have neighbouring fours of the side, read neighbours in memory either way.
 *
 * Without slices, indices that are known stay constants of a nested array, which nobody has to check. The sums of slices
 * come to the same memory, which is one list then, `tiles`.
 */
export const tileMemory = (side: Side, tile: Tile, along: Loader["along"]): TileMemory => {
  const [length, each] = side === "A" ? [tile.rows, tile.threadRows] : [tile.columns, tile.threadColumns];
  const threads = length / each;
  const groups = along === "depth" ? each : each / 4;
  const levels = along === "depth" ? tile.depth / 4 : tile.depth;
  const shared = { length, threads, levels, groups };
  const doubled = tile.buffers === 2;
  if (tile.slices > 1) {
    const first = side === "A" ? 0 : (tile.rows * tile.depth) / 4;
    const start = sum(doubled ? `buffer * ${((tile.rows + tile.columns) * tile.depth) / 4}u` : "0u", plus("0u", first));
    return {
      ...shared,
      declaration: undefined,
      four: (at) => `tiles[${sum(start, at)}]`,
      own: (level, group) => `tiles[${plus(`from${side}`, (level * groups + group) * threads)}]`,
      from: `let from${side} = ${sum(start, `slice * ${(levels * groups * threads) / tile.slices}u`, `lane${side}`)};`,
    };
  }
  const type = [threads, groups, levels, ...(doubled ? [2] : [])].reduce((of, n) => `array<${of}, ${n}>`, "vec4<f32>");
  const name = `tile${side}${doubled ? "[buffer]" : ""}`;
  const size = groups * threads;
  return {
    ...shared,
    declaration: `var<workgroup> tile${side} : ${type};`,
    four: (at) =>
      `${name}[${quotient(at, size)}][${remainder(quotient(at, threads), groups)}][${remainder(at, threads)}]`,
    own: (level, group) => `${name}[${level}u][${group}u][lane${side}]`,
    from: undefined,
  };
};

/** Fours of workgroup memory of a list for slices: what is multiplied, or the slices' sums. */
export const listSize = ({ rows, columns, depth, slices, buffers }: Tile): number =>
  Math.max(buffers * depth * (rows + columns), slices * rows * columns) / 4;

/**
 * Declares laneA and laneB: where a thread's fours of rows and of columns are among those of all threads. 32 threads in a row
 * are 4 x 8 where there are so many, which have the fewest different numbers to read.
 */
export const lanes = (tile: Tile): readonly string[] => {
  const [down, across] = [tile.rows / tile.threadRows, tile.columns / tile.threadColumns];
  const thread = tile.slices > 1 ? "thread" : "local";
  const slices =
    tile.slices > 1
      ? [`let slice = ${quotient("local", down * across)};`, `let thread = ${remainder("local", down * across)};`]
      : [];
  if (across < 8 || down < 4)
    return [...slices, `let laneA = ${quotient(thread, across)};`, `let laneB = ${remainder(thread, across)};`];
  const [high, wide] = [times(quotient(thread, 4 * across), 4), times(remainder(quotient(thread, 32), across / 8), 8)];
  return [
    ...slices,
    `let laneA = ${sum(remainder(quotient(thread, 8), 4), high)};`,
    `let laneB = ${sum(remainder(thread, 8), wide)};`,
  ];
};

/** WGSL of a thread's row r in the tile, and of its four columns number j: fours are as far apart as all threads' are. */
export const rowOf = ({ rows, threadRows }: Tile, r: number): string =>
  plus(`4u * ${r < 4 ? "laneA" : `(laneA + ${(rows / threadRows) * (r >> 2)}u)`}`, r % 4);
export const fourOf = ({ columns, threadColumns }: Tile, j: number): string =>
  plus("laneB", (columns / threadColumns) * j);
