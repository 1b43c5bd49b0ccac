import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  chooseTiling,
  cyclesOf,
  limits,
  memoryOf,
  piecesOf,
  stepsOf,
  type Task,
  threadsOf,
  tiles,
  tilesOf,
} from "../../src/shaders/tile.ts";
import { groupsOf } from "../../src/shaders/shading.ts";

const lengths = fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 5000 }));
const tasks: fc.Arbitrary<Task> = fc.record({
  batch: fc.constantFrom(1, 2, 100),
  parts: fc.array(fc.record({ rows: lengths, depths: fc.array(lengths, { maxLength: 3 }) }), {
    minLength: 1,
    maxLength: 4,
  }),
  columns: lengths,
  wideA: fc.boolean(),
  wideB: fc.boolean(),
  maySplit: fc.boolean(),
});

/** A product of one part in float32, whose numbers come in fours. */
const task = (rows: number, columns: number, depth: number, maySplit = false): Task => ({
  ...{ batch: 1, parts: [{ rows, depths: [depth] }], columns, wideA: true, wideB: true, maySplit },
});

const groupsFor = (it: Task): number => {
  const { tile, splits } = chooseTiling(it);
  const { down, across } = tilesOf(tile, it);
  return it.batch * down.reduce((sum, n) => sum + n, 0) * across * splits;
};

describe("every tile", () => {
  test("fits what all devices have: 256 threads and 16 KiB", () => {
    for (const tile of tiles) {
      expect(threadsOf(tile)).toBeLessThanOrEqual(limits.threads);
      expect(memoryOf(tile)).toBeLessThanOrEqual(limits.memory);
      expect(piecesOf(tile).a * threadsOf(tile) * 4).toBeGreaterThanOrEqual(tile.rows * tile.depth);
      expect(piecesOf(tile).b * threadsOf(tile) * 4).toBeGreaterThanOrEqual(tile.columns * tile.depth);
    }
  });
});

describe("a chosen tiling", () => {
  test("covers all of C, splits into no empty share, and costs no more than any other without splits", () =>
    fc.assert(
      fc.property(tasks, fc.constantFrom(...tiles), (it, other) => {
        const chosen = chooseTiling(it);
        const { down, across } = tilesOf(chosen.tile, it);
        it.parts.forEach(({ rows }, i) => expect(down[i]! * chosen.tile.rows).toBeGreaterThanOrEqual(rows));
        expect(across * chosen.tile.columns).toBeGreaterThanOrEqual(it.columns);
        const steps = Math.max(...it.parts.map((part) => stepsOf(chosen.tile, part)));
        const share = Math.ceil(steps / chosen.splits);
        expect((chosen.splits - 1) * share).toBeLessThan(Math.max(1, steps));
        if (!it.maySplit) expect(chosen.splits).toBe(1);
        const wasteful = other.rows >= 2 * Math.max(8, ...it.parts.map(({ rows }) => rows));
        if (!wasteful && other.columns < 2 * Math.max(8, it.columns))
          expect(cyclesOf(chosen, it)).toBeLessThanOrEqual(cyclesOf({ tile: other, splits: 1 }, it));
      }),
      { numRuns: 200 },
    ));

  test("has workgroups for all processors of a large GPU, where C or its sums are large", () => {
    const large = [
      task(131_072, 128, 1152),
      task(8192, 256, 2304),
      task(2048, 256, 2304),
      task(1024, 128, 1152),
      task(256, 256, 2304),
      task(1152, 128, 131_072, true),
      task(27, 128, 131_072, true),
    ];
    for (const it of large) expect(groupsFor(it)).toBeGreaterThanOrEqual(128);
    expect(groupsFor(task(64, 256, 2304))).toBeGreaterThanOrEqual(64);
    expect(groupsFor(task(16, 256, 2304))).toBeGreaterThanOrEqual(32);
  });

  test("has large tiles where C is large, and slices where it is small", () => {
    for (const it of [task(131_072, 128, 1152), task(8192, 256, 2304), task(1152, 128, 131_072, true)]) {
      const { tile } = chooseTiling(it);
      expect(tile.threadRows * tile.threadColumns).toBe(64);
      expect(tile.rows * tile.columns).toBeGreaterThanOrEqual(64 * 64);
      expect(tile.slices).toBe(1);
    }
    for (const it of [task(64, 256, 2304), task(16, 256, 2304), task(1, 256, 512)])
      expect(chooseTiling(it).tile.slices).toBeGreaterThanOrEqual(8);
  });

  test("spends no workgroup on absent rows or columns alone", () => {
    expect(chooseTiling(task(1, 4096, 512)).tile.rows).toBeLessThanOrEqual(8);
    expect(chooseTiling(task(131_072, 3, 1152)).tile.columns).toBeLessThanOrEqual(8);
  });

  test("may have more workgroups than one dimension can: they are in two", () => {
    const groups = groupsFor(task(20_000_000, 64, 4));
    expect(groups).toBeGreaterThan(65_535);
    for (const length of groupsOf(groups)) expect(length).toBeLessThanOrEqual(65_535);
  });
});
