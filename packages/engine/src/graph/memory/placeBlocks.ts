import type { Block } from "./blocksOf.ts";

/** Where blocks lie, in the order in which they were given. */
export type Placement = {
  /** The offset of each block. */
  readonly offsets: readonly number[];
  /** Where the last one ends. */
  readonly total: number;
};

/** Which of the gaps that are large enough is taken. */
export type Gap = "lowest" | "tightest";

type Placed = Block & {
  /** Where it lies. */
  readonly offset: number;
};

const alive = (a: Block, b: Block): boolean => a.start <= b.end && b.start <= a.end;

/** An offset where a block meets none of those that lie already, which are sorted by offset. */
const offsetFor = (block: Block, placed: readonly Placed[], gap: Gap): number => {
  let [free, best, tightest] = [0, -1, Infinity];
  for (const other of placed) {
    if (!alive(block, other)) continue;
    const room = other.offset - free;
    if (room >= block.bytes && room < tightest) {
      if (gap === "lowest") return free;
      [best, tightest] = [free, room];
    }
    free = Math.max(free, other.offset + other.bytes);
  }
  return best < 0 ? free : best;
};

const insert = (placed: Placed[], block: Placed): void => {
  let [low, high] = [0, placed.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (placed[middle]!.offset <= block.offset) low = middle + 1;
    else high = middle;
  }
  placed.splice(low, 0, block);
};

/** Places one block after the other, in a given order. Blocks that are alive at the same time do not overlap. */
export const placeBlocks = (blocks: readonly Block[], order: readonly number[], gap: Gap): Placement => {
  const placed: Placed[] = [];
  const offsets = blocks.map(() => 0);
  let total = 0;
  for (const i of order) {
    const block = blocks[i]!;
    const offset = offsetFor(block, placed, gap);
    offsets[i] = offset;
    total = Math.max(total, offset + block.bytes);
    if (block.bytes > 0) insert(placed, { ...block, offset });
  }
  return { offsets, total };
};
