import { key } from "@nonmarkov/random";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { holdOut, imageDataset, swissRoll } from "@nonmarkov/data";

const numbered = (size: number) =>
  imageDataset({ name: "numbered", shape: [1, 1, 2], pixels: Uint8Array.from({ length: 2 * size }, (_, i) => i >> 1) });

/** Which rows of a numbered data set a part consists of. */
const rowsOf = (part: ReturnType<typeof numbered>): number[] => {
  const { x } = part.rows(
    Array.from({ length: part.size }, (_, i) => i),
    key(0),
  );
  return Array.from({ length: part.size }, (_, i) => Math.round((x[2 * i]! + 1) * 127.5));
};

describe("holdOut", () => {
  test("every k-th row goes to one part and the others, in their order, to the other: together all, each once", () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 20 }), fc.integer({ min: 0, max: 200 }), (every, more) => {
        const size = every + more;
        const { train, heldOut } = holdOut(numbered(size), every);
        const all = Array.from({ length: size }, (_, i) => i);
        expect(rowsOf(heldOut)).toEqual(all.filter((i) => i % every === every - 1));
        expect(rowsOf(train)).toEqual(all.filter((i) => i % every !== every - 1));
      }),
    );
  });

  test("of generated data both parts are endless, and have no row in common", () => {
    const { train, heldOut } = holdOut(swissRoll.dataset, 10);
    expect([train.size, heldOut.size]).toEqual([Infinity, Infinity]);
    const rows = (part: typeof train, indices: number[]) => part.rows(indices, key(3)).x;
    expect(rows(train, [8, 9, 18])).toEqual(rows(swissRoll.dataset, [8, 10, 20]));
    expect(rows(heldOut, [0, 5])).toEqual(rows(swissRoll.dataset, [9, 59]));
  });

  test("a row that a part does not have is refused", () => {
    const { heldOut } = holdOut(numbered(25), 10);
    expect(() => heldOut.rows([2], key(0))).toThrow("numbered: a row's index must be an integer in 0..1, got 2");
  });

  test.each([1, 2.5, NaN])("every = %s is refused", (every) => {
    expect(() => holdOut(numbered(30), every)).toThrow(`holdOut: every must be an integer of at least 2, got ${every}`);
  });

  test("a data set with fewer rows than k is refused", () => {
    expect(() => holdOut(numbered(9), 10)).toThrow(
      "holdOut: numbered must have at least 10 rows, got 9; hold out a larger part",
    );
  });
});
