import type { MemoryProblem, MemoryStep } from "./memoryPlan.ts";

/** Bytes of the arena that must lie together from one step to another, both included. */
export type Block = {
  /** The first step that touches it. */
  readonly start: number;
  /** The last step that touches it. */
  readonly end: number;
  /** A multiple of 64. */
  readonly bytes: number;
};

/** The blocks that a program needs, and what lies in them. */
export type Blocks = {
  /** All blocks. */
  readonly blocks: readonly Block[];
  /** The index of each buffer's block. */
  readonly ofBuffer: ReadonlyMap<number, number>;
  /** For each step, the indices of the blocks of its scratch buffers. */
  readonly ofTemporaries: readonly (readonly number[])[];
};

const aligned = (bytes: number): number => Math.ceil(bytes / 64) * 64;

/** The first and the last step that touch each buffer of the arena. Throws where one is read before it is filled. */
const lifetimesOf = ({ steps, bytes, external }: MemoryProblem): Map<number, { start: number; end: number }> => {
  const lifetimes = new Map<number, { start: number; end: number }>();
  steps.forEach(({ reads, writes }, time) => {
    for (const buffer of reads) {
      if (external.has(buffer)) continue;
      const lifetime = lifetimes.get(buffer);
      if (lifetime === undefined)
        throw new RangeError(`planMemory: step ${time} reads buffer ${buffer}, which no step before it writes`);
      lifetime.end = time;
    }
    for (const buffer of writes) {
      if (external.has(buffer)) continue;
      if (!bytes.has(buffer)) throw new RangeError(`planMemory: step ${time} writes buffer ${buffer} of unknown size`);
      const lifetime = lifetimes.get(buffer);
      if (lifetime === undefined) lifetimes.set(buffer, { start: time, end: time });
      else lifetime.end = time;
    }
  });
  return lifetimes;
};

type Mutable = { -readonly [K in keyof Block]: Block[K] };

/** One block for each buffer of the arena and each scratch buffer; what may lie in place of another shares its block. */
export const blocksOf = (problem: MemoryProblem): Blocks => {
  const { steps, bytes } = problem;
  const lifetimes = lifetimesOf(problem);
  const blocks: Mutable[] = [];
  const ofBuffer = new Map<number, number>();
  const add = (block: Block): number => blocks.push({ ...block, bytes: aligned(block.bytes) }) - 1;
  const inherit = ({ writes, reads, inPlace = [] }: MemoryStep, time: number): void => {
    const taken = new Set<number>();
    for (const [write, read] of inPlace) {
      const [next, last] = [lifetimes.get(write), lifetimes.get(read)];
      const block = ofBuffer.get(read);
      if (next === undefined || last === undefined || block === undefined || ofBuffer.has(write)) continue;
      const sole = reads.includes(read) && !writes.includes(read) && writes.includes(write) && !taken.has(block);
      if (!sole || last.end !== time || bytes.get(write) !== bytes.get(read)) continue;
      taken.add(block);
      ofBuffer.set(write, block);
      blocks[block]!.end = next.end;
    }
  };
  const ofTemporaries = steps.map((step, time) => {
    inherit(step, time);
    for (const buffer of step.writes) {
      const lifetime = lifetimes.get(buffer);
      if (lifetime !== undefined && !ofBuffer.has(buffer))
        ofBuffer.set(buffer, add({ ...lifetime, bytes: bytes.get(buffer)! }));
    }
    return (step.temporaries ?? []).map((size) => add({ start: time, end: time, bytes: size }));
  });
  return { blocks, ofBuffer, ofTemporaries };
};

/** The most bytes of blocks that are alive at one step. */
export const mostAlive = (blocks: readonly Block[], steps: number): number => {
  const change = new Float64Array(steps + 1);
  for (const { start, end, bytes } of blocks) {
    change[start]! += bytes;
    change[end + 1]! -= bytes;
  }
  let [alive, most] = [0, 0];
  for (const difference of change) {
    alive += difference;
    most = Math.max(most, alive);
  }
  return most;
};
