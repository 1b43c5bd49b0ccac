import fc from "fast-check";
import { expect, test } from "vitest";
import { allocator, paddedBytes } from "../../src/machine/allocator.ts";

/** Takes a part of so many bytes, or gives back one of those that are taken. */
const steps = fc.array(
  fc.oneof(fc.record({ take: fc.oneof(fc.nat(300), fc.nat(20_000)) }), fc.record({ give: fc.nat() })),
  { maxLength: 200 },
);

test("parts are whole cache lines, end one before the memory does, and never overlap; given back, they are one again", () =>
  fc.assert(
    fc.property(steps, fc.integer({ min: 1, max: 50 }), (list, lines) => {
      const [begin, end] = [4096, 4096 + 1024 * lines];
      let grown = begin;
      const parts = allocator(begin, (to) => {
        if (to > end) return false;
        grown = Math.max(grown, to);
        return true;
      });
      const taken = new Map<number, number>();
      for (const step of list)
        if ("take" in step) {
          const at = parts.allocate(step.take);
          if (at === undefined) continue;
          const size = paddedBytes(step.take);
          expect(at % 64).toBe(0);
          expect(at >= begin && at + size + 64 <= grown).toBe(true);
          for (const [other, length] of taken) expect(at + size <= other || other + length <= at).toBe(true);
          taken.set(at, size);
          expect(parts.usage().bytes).toBe([...taken.values()].reduce((a, b) => a + b, 0));
        } else if (taken.size > 0) {
          const at = [...taken.keys()][step.give % taken.size]!;
          taken.delete(at);
          parts.release(at);
        }
      for (const at of taken.keys()) parts.release(at);
      expect(parts.usage().bytes).toBe(0);
      expect(parts.allocate(end - begin - 64)).toBe(begin);
    }),
  ));

test("a part that fits nowhere is undefined, however large, and changes nothing", () => {
  const parts = allocator(64, (to) => to <= 1024);
  for (const bytes of [900, 2 ** 20, 2 ** 32, 2 ** 33, 2 ** 45]) expect(parts.allocate(bytes)).toBeUndefined();
  expect(parts.usage()).toEqual({ bytes: 0, peak: 0 });
  expect(parts.allocate(896)).toBe(64);
});

test("what has been given back is used again at once", () => {
  const parts = allocator(0, () => true);
  const [a, b] = [parts.allocate(1000)!, parts.allocate(1000)!];
  parts.release(a);
  expect(parts.allocate(1000)).toBe(a);
  parts.release(b);
  expect(parts.allocate(500)).toBe(b);
});
