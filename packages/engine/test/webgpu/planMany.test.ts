import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ManyShading, Member } from "../../src/shaders/many.ts";
import { type ManyCall, type ManyLimits, planMany, type Range } from "../../src/webgpu/planMany.ts";

/** A buffer to compare with others. */
const bufferOf = (label: string): GPUBuffer => ({ label }) as GPUBuffer;

/** Where the tensors of a member lie: one range for each list, and its size in numbers. */
type Placed = { readonly ranges: readonly Range[]; readonly blocks: number };

const lists = ["x", "y", "z"];

/** Which of the node's inputs is a member's tensor of a list. */
const placeOf = (member: number, list: number): number => member * lists.length + list;

/** Members of as many lists as they have ranges, which are the lists' tensors in their order. */
const manyOf = (placed: readonly Placed[]): ManyShading => ({
  lists: placed[0]!.ranges.map((_, i) => ({ in: "inputs", name: lists[i]! })),
  members: placed.map(({ ranges, blocks }, i): Member => ({
    places: ranges.map((_, list) => placeOf(i, list)),
    blocks,
    words: [100 + i],
  })),
  threads: 64,
  functions: "// functions",
  body: (variable) => placed[0]!.ranges.map((_, i) => `// list ${i} is ${variable(i)};`).join("\n"),
});

const roomy: ManyLimits = { buffers: 8, bytes: 2 ** 27 };
const planned = (placed: readonly Placed[], limits: ManyLimits = roomy): readonly ManyCall[] | undefined =>
  planMany(
    manyOf(placed),
    (_, index) => placed[Math.floor(index / lists.length)]!.ranges[index % lists.length]!,
    limits,
  );

/** What a workgroup of a call finds in the table. */
type Found = {
  readonly word: number;
  readonly block: number;
  readonly blockOfAll: number;
  readonly at: readonly number[];
};

/** The search of the shader: undefined of workgroups that are too many. */
const find = ({ table }: ManyCall, group: number, count: number): Found | undefined => {
  const stride = 2 + count;
  const end = (member: number): number => table[2 + member * stride]!;
  let [low, high] = [0, table[0]! - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (end(middle) > group) high = middle;
    else low = middle + 1;
  }
  if (group >= end(low)) return undefined;
  const own = [...table.slice(3 + low * stride, 2 + (low + 1) * stride)];
  return {
    word: own[0]!,
    block: group - (low > 0 ? end(low - 1) : 0),
    blockOfAll: table[1]! + group,
    at: own.slice(1),
  };
};

/** Which of a call's ranges each list's variable is. */
const partsOf = ({ wgsl }: ManyCall, count: number): readonly number[] =>
  Array.from({ length: count }, (_, i) => Number(new RegExp(`// list ${i} is part(\\d+);`).exec(wgsl)![1]));

/** Expects that all calls together do each block of each member once, and find its tensors where they are. */
const expectComplete = (calls: readonly ManyCall[], placed: readonly Placed[], limits: ManyLimits): void => {
  const count = placed[0]!.ranges.length;
  const done: string[] = [];
  const all: number[] = [];
  for (const call of calls) {
    expect(call.ranges.length + 1).toBeLessThanOrEqual(limits.buffers);
    const parts = partsOf(call, count);
    const [columns, rows] = call.groups;
    for (let group = 0; group < columns * rows; group++) {
      const found = find(call, group, count);
      if (found === undefined) continue;
      const member = found.word - 100;
      done.push(`${member} ${found.block}`);
      all.push(found.blockOfAll);
      placed[member]!.ranges.forEach((range, list) => {
        const part = call.ranges[parts[list]!]!;
        const isThere = part.buffer === range.buffer && part.offset + 4 * found.at[list]! === range.offset;
        if (!isThere || part.offset + part.size < range.offset + range.size)
          expect.fail(`member ${member} must find its tensor of list ${list}`);
      });
    }
    call.ranges.forEach(({ buffer, offset, size }, i) => {
      expect(size).toBeLessThanOrEqual(limits.bytes);
      expect(offset % 256).toBe(0);
      for (const other of call.ranges.slice(i + 1))
        if (other.buffer === buffer)
          expect(other.offset >= offset + size || offset >= other.offset + other.size, "ranges are apart").toBe(true);
    });
    for (let i = 0; i < call.ranges.length; i++) expect(call.wgsl).toContain(`@binding(${i}) var<storage, read_write> part${i} :`); // prettier-ignore
    expect(call.wgsl).toContain(`@binding(${call.ranges.length}) var<storage, read_write> members :`);
  }
  const wanted = placed.flatMap(({ blocks }, member) => Array.from({ length: blocks }, (_, i) => `${member} ${i}`));
  expect(done.toSorted()).toEqual(wanted.toSorted());
  expect(all.toSorted((a, b) => a - b)).toEqual(wanted.map((_, i) => i));
};

const range = (buffer: GPUBuffer, offset: number, size = 100): Range => ({ buffer, offset, size });

