import { composed } from "../compose.ts";

/** Adds the rows of x that have the same id, which tfjs's wasm backend lacks. Ids outside the segments are left out. */
export const unsortedSegmentSum = composed<{ readonly numSegments: number }>(
  "UnsortedSegmentSum",
  ({ x, segmentIds }, { empty, heap, backend, attrs: { numSegments } }) => {
    const size = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);
    const result = empty([numSegments, ...x!.shape.slice(1)]);
    const ids = backend.typedArrayFromHeap(segmentIds!);
    const [from, to] = [heap(x!), heap(result).fill(0)];
    const row = size(x!.shape.slice(1)); // ids may have more axes than the first: then each names the rest of a row
    const inner = size(x!.shape.slice(segmentIds!.shape.length));
    for (let i = 0; i < ids.length; i++) {
      const id = ids[i]!;
      if (id < 0 || id >= numSegments) continue;
      const [source, target] = [i * inner, id * row + ((i * inner) % row)];
      for (let j = 0; j < inner; j++) to[target + j]! += from[source + j]!;
    }
    return result;
  },
);
