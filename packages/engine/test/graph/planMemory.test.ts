import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { assertNoOverlap } from "../../src/graph/memory/assertNoOverlap.ts";
import type { MemoryProblem, MemoryStep } from "../../src/graph/memory/memoryPlan.ts";
import { planMemory } from "../../src/graph/planMemory.ts";

type Choice = {
  readonly reads: readonly number[];
  readonly writes: readonly number[];
  readonly temporaries: readonly number[];
  readonly isExternal: boolean;
};

/** Programs in which every step reads what is written before it, some of it outside of the arena, much of it in place. */
const problems: fc.Arbitrary<MemoryProblem> = fc
  .array(
    fc.record({
      reads: fc.array(fc.nat(99), { maxLength: 3 }),
      writes: fc.array(fc.constantFrom(0, 4, 64, 100, 100, 100, 4096), { minLength: 1, maxLength: 3 }),
      temporaries: fc.array(fc.nat(200), { maxLength: 2 }),
      isExternal: fc.boolean(),
    }),
    { maxLength: 40, size: "max" },
  )
  .map((choices: readonly Choice[]) => {
    const bytes = new Map<number, number>([[0, 100]]);
    const external = new Set([0]);
    const steps = choices.map(({ reads, writes, temporaries, isExternal }): MemoryStep => {
      const read = [...new Set(reads.map((i) => bytes.size - 1 - (i % Math.min(bytes.size, 6))))];
      const written = writes.map((size) => {
        const buffer = bytes.size;
        bytes.set(buffer, size);
        if (isExternal) external.add(buffer);
        return buffer;
      });
      const inPlace = written.flatMap((write) => read.map((other) => [write, other] as const));
      return { reads: read, writes: written, temporaries, inPlace };
    });
    return { steps, bytes, external };
  });

test("nothing that is alive at the same time overlaps, and the arena is not smaller than what is alive", () =>
  fc.assert(
    fc.property(problems, (problem) => {
      const plan = planMemory(problem);
      assertNoOverlap(problem, plan);
      expect(plan.total).toBeGreaterThanOrEqual(plan.lowerBound);
      expect([...plan.offsets.keys()].some((buffer) => problem.external.has(buffer))).toBe(false);
    }),
    { numRuns: 500 },
  ));

/** Programs in which buffers of many sizes live for a few steps or for many. */
const mixedProblem = (seed: number): MemoryProblem => {
  const random = (i: number): number => Math.abs(Math.sin((i + 1) * 12.9898 + (seed + 1) * 78.233) * 43758.5453) % 1;
  const buffers = Array.from({ length: 60 }, (_, i) => i);
  const lastUse = buffers.map((i) => i + 1 + Math.floor(random(i) ** 3 * 30));
  return {
    steps: [...buffers, 60].map((time) => ({
      reads: buffers.filter((i) => i < time && (lastUse[i] === time || (time === 60 && lastUse[i]! > time))),
      writes: time < 60 ? [time] : [],
    })),
    bytes: new Map(buffers.map((i) => [i, 64 * (1 + Math.floor(random(i + 100) * 40))])),
    external: new Set(),
  };
};

test("little is wasted: the arena is larger than what is alive by 3 % on average, and by 10 % at most", () => {
  const waste = Array.from({ length: 50 }, (_, seed) => planMemory(mixedProblem(seed))).map(
    ({ total, lowerBound }) => total / lowerBound - 1,
  );
  expect(waste.reduce((a, b) => a + b) / waste.length).toBeLessThan(0.03);
  expect(Math.max(...waste)).toBeLessThan(0.1);
});

const program = (
  sizes: readonly number[],
  steps: readonly MemoryStep[],
  external: readonly number[] = [],
): MemoryProblem => ({ steps, bytes: new Map(sizes.entries()), external: new Set(external) });

test("a chain needs two buffers, and one if every step writes in place", () => {
  const chain = (inPlace: boolean): MemoryProblem =>
    program(
      [1000, 1000, 1000, 1000],
      [0, 1, 2, 3].map((i) => ({
        reads: i > 0 ? [i - 1] : [],
        writes: [i],
        inPlace: inPlace && i > 0 ? [[i, i - 1]] : [],
      })),
    );
  expect(planMemory(chain(false))).toMatchObject({ total: 2048, lowerBound: 2048 });
  expect(planMemory(chain(true))).toMatchObject({ total: 1024, lowerBound: 1024 });
});

