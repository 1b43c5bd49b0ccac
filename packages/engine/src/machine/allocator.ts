/** Hands out parts of a memory: addresses in bytes, multiples of 64. */
export type Allocator = {
  /** A part of at least so many bytes; undefined if the memory is full. */
  readonly allocate: (bytes: number) => number | undefined;
  /** Gives a part back. */
  readonly release: (address: number) => void;
  /** Bytes in use, and the most that ever were. */
  readonly usage: () => { readonly bytes: number; readonly peak: number };
};

const line = 64;
/** No address is higher. */
const most = 2 ** 32;

/** The bytes that a request takes: whole cache lines, and room for a vector read beyond the end. */
export const paddedBytes = (bytes: number): number => Math.max(line, Math.ceil(bytes / line) * line);

const bin = (size: number): number => 31 - Math.clz32(size / line);

/**
 * An allocator over [begin, end), where `grow(end)` makes the memory at least that large or answers false. Free parts are
 * merged with their neighbours and kept by size, so that buffers are used again at once.
 */
export const allocator = (begin: number, grow: (end: number) => boolean): Allocator => {
  const bins: Set<number>[] = Array.from({ length: 27 }, () => new Set());
  const sizeAt = new Map<number, number>();
  const startBefore = new Map<number, number>();
  const taken = new Map<number, number>();
  let top = begin;
  let bytes = 0;
  let peak = 0;

  const remove = (start: number, size: number): void => {
    bins[bin(size)]!.delete(start);
    sizeAt.delete(start);
    startBefore.delete(start + size);
  };
  const insert = (start: number, size: number): void => {
    bins[bin(size)]!.add(start);
    sizeAt.set(start, size);
    startBefore.set(start + size, start);
  };
  const find = (size: number): number | undefined => {
    let best: number | undefined;
    for (const start of bins[bin(size)]!) {
      const found = sizeAt.get(start)!;
      if (found === size) return start;
      if (found > size && (best === undefined || found < sizeAt.get(best)!)) best = start;
    }
    if (best !== undefined) return best;
    for (let i = bin(size) + 1; i < bins.length; i++) for (const start of bins[i]!) return start;
    return undefined;
  };
  const take = (start: number, size: number): number => {
    taken.set(start, size);
    bytes += size;
    peak = Math.max(peak, bytes);
    return start;
  };
  return {
    allocate: (wanted) => {
      const size = paddedBytes(wanted);
      if (size > most) return undefined;
      const start = find(size);
      if (start !== undefined) {
        const found = sizeAt.get(start)!;
        remove(start, found);
        if (found > size) insert(start + size, found - size);
        return take(start, size);
      }
      const last = startBefore.get(top);
      const from = last ?? top;
      if (!grow(from + size + line)) return undefined; // a vector may be read beyond the last part
      if (last !== undefined) remove(last, top - last);
      top = from + size;
      return take(from, size);
    },
    release: (start) => {
      let size = taken.get(start)!;
      taken.delete(start);
      bytes -= size;
      const after = sizeAt.get(start + size);
      if (after !== undefined) {
        remove(start + size, after);
        size += after;
      }
      const before = startBefore.get(start);
      if (before !== undefined) {
        const more = sizeAt.get(before)!;
        remove(before, more);
        insert(before, more + size);
      } else insert(start, size);
    },
    usage: () => ({ bytes, peak }),
  };
};
