/**
 * How a workgroup makes its part of C = A B: `rows` x `columns` numbers of C, walking the summed axis in steps of `depth`.
 * Every thread sums threadRows x threadColumns of them; the threads are in `slices` groups, each of which takes its share of
 * every step for the whole tile, and at the end the groups' sums are added.
 */
export type Tile = {
  /** Rows and columns of C in a workgroup: powers of two. */
  readonly rows: number;
  readonly columns: number;
  /** Rows and columns of C in a thread: 4 or 8. */
  readonly threadRows: number;
  readonly threadColumns: number;
  /** Numbers of the summed axis that are in workgroup memory at once: a multiple of 4 * slices. */
  readonly depth: number;
  /** Groups of threads that share the summed axis. */
  readonly slices: number;
  /** Copies of the workgroup memory: with two, one barrier a step is enough. */
  readonly buffers: 1 | 2;
};

/** A tile, and into how many workgroups each sum is split; more than one needs a second dispatch. */
export type Tiling = { readonly tile: Tile; readonly splits: number };

/** Rows of C, and the length of their sums: one segment after another. */
export type Sums = { readonly rows: number; readonly depths: readonly number[] };

/** What a tile is chosen for. */
export type Task = {
  /** Matrices. */
  readonly batch: number;
  /** Rows of C in each matrix, in parts with sums of different lengths. */
  readonly parts: readonly Sums[];
  /** Columns of C. */
  readonly columns: number;
  /** Whether four neighbouring numbers of A, or of B, come with one read. */
  readonly wideA: boolean;
  readonly wideB: boolean;
  /** Whether sums may be split into workgroups. */
  readonly maySplit: boolean;
};

/** What every device has at least: bytes of workgroup memory, and threads of a workgroup. */
export const limits = { memory: 16 * 1024, threads: 256 } as const;

/** Threads of a workgroup. */
export const threadsOf = ({ rows, columns, threadRows, threadColumns, slices }: Tile): number =>
  (rows / threadRows) * (columns / threadColumns) * slices;

/** Bytes of workgroup memory; the sums of slices are put where A and B were. */
export const memoryOf = ({ rows, columns, depth, slices, buffers }: Tile): number =>
  4 * Math.max(buffers * depth * (rows + columns), slices > 1 ? slices * rows * columns : 0);

/** Reads of four numbers that each thread does for a step. */
export const piecesOf = (tile: Tile): { readonly a: number; readonly b: number } => ({
  a: Math.ceil((tile.rows * tile.depth) / 4 / threadsOf(tile)),
  b: Math.ceil((tile.columns * tile.depth) / 4 / threadsOf(tile)),
});

/** Tiles of C in one matrix; parts have no tiles in common. */
export const tilesOf = (
  tile: Tile,
  { parts, columns }: Pick<Task, "parts" | "columns">,
): { readonly down: readonly number[]; readonly across: number } => ({
  down: parts.map(({ rows }) => Math.ceil(rows / tile.rows)),
  across: Math.ceil(columns / tile.columns),
});

/** Steps along the summed axis; each segment begins a new one. */
export const stepsOf = ({ depth }: Tile, { depths }: Sums): number =>
  depths.reduce((sum, length) => sum + Math.ceil(length / depth), 0);

/** All tiles that fit the limits. */
export const tiles: readonly Tile[] = (() => {
  const found: Tile[] = [];
  const sides = [4, 8, 16, 32, 64, 128];
  const threadShapes = [[8, 8], [8, 4], [4, 8], [4, 4]] as const; // prettier-ignore
  for (const rows of sides)
    for (const columns of sides)
      for (const [threadRows, threadColumns] of threadShapes)
        for (const slices of [1, 2, 4, 8, 16, 32, 64])
          for (const depth of [8, 16, 32, 64, 128, 256]) {
            if (rows % threadRows !== 0 || columns % threadColumns !== 0 || depth % (4 * slices) !== 0) continue;
            // the text has every multiplication of a step: a thread's should stay in the cache of instructions
            if ((depth / slices) * threadRows * threadColumns > 512) continue;
            const one: Tile = { rows, columns, threadRows, threadColumns, depth, slices, buffers: 1 };
            const threads = threadsOf(one);
            if (threads < 32 || threads > limits.threads || memoryOf(one) > limits.memory) continue;
            const pieces = piecesOf(one);
            if (pieces.a > 4 || pieces.b > 4) continue;
            const two: Tile = { ...one, buffers: 2 };
            found.push(memoryOf(two) <= limits.memory ? two : one);
          }
  return found;
})();

/**
 * A large GPU, roughly: only ratios matter. Multiprocessors, and of each: instructions of 32 threads a cycle, registers and
 * threads that it holds; cycles of a read that waits for the second cache, of a barrier, and of a second dispatch; bytes a
 * cycle that the second cache has for one multiprocessor.
 */