describe("a buffer is not written over", () => {
  const { offsets: apart } = planMemory(
    program(
      [64, 64, 64],
      [
        { reads: [], writes: [0] },
        { reads: [0], writes: [1], inPlace: [[1, 0]] },
        { reads: [0, 1], writes: [2] },
      ],
    ),
  );
  test("if it is read again", () => expect(apart.get(0)).not.toBe(apart.get(1)));

  test("by two outputs of a step", () => {
    const problem = program(
      [64, 64, 64],
      [
        { reads: [], writes: [0] },
        { reads: [0], writes: [1, 2], inPlace: [[1, 0], [2, 0]] }, // prettier-ignore
      ],
    );
    const { offsets } = planMemory(problem);
    expect(offsets.get(1)).toBe(offsets.get(0));
    expect(offsets.get(2)).not.toBe(offsets.get(0));
  });

  test("by another output, if the step writes it as well", () => {
    const steps: MemoryStep[] = [
      { reads: [], writes: [0] },
      { reads: [0], writes: [0, 1], inPlace: [[1, 0]] },
    ];
    const { offsets } = planMemory(program([64, 64], steps));
    expect(offsets.get(1)).not.toBe(offsets.get(0));
  });

  test("by something of another size", () => {
    const steps: MemoryStep[] = [
      { reads: [], writes: [0] },
      { reads: [0], writes: [1], inPlace: [[1, 0]] },
    ];
    const { offsets } = planMemory(program([64, 60], steps));
    expect(offsets.get(1)).not.toBe(offsets.get(0));
  });

  test("if it is not in the arena", () => {
    const steps: MemoryStep[] = [{ reads: [0], writes: [1], inPlace: [[1, 0]] }];
    expect(planMemory(program([64, 64], steps, [0])).offsets).toEqual(new Map([[1, 0]]));
  });
});

test("scratch buffers are kept apart from what is alive at their step, and are free before and after it", () => {
  const problem = program(
    [640, 640],
    [
      { reads: [], writes: [0], temporaries: [640] },
      { reads: [0], writes: [1] },
    ],
  );
  expect(planMemory(problem)).toMatchObject({ total: 1280, lowerBound: 1280 });
});

test("a program without buffers needs no memory", () =>
  expect(planMemory(program([], []))).toEqual({ offsets: new Map(), temporaries: [], total: 0, lowerBound: 0 }));

test("a buffer that is read before it is written is refused", () =>
  expect(() => planMemory(program([4], [{ reads: [0], writes: [] }]))).toThrow(
    "planMemory: step 0 reads buffer 0, which no step before it writes",
  ));

test("a buffer of unknown size is refused", () =>
  expect(() => planMemory(program([], [{ reads: [], writes: [0] }]))).toThrow("writes buffer 0 of unknown size"));

describe("assertNoOverlap finds", () => {
  const problem = program(
    [64, 64],
    [
      { reads: [], writes: [0] },
      { reads: [0], writes: [1], temporaries: [64] },
    ],
  );
  const plan = planMemory(problem);
  const moved = (offsets: [number, number][]) => ({ ...plan, offsets: new Map(offsets) });

  test.each([
    ["two buffers in one place", moved([[0, 0], [1, 0]]), "alive together"], // prettier-ignore
    ["an overlap by some bytes", { ...moved([[0, 0], [1, 64]]), temporaries: [[], [64]] }, "alive together"], // prettier-ignore
    ["an offset that is not aligned", moved([[0, 0], [1, 65]]), "lies at 65"], // prettier-ignore
    ["a buffer beyond the arena", moved([[0, 0], [1, 192]]), "in an arena of 192"], // prettier-ignore
    ["a buffer without an offset", moved([[0, 0]]), "buffer 1 has no offset"], // prettier-ignore
  ])("%s", (_, wrong, message) => expect(() => assertNoOverlap(problem, wrong)).toThrow(message));
});

test("on a network's backward pass, which frees what the forward pass kept in the opposite order, no byte is wasted", () => {
  const depth = 60;
  const sizes = Array.from({ length: 2 * depth }, (_, i) => 64 * (1 + ((i * 37) % 23)));
  const steps = sizes.map((_, i): MemoryStep => {
    const kept = i < depth ? [] : [2 * depth - 1 - i];
    return { reads: i > 0 ? [...new Set([i - 1, ...kept])] : [], writes: [i] };
  });
  const plan = planMemory(program(sizes, steps));
  expect(plan.total / plan.lowerBound).toBeLessThan(1.05);
});
