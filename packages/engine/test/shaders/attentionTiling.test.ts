import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { placesOf, tilingOf } from "../../src/shaders/attentionTiling.ts";

const length = fc.oneof(fc.integer({ min: 1, max: 70 }), fc.constantFrom(128, 256, 257, 512, 1000, 4096));
const works = fc.record({
  batch: fc.constantFrom(1, 2, 64, 1000),
  rows: length,
  others: length,
  dots: fc.oneof(fc.tuple(length), fc.tuple(length, length)),
  columns: fc.oneof(fc.tuple(length), fc.tuple(length, length)),
});

describe("a tiling of attention", () => {
  test("fits what every GPU has, and covers all scores and all columns", () =>
    fc.assert(
      fc.property(works, (work) => {
        const tiling = tilingOf(work);
        const { threads, rows, across, scored, along, made, vectors, parts, weights } = tiling;
        expect(threads).toBeLessThanOrEqual(256);
        expect(16 * placesOf(tiling) + 4 * rows).toBeLessThanOrEqual(16384);
        expect((threads / across) * scored).toBe(rows);
        expect((threads / along) * made).toBe(rows);
        expect(across % weights).toBe(0);
        work.columns.forEach((n, i) => expect(4 * along * vectors[i]! * parts).toBeGreaterThanOrEqual(n));
      }),
      { numRuns: 100 },
    ));

  test("has workgroups for a large GPU where there is one image, and much for each where there are many", () => {
    const work = { rows: 256, others: 256, dots: [256], columns: [256] };
    const one = tilingOf({ batch: 1, ...work });
    expect((256 / one.rows) * one.parts).toBeGreaterThanOrEqual(32);
    expect(tilingOf({ batch: 64, ...work }).rows).toBeGreaterThanOrEqual(32);
  });
});