const device = {
  ...{ processors: 132, issues: 4, registers: 65_536, threads: 2048, groups: 32 },
  ...{ latency: 600, barrier: 40, dispatch: 8000, bytes: 40 },
} as const;

/** Instructions to read four numbers and put them into workgroup memory, with the work to find them. */
const perPiece = (wide: boolean): number => (wide ? 14 : 45);

/** Cycles that a tiling takes for a task, by a rough model of the device. */
export const cyclesOf = ({ tile, splits }: Tiling, task: Task): number => {
  const { rows, columns, threadRows, threadColumns, depth, slices, buffers } = tile;
  const { down, across } = tilesOf(tile, task);
  const threads = threadsOf(tile);
  const warps = Math.ceil(threads / 32);
  const pieces = piecesOf(tile);
  // instructions of a thread in a step
  const share = depth / slices;
  const reads = (share * (threadRows + threadColumns)) / 4;
  const moved = perPiece(task.wideA) * pieces.a + perPiece(task.wideB) * pieces.b;
  const instructions = share * threadRows * threadColumns + reads + moved + 20;
  // a step of one workgroup where there are many, and where there is none to change to
  const busy = Math.max(
    (warps * instructions) / device.issues,
    warps * (2 * reads + 4 * (pieces.a + pieces.b)),
    // what neighbours along the side have of a sector of 32 bytes is read with it
    (4 * depth * (Math.max(rows, 8) + Math.max(columns, 8))) / device.bytes,
  );
  const alone = Math.max(busy, device.latency) + (buffers === 1 ? 2 : 1) * device.barrier + 60;
  const registers = threadRows * threadColumns + 4 * (threadRows + 4) + 7 * pieces.a + 5 * pieces.b + 24;
  const resident = Math.max(
    1,
    Math.min(
      Math.floor(device.registers / (threads * Math.min(registers, 255))),
      Math.floor(device.threads / threads),
      device.groups,
    ),
  );
  // each processor has so many workgroups, the longest sums first
  let groups = 0;
  let steps = 0;
  task.parts.forEach((part, i) => {
    const here = task.batch * down[i]! * across * splits;
    groups += here;
    steps += here * Math.ceil(stepsOf(tile, part) / splits);
  });
  if (groups === 0) return 0;
  const each = Math.ceil(groups / device.processors);
  const mean = steps / groups;
  const ends = 1500 + (slices > 1 ? 200 + 20 * slices : 0) + (rows * columns) / device.bytes;
  const rounds = Math.ceil(each / resident);
  const second =
    splits > 1
      ? device.dispatch + (8 * splits * task.columns * totalRows(task)) / (device.bytes * device.processors)
      : 0;
  return mean * Math.max(each * busy, rounds * alone) + rounds * ends + second;
};

const totalRows = ({ batch, parts }: Task): number => batch * parts.reduce((sum, { rows }) => sum + rows, 0);

/** The tiling of the fewest cycles; of equal ones, that with the largest tiles. */
export const chooseTiling = (task: Task): Tiling => {
  let best: Tiling | undefined;
  let least = Infinity;
  const most = Math.max(...task.parts.map(({ rows }) => rows));
  for (const tile of tiles) {
    if (tile.rows >= 2 * Math.max(8, most) || tile.columns >= 2 * Math.max(8, task.columns)) continue;
    const { down, across } = tilesOf(tile, task);
    const groups = task.batch * across * down.reduce((sum, n) => sum + n, 0);
    const steps = Math.max(...task.parts.map((part) => stepsOf(tile, part)));
    // every share has at least 8 steps
    const limit = task.maySplit ? Math.max(1, Math.floor(steps / 8)) : 1;
    const wanted = [1, 2, 3, 4, 6, 8].map((rounds) => Math.round((rounds * device.processors) / groups));
    for (const splits of new Set([1, ...wanted.map((n) => Math.max(1, Math.min(n, limit)))])) {
      const shared = sharesOf(steps, splits);
      const cycles = cyclesOf({ tile, splits: shared }, task);
      const larger = best !== undefined && tile.rows * tile.columns > best.tile.rows * best.tile.columns;
      if (cycles < least || (cycles === least && larger)) {
        best = { tile, splits: shared };
        least = cycles;
      }
    }
  }
  return best!;
};

/** How many shares of equal whole numbers of steps there are, if about so many are wanted: none is empty. */
export const sharesOf = (steps: number, splits: number): number =>
  Math.max(1, Math.ceil(steps / Math.max(1, Math.ceil(steps / splits))));

/**
 * A tiling whose text is short: for renderings on a processor, which take longer to compile a long one than to run it.
 */
export const shortTiling = ({ columns }: Task): Tiling => ({
  tile: {
    ...{ rows: columns < 16 ? 64 : 32, columns: columns < 16 ? 8 : 16, threadRows: 4, threadColumns: 4, depth: 4 },
    ...{ slices: 1, buffers: 1 },
  },
  splits: 1,
});
