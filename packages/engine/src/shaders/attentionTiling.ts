/** How a workgroup of attention shares its work: rows against others (queries against keys, or keys against queries). */
export type Tiling = {
  /** Threads of a workgroup. */
  readonly threads: number;
  /** Rows of a workgroup. */
  readonly rows: number;
  /** Threads along others, each with 4 of them, when scores are computed. */
  readonly across: number;
  /** Rows of a thread then. */
  readonly scored: number;
  /** Threads along columns, each with 4 at a time, when results are computed. */
  readonly along: number;
  /** Rows of a thread then. */
  readonly made: number;
  /** Vectors of columns of a thread then, for each result. */
  readonly vectors: readonly number[];
  /** Parts of the columns, each with workgroups of its own. */
  readonly parts: number;
  /** Vectors of a row that are in workgroup memory at a time, when scores are computed. */
  readonly piece: number;
  /** Vectors of weights of a row that are in workgroup memory at a time, when results are computed. */
  readonly weights: number;
};

/** What attention computes, as {@link tilingOf} sees it. */
export type Work = {
  readonly batch: number;
  readonly rows: number;
  readonly others: number;
  /** Lengths of the dot products that scores are, one for each kind of score. */
  readonly dots: readonly number[];
  /** Columns of each result. */
  readonly columns: readonly number[];
};

/** Vectors of 4 numbers that workgroup memory holds, less some numbers for each row. */
const room = 960;

const sum = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0);

/** The places of workgroup memory that a tiling takes, in vectors. */
export const placesOf = ({ threads, rows, across, scored, piece, weights }: Tiling): number =>
  Math.max(piece * 4 * (across + 1) + rows * piece, threads * Math.ceil(scored / 4), rows * weights);

/** Registers of a thread, about. */
const registersOf = ({ threads, rows, across, scored, made, vectors, piece }: Tiling, { dots }: Work): number => {
  const staged = 4 * Math.ceil((across * piece) / threads) + Math.ceil((rows * piece) / threads);
  return 40 + 4 * (scored * dots.length + made * sum(vectors) + staged);
};

/**
 * The time of a tiling on a GPU of 132 processors, about, in clocks: what takes longest of multiplications, reads of
 * workgroup memory, reads of memory, and waiting.
 */
const timeOf = (tiling: Tiling, work: Work): number => {
  const { threads, rows, across, scored, along, made, vectors, piece } = tiling;
  const tiles = Math.ceil(work.others / (4 * across));
  const width = sum(work.dots.map((n) => Math.ceil(n / (4 * piece)) * 4 * piece));
  const wide = sum(vectors);
  // a processor multiplies for 4 warps a clock, and reads 128 bytes for one
  const dot = Math.max(scored, Math.min(4, Math.max(1, across / 8)) + scored / 4);
  const staging = 20 + 40 * Math.ceil((across * piece) / threads) + 10 * Math.ceil((rows * piece) / threads);
  const combine = Math.max(made * wide, Math.min(6, Math.max(2, along / 5)) * wide + (made * vectors.length) / 4);
  const busy = (threads / 32) * (tiles * width * (dot + staging / (4 * piece)) + work.others * combine);
  const groups = work.batch * Math.ceil(work.rows / rows) * tiling.parts;
  const each = Math.ceil(groups / 132);
  const resident = Math.min(
    each,
    Math.max(1, Math.floor(65536 / (threads * registersOf(tiling, work)))),
    2048 / threads,
  );
  const warps = (resident * threads) / 32; // with few, a processor waits for its own results
  const bytes = 4 * (work.others * (width + sum(work.columns) / tiling.parts) + tiles * rows * width);
  const waiting = (tiles * width * 150) / piece + work.others * 60;
  return Math.max(each * busy * Math.max(1, 10 / warps), (each * bytes) / (each > 1 ? 24 : 48), Math.ceil(each / resident) * waiting); // prettier-ignore
};

const powers = (from: number, to: number): number[] => {
  const list: number[] = [];
  for (let n = from; n <= to; n *= 2) list.push(n);
  return list;
};

const powerAbove = (n: number): number => 2 ** Math.ceil(Math.log2(n));

/** A rating of tilings: less is better. */
export type Rating = (tiling: Tiling, work: Work) => number;

/** Rates a tiling by the length of its text first, and then by its time: see `shortTiling` of matrix products. */
const lengthOf: Rating = (tiling, work) => {
  const { scored, made, vectors, piece, across, rows, threads } = tiling;
  const reads = Math.ceil((across * piece) / threads) + Math.ceil((rows * piece) / threads);
  return 1e9 * (scored * work.dots.length * piece + made * sum(vectors) + reads) + timeOf(tiling, work);
};

/** The tiling of the shortest text. */
export const shortAttention = (work: Work): Tiling => tilingOf(work, lengthOf);

/** The tiling that should take the least time, or is the best by another rating. */
export const tilingOf = (work: Work, rate: Rating = timeOf): Tiling => {
  let best: Tiling | undefined;
  let least = Infinity;
  const units = work.columns.map((n) => Math.ceil(n / 4));
  const longest = Math.max(...work.dots.map((n) => Math.ceil(n / 4)));
  for (const threads of [64, 128, 256])
    for (const rows of powers(8, 128))
      for (const across of powers(4, Math.min(64, Math.max(4, powerAbove(work.others / 4)))))
        for (const along of powers(4, Math.min(threads, Math.max(4, powerAbove(Math.max(...units)))))) {
          const [scored, made] = [(rows * across) / threads, (rows * along) / threads];
          if (scored < 1 || made < 1 || scored > 8 || rows > threads) continue;
          for (const most of [1, 2, 4, 8]) {
            const parts = Math.ceil(Math.max(...units) / (along * most));
            const vectors = units.map((n) => Math.ceil(n / (along * parts)));
            for (const piece of powers(1, 4)) {
              const weights = Math.min(across, 2 ** Math.floor(Math.log2(room / rows)));
              const tiling: Tiling = { threads, rows, across, scored, along, made, vectors, parts, piece, weights };
              if (placesOf(tiling) > room || registersOf(tiling, work) > 200 || (piece > 1 && piece >= 2 * longest)) continue; // prettier-ignore
              const time = rate(tiling, work);
              if (time < least) [best, least] = [tiling, time];
            }
          }
        }
  return best!;
};
