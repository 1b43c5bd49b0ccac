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

/** A range that is bound, and the lists whose tensors are in it. */
type Part = { readonly range: Range; readonly lists: readonly number[] };

const endOf = ({ offset, size }: Range): number => offset + size;

const apart = (a: Range, b: Range): boolean => a.buffer !== b.buffer || endOf(a) <= b.offset || endOf(b) <= a.offset;

/** What reaches over both, of one buffer. */
const union = (a: Part, b: Part): Part => {
  const offset = Math.min(a.range.offset, b.range.offset);
  const size = Math.max(endOf(a.range), endOf(b.range)) - offset;
  return { range: { buffer: a.range.buffer, offset, size }, lists: [...a.lists, ...b.lists] };
};

/** With one part more, and as one those that overlap then. */
const withPart = (parts: readonly Part[], next: Part): readonly Part[] => {
  const other = parts.find(({ range }) => !apart(range, next.range));
  return other === undefined
    ? [...parts, next]
    : withPart(
        parts.filter((part) => part !== other),
        union(other, next),
      );
};

/** The two parts of one buffer that are closest together as one; undefined if there are none. */
const withFewer = (parts: readonly Part[]): readonly Part[] | undefined => {
  let best: readonly [Part, Part] | undefined;
  let least = Infinity;
  parts.forEach((a, i) =>
    parts.slice(i + 1).forEach((b) => {
      const size = a.range.buffer === b.range.buffer ? union(a, b).range.size : Infinity;
      if (size < least) [best, least] = [[a, b], size];
    }),
  );
  if (best === undefined) return undefined;
  const [a, b] = best;
  return withPart(
    parts.filter((part) => part !== a && part !== b),
    union(a, b),
  );
};

/** Ranges that do not overlap, one for each list, or for several that lie in one buffer; undefined if they are too many. */
const partsOf = (placed: readonly Placed[], lists: number, most: number): readonly Part[] | undefined => {
  const whole = Array.from({ length: lists }, (_, list): Part => {
    const ranges = placed.map((each) => each.ranges[list]!);
    const offset = ranges.reduce((least, range) => Math.min(least, range.offset), Infinity);
    const end = ranges.reduce((last, range) => Math.max(last, endOf(range)), 0);
    return { range: { buffer: ranges[0]!.buffer, offset, size: end - offset }, lists: [list] };
  });
  let parts: readonly Part[] | undefined = whole.reduce(withPart, []);
  while (parts !== undefined && parts.length > most) parts = withFewer(parts);
  return parts;
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
    const parts = partsOf(placed, many.lists.length, limits.buffers - 1);
    if (parts === undefined || parts.some(({ range }) => range.size > limits.bytes)) {
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
