import { groupsOf } from "../shaders/shading.ts";
import { type ManyShading, type Member, type MemberList, manyText, memberTable } from "../shaders/many.ts";

/** A range of a buffer. */
export type Range = Required<GPUBufferBinding>;

/** One dispatch over some of the members. */
export type ManyCall = {
  /** The whole module. */
  readonly wgsl: string;
  /** What is bound, in order; the table comes after. */
  readonly ranges: readonly Range[];
  /** The numbers of the table. */
  readonly table: Uint32Array;
  /** Workgroups. */
  readonly groups: readonly [number, number, number];
};

/** What a device allows. */
export type ManyLimits = {
  /** Buffers of a shader, of which one is the table's. */
  readonly buffers: number;
  /** Bytes of a binding. */
  readonly bytes: number;
};

type Placed = { readonly member: Member; readonly ranges: readonly Range[] };

/**
 * Ranges that do not overlap, one for each list; lists whose ranges overlap share one.
 * @param few whether also those share one that lie apart in the same buffer
 */
const merged = (
  placed: readonly Placed[],
  lists: number,
  few: boolean,
): readonly { range: Range; lists: number[] }[] => {
  const whole = Array.from({ length: lists }, (_, list) => {
    const { buffer } = placed[0]!.ranges[list]!;
    let [from, to] = [Infinity, 0];
    for (const { ranges } of placed) {
      from = Math.min(from, ranges[list]!.offset);
      to = Math.max(to, ranges[list]!.offset + ranges[list]!.size);
    }
    return { range: { buffer, offset: from, size: to - from }, lists: [list] };
  });
  const result: { range: Range; lists: number[] }[] = [];
  for (let next of whole) {
    // a range that grows may meet others
    for (let i = 0; i < result.length;) {
      const { range, lists: others } = result[i]!;
      const apart =
        range.buffer !== next.range.buffer ||
        (!few &&
          (range.offset + range.size <= next.range.offset || next.range.offset + next.range.size <= range.offset));
      if (apart) {
        i++;
        continue;
      }
      const offset = Math.min(range.offset, next.range.offset);
      const end = Math.max(range.offset + range.size, next.range.offset + next.range.size);
      next = { range: { buffer: range.buffer, offset, size: end - offset }, lists: [...others, ...next.lists] };
      result.splice(i, 1);
      i = 0;
    }
    result.push(next);
  }
  return result;
};

/**
 * Spreads members over dispatches, each of which sees few enough buffers: members whose tensors lie in the same buffers go
 * together, and half of them where that is too much for one binding.
 * @param at where a member's tensor of a list is
 * @returns undefined if one member alone has too many buffers
 */
export const planMany = (
  many: ManyShading,
  at: (list: MemberList["in"], index: number) => Range,
  limits: ManyLimits,
): readonly ManyCall[] | undefined => {
  const ids = new Map<GPUBuffer, number>();
  const sets = new Map<string, Placed[]>();
  for (const member of many.members) {
    const ranges = many.lists.map((list, i) => at(list.in, member.places[i]!));
    const key = ranges.map(({ buffer }) => ids.get(buffer) ?? (ids.set(buffer, ids.size), ids.get(buffer)!)).join();
    const set = sets.get(key);
    if (set === undefined) sets.set(key, [{ member, ranges }]);
    else set.push({ member, ranges });
  }
  const calls: ManyCall[] = [];
  let firstBlock = 0;
  const call = (placed: readonly Placed[]): boolean => {
    const fits = (some: ReturnType<typeof merged>): boolean =>
      some.length + 1 <= limits.buffers && some.every(({ range }) => range.size <= limits.bytes);
    const parts = [false, true].map((few) => merged(placed, many.lists.length, few)).find(fits);
    if (parts === undefined) {
      if (placed.length === 1) return false;
      const half = placed.length >> 1;
      return call(placed.slice(0, half)) && call(placed.slice(half));
    }
    const partOf = many.lists.map((_, list) => parts.findIndex(({ lists }) => lists.includes(list)));
    const table = memberTable(
      placed.map(({ member }) => member),
      firstBlock,
      placed.map(({ ranges }) => ranges.map(({ offset }, list) => (offset - parts[partOf[list]!]!.range.offset) / 4)),
    );
    const blocks = placed.reduce((sum, { member }) => sum + member.blocks, 0);
    const declarations = parts.map(
      (_, i) => `@group(0) @binding(${i}) var<storage, read_write> part${i} : array<f32>;`,
    );
    calls.push({
      wgsl: [
        ...declarations,
        `@group(0) @binding(${parts.length}) var<storage, read_write> members : array<u32>;`,
        manyText(many, (list) => `part${partOf[list]!}`),
      ].join("\n"),
      ranges: parts.map(({ range }) => range),
      table,
      groups: groupsOf(blocks),
    });
    firstBlock += blocks;
    return true;
  };
  return [...sets.values()].every(call) ? calls : undefined;
};
