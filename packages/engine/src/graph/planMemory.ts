import { blocksOf, mostAlive, type Block } from "./memory/blocksOf.ts";
import type { MemoryPlan, MemoryProblem } from "./memory/memoryPlan.ts";
import { placeBlocks, type Gap, type Placement } from "./memory/placeBlocks.ts";

/** What comes first when blocks are placed one after the other: whatever is hard to place. */
const orders: readonly ((a: Block, b: Block) => number)[] = [
  (a, b) => b.bytes - a.bytes || a.start - b.start,
  (a, b) => b.bytes * (b.end - b.start + 1) - a.bytes * (a.end - a.start + 1),
  (a, b) => b.end - b.start - (a.end - a.start) || b.bytes - a.bytes,
  (a, b) => a.start - b.start || b.bytes - a.bytes,
];

/** A placement and how it was found. */
type Attempt = Placement & {
  readonly order: readonly number[];
  readonly gap: Gap;
};

const gaps: readonly Gap[] = ["lowest", "tightest"];

/** How often placing is tried again with what reached the end of the arena first: each time takes blocks^2. */
const retries = (blocks: number): number => Math.min(32, Math.floor(4e7 / blocks ** 2));

function* firstPlacements(blocks: readonly Block[]): Generator<Attempt> {
  for (const compare of orders) {
    const order = blocks.map((_, i) => i).sort((a, b) => compare(blocks[a]!, blocks[b]!));
    for (const gap of gaps) yield { ...placeBlocks(blocks, order, gap), order, gap };
  }
}

/** The same with the block that reaches the end of the arena placed first. */
const retry = (blocks: readonly Block[], { offsets, total, order, gap }: Attempt): Attempt => {
  const last = order.find((i) => offsets[i]! + blocks[i]!.bytes === total)!;
  const next = [last, ...order.filter((i) => i !== last)];
  return { ...placeBlocks(blocks, next, gap), order: next, gap };
};

const bestPlacement = (blocks: readonly Block[], lowerBound: number): Placement => {
  let best: Attempt | undefined;
  for (const attempt of firstPlacements(blocks)) {
    if (best === undefined || attempt.total < best.total) best = attempt;
    if (best.total === lowerBound) return best;
  }
  let attempt = best!;
  for (let i = 0; i < retries(blocks.length); i++) {
    attempt = retry(blocks, attempt);
    if (attempt.total < best!.total) best = attempt;
    if (best!.total === lowerBound) break;
  }
  return best!;
};

/**
 * Places buffers in one arena such that those alive at the same time do not overlap: the best of some greedy placements.
 * A buffer lives from the first to the last step that touches it. What may be written in place of something that is not
 * needed afterwards is, where both are of the same size.
 * @throws RangeError if a buffer is read before it is written, or has no size
 */
export const planMemory = (problem: MemoryProblem): MemoryPlan => {
  const { blocks, ofBuffer, ofTemporaries } = blocksOf(problem);
  const lowerBound = mostAlive(blocks, problem.steps.length);
  const { offsets, total } = bestPlacement(blocks, lowerBound);
  return {
    offsets: new Map([...ofBuffer].map(([buffer, block]) => [buffer, offsets[block]!])),
    temporaries: ofTemporaries.map((indices) => indices.map((block) => offsets[block]!)),
    total,
    lowerBound,
  };
};
