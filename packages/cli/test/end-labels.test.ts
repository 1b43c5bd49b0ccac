import fc from "fast-check";
import { expect, test } from "vitest";
import { endLabels } from "../src/reproduce/end-labels.ts";

test("names keep the order of their lines, none lies below its line's end, and neighbours are a line of text apart", () => {
  const ends = fc
    .array(fc.integer({ min: -50, max: 50 }), { minLength: 1, maxLength: 9 })
    .map((exponents) => exponents.map((e, i) => ({ x: 1, y: 10 ** (e / 10), text: `${i}`, line: `${i}` })));
  fc.assert(
    fc.property(ends, (given) => {
      const placed = endLabels(given, 1e10, 0.05);
      const gap = 0.05 * Math.log(1e10);
      placed.forEach(({ y, text }, i) => {
        const own = given.find((end) => end.text === text)!.y;
        expect(Math.log(y)).toBeGreaterThanOrEqual(Math.log(own) - 1e-9);
        if (i > 0) expect(Math.log(y) - Math.log(placed[i - 1]!.y)).toBeGreaterThanOrEqual(gap - 1e-9);
        if (i > 0) expect(own).toBeGreaterThanOrEqual(given.find((end) => end.text === placed[i - 1]!.text)!.y);
      });
    }),
  );
});