describe("members", () => {
  const [a, b] = ["a", "b"].map(bufferOf) as [GPUBuffer, GPUBuffer];

  test("of one slab go together, each list as one range from its first to its last tensor", () => {
    const placed = [0, 1, 2].map((i) => ({ ranges: [range(a, 512 * i), range(b, 256 + 256 * i, 60)], blocks: 1 + i }));
    const calls = planned(placed)!;
    expect(calls).toHaveLength(1);
    expect(calls[0]!.ranges).toEqual([range(a, 0, 1124), range(b, 256, 572)]);
    expectComplete(calls, placed, roomy);
  });

  test("of other buffers go apart, in the order in which they come, and know how many blocks came before", () => {
    const others = Array.from({ length: 4 }, (_, i) => bufferOf(String(i)));
    const placed = others.map((buffer, i) => ({ ranges: [range(buffer, 0), range(b, 256 * i)], blocks: 3 }));
    const calls = planned(placed)!;
    expect(calls.map(({ ranges }) => ranges[0]!.buffer)).toEqual(others);
    expect(calls.map(({ table }) => table[1])).toEqual([0, 3, 6, 9]);
    expectComplete(calls, placed, roomy);
  });

  test("that are written where they are read have one variable for both", () => {
    const placed = [0, 1].map((i) => ({ ranges: [range(a, 1024 * i), range(a, 1024 * i)], blocks: 1 }));
    const calls = planned(placed)!;
    expect(calls[0]!.ranges).toEqual([range(a, 0, 1124)]);
    expectComplete(calls, placed, roomy);
  });

  test("whose lists lie between each other have one variable for those that do, and others for the rest", () => {
    const placed = [0, 1].map((i) => ({
      ranges: [range(a, 512 * i), range(a, 256 + 512 * i), range(a, 4096 + 256 * i)],
      blocks: 2,
    }));
    const calls = planned(placed)!;
    expect(calls[0]!.ranges.map(({ offset }) => offset)).toEqual([0, 4096]);
    expectComplete(calls, placed, roomy);
  });

  test("that are too far from each other for one binding are halved", () => {
    const placed = Array.from({ length: 5 }, (_, i) => ({
      ranges: [range(a, 4096 * i, 4096), range(b, 256 * i)],
      blocks: 1,
    }));
    const limits = { ...roomy, bytes: 2 * 4096 };
    const calls = planned(placed, limits)!;
    expect(calls).toHaveLength(3);
    expectComplete(calls, placed, limits);
  });

  test("whose lists lie apart in one buffer share a variable where a shader has too few", () => {
    const placed = [0, 1].map((i) => ({
      ranges: [range(a, 256 * i), range(a, 4096 + 256 * i), range(b, 256 * i)],
      blocks: 1,
    }));
    expect(planned(placed)![0]!.ranges).toHaveLength(3);
    const limits = { ...roomy, buffers: 3 };
    const calls = planned(placed, limits)!;
    expect(calls.map(({ ranges }) => ranges.length)).toEqual([2]);
    expectComplete(calls, placed, limits);
  });

  test("share no more than they have to: what lies closest together", () => {
    const placed = [{ ranges: [range(a, 0), range(a, 2 ** 20), range(a, 2 ** 20 + 512)], blocks: 1 }];
    const limits = { buffers: 3, bytes: 4096 };
    const calls = planned(placed, limits)!;
    expect(calls[0]!.ranges).toEqual([range(a, 0), range(a, 2 ** 20, 612)]);
    expectComplete(calls, placed, limits);
  });

  test("cannot be where one alone has too many buffers, or is larger than a binding", () => {
    const alone = [{ ranges: [range(a, 0), range(b, 0)], blocks: 1 }];
    expect(planned(alone, { ...roomy, buffers: 3 })).toHaveLength(1);
    expect(planned(alone, { ...roomy, buffers: 2 })).toBeUndefined();
    expect(planned(alone, { ...roomy, bytes: 99 })).toBeUndefined();
  });

  test("are found beyond 65535 workgroups", () => {
    const placed = [
      { ranges: [range(a, 0), range(b, 0)], blocks: 65_530 },
      { ranges: [range(a, 256), range(b, 256)], blocks: 11 },
    ];
    const calls = planned(placed)!;
    expect(calls[0]!.groups).toEqual([32_771, 2, 1]);
    expectComplete(calls, placed, roomy);
  });
});

test("wherever tensors lie, each block of each member is done once, within limits", () => {
  const buffers = ["a", "b", "c"].map(bufferOf);
  const member = fc.record({
    buffers: fc.array(fc.nat(2), { minLength: 3, maxLength: 3 }),
    inPlace: fc.boolean(),
    numbers: fc.integer({ min: 1, max: 300 }),
    blocks: fc.integer({ min: 1, max: 5 }),
  });
  const limits = fc.record({ buffers: fc.integer({ min: 4, max: 8 }), bytes: fc.constantFrom(1200, 2400, 2 ** 27) });
  fc.assert(
    fc.property(fc.array(member, { minLength: 1, maxLength: 9 }), fc.integer({ min: 1, max: 3 }), limits, (members, count, allowed) => {
      const used = buffers.map(() => 0);
      const placed = members.map(({ buffers: chosen, inPlace, numbers, blocks }): Placed => {
        const ranges: Range[] = [];
        for (const which of chosen.slice(0, count)) {
          if (inPlace && ranges.length === 1) {
            ranges.push(ranges[0]!);
            continue;
          }
          ranges.push({ buffer: buffers[which]!, offset: used[which]!, size: 4 * numbers });
          used[which]! += Math.ceil((4 * numbers) / 256) * 256;
        }
        return { ranges, blocks };
      });
      const calls = planned(placed, allowed);
      expect(calls).toBeDefined();
      expectComplete(calls!, placed, allowed);
    }),
    { numRuns: 300 },
  );
}); // prettier-ignore
