import { expect, test } from "vitest";
import { columns } from "../src/reproduce/cell.ts";
import { paperTable1, paperTable2 } from "../src/reproduce/paper.ts";
import type { Results } from "../src/reproduce/results.ts";
import { trendsOf } from "../src/reproduce/trends.ts";

const interval = (value: number) => ({ value, standardError: 0.05, low: value - 0.1, high: value + 0.1 });
const table = (of: (column: string, S: number) => number): Results["table1"] => ({
  cells: [10, 20, 50, 100, 1000].flatMap((S) =>
    columns.map(({ id, label, eta }) => ({
      S,
      column: id,
      label,
      eta,
      frechet: interval(of(id, S)),
      kid: interval(0),
    })),
  ),
  heldOut: { n: 1000, frechet: interval(0), kid: interval(0) },
  singular: false,
});
const seen = (trends: readonly { readonly claim: string; readonly seen: boolean }[]): boolean[] =>
  trends.map((trend) => trend.seen);

test.each([
  ["CIFAR-10", 0],
  ["CelebA", 1],
] as const)("every trend of Table 1 is seen in the paper's own numbers for %s", (_, which) => {
  const trends = trendsOf.table1(table((column, S) => paperTable1[column]![S]![which]));
  // on CelebA the distance still falls by more than half from 20 to 1000 steps
  const want = trends.map(({ claim }) => which === 0 || !claim.includes("about as good"));
  expect(seen(trends)).toEqual(want);
});

test("none of them is seen where the noise is for the better and steps do not count", () => {
  const order = columns.map(({ id }) => id).reverse();
  const trends = trendsOf.table1(
    table((column, S) => (order.indexOf(column) + 1) * (column === "eta0" && S < 1000 ? 9 : 1)),
  );
  expect(trends.filter((trend) => trend.seen).map(({ claim }) => claim)).toEqual([]);
});

test("Table 2's trends are seen in the paper's numbers but for its two equal ones, and not in rising errors", () => {
  const rows = paperTable2.slice(0, -1).map((row) => ({ ...row, standardError: 0 }));
  expect(seen(trendsOf.table2({ rows }))).toEqual([true, true]);
  const rising = rows.map((row, i) => ({ ...row, error: i + 1 }));
  expect(seen(trendsOf.table2({ rows: rising }))).toEqual([false, false]);
});
