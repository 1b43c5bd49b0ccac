import type { MemoryPlan, MemoryProblem } from "./memoryPlan.ts";

/** Bytes in the arena whose numbers matter from one step to another. */
type Area = {
  readonly name: string;
  readonly start: number;
  readonly end: number;
  readonly offset: number;
  readonly bytes: number;
};

const areasOf = ({ steps, bytes, external }: MemoryProblem, { offsets, temporaries }: MemoryPlan): readonly Area[] => {
  const touched = new Map<number, number[]>();
  steps.forEach(({ reads, writes }, time) => {
    for (const buffer of [...reads, ...writes])
      if (!external.has(buffer)) touched.set(buffer, [...(touched.get(buffer) ?? []), time]);
  });
  const buffers = [...touched].map(([buffer, times]): Area => {
    const offset = offsets.get(buffer);
    if (offset === undefined) throw new Error(`assertNoOverlap: buffer ${buffer} has no offset`);
    return {
      name: `buffer ${buffer}`,
      start: times[0]!,
      end: times.at(-1)!,
      offset,
      bytes: bytes.get(buffer)!,
    };
  });
  const scratch = steps.flatMap((step, time) =>
    (step.temporaries ?? []).map((size, i): Area => {
      const offset = temporaries[time]?.[i];
      if (offset === undefined) throw new Error(`assertNoOverlap: temporary ${i} of step ${time} has no offset`);
      return { name: `temporary ${i} of step ${time}`, start: time, end: time, offset, bytes: size };
    }),
  );
  return [...buffers, ...scratch];
};

const sharesBytes = (a: Area, b: Area): boolean =>
  a.offset < b.offset + b.bytes && b.offset < a.offset + a.bytes && a.bytes > 0 && b.bytes > 0;

/** True if one may be written over the other: allowed at that step, of the same size, and at exactly the same place. */
const isInPlace = ({ steps }: MemoryProblem, a: Area, b: Area): boolean => {
  const [before, after] = a.start < b.start ? [a, b] : [b, a];
  const pairs = steps[after.start]?.inPlace ?? [];
  return (
    before.end === after.start &&
    before.offset === after.offset &&
    before.bytes === after.bytes &&
    pairs.some(([write, read]) => `buffer ${write}` === after.name && `buffer ${read}` === before.name)
  );
};

/**
 * Checks a plan from scratch: offsets are multiples of 64 within the arena, and no two things that are alive at the same
 * step share a byte, unless one is written in place of the other.
 * @throws Error that names what is wrong
 */
export const assertNoOverlap = (problem: MemoryProblem, plan: MemoryPlan): void => {
  const areas = areasOf(problem, plan);
  for (const { name, offset, bytes } of areas)
    if (offset < 0 || offset % 64 !== 0 || offset + bytes > plan.total)
      throw new Error(`assertNoOverlap: ${name} lies at ${offset}, of ${bytes} bytes in an arena of ${plan.total}`);
  areas.forEach((a, i) => {
    for (const b of areas.slice(i + 1))
      if (a.start <= b.end && b.start <= a.end && sharesBytes(a, b) && !isInPlace(problem, a, b))
        throw new Error(`assertNoOverlap: ${a.name} at ${a.offset} and ${b.name} at ${b.offset} are alive together`);
  });
};
