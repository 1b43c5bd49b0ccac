import "@tensorflow/tfjs-backend-cpu";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  combine,
  ops,
  own,
  type Tensor,
  treeAdd,
  treeClone,
  treeCombine,
  treeDispose,
  treeDot,
  treeEntries,
  treeFromEntries,
  treeLeaves,
  treeMap,
  treeMapEntries,
  treeNorm,
  treeScale,
  treeSize,
  treeSub,
  treeZerosLike,
  type Tree,
} from "../src/index.ts";
import { expectFlat } from "./flat.ts";

const numbers = (tree: Tree): number[] => treeLeaves(tree).flatMap((leaf) => [...leaf.dataSync()]);

const model = () => ({
  down: [{ conv: { weight: ops.tensor([1, 2]), bias: ops.tensor([3]) } }, { conv: { weight: ops.tensor([4, 5]) } }],
  a: ops.tensor([[6]]),
});

describe("paths", () => {
  test("join keys by dots, in sorted order whatever the order of construction", () =>
    expectFlat(() => {
      const tree = model();
      const paths = ["a", "down.0.conv.bias", "down.0.conv.weight", "down.1.conv.weight"];
      expect(treeEntries(tree).map(([path]) => path)).toEqual(paths);
      expect(numbers(tree)).toEqual([6, 3, 1, 2, 4, 5]);
      expect(treeSize(tree)).toBe(6);
      const [x, y] = [ops.tensor([1]), ops.tensor([2])];
      expect(treeEntries({ x, y })).toEqual(treeEntries({ y, x }));
      return [tree, x, y];
    }));

  test("a tensor is a tree with the empty path; arrays count from 0 beyond 9; absent keys are skipped", () =>
    expectFlat(() => {
      const leaves = Array.from({ length: 12 }, (_, i) => ops.tensor([i]));
      expect(treeEntries(leaves[0]!)).toEqual([["", leaves[0]]]);
      expect(numbers(leaves)).toEqual(leaves.map((_, i) => i));
      const optional: { readonly x: Tensor; readonly y?: Tensor | undefined } = { x: leaves[0]!, y: undefined };
      expect(treeEntries(optional)).toEqual([["x", leaves[0]]]);
      const mapped = treeMap((x) => x, optional);
      expect(Object.keys(mapped)).toEqual(["x"]);
      treeDispose(mapped);
      return leaves;
    }));

  test.each([
    [{ a: { b: 3 } }, /"a.b" must be a tensor, an array or a plain object, got Number|got number/],
    [{ a: [null] }, /"a.0" must be a tensor, got null/],
    [{ a: new Map() }, /"a" must be .* got Map/],
    [{ "a.b": [] }, /must not be empty or contain dots, got "a.b"/],
    [{ a: { "": [] } }, /must not be empty/],
  ])("what is no tree is named with its path: %j", (bad, message) => {
    expect(() => treeEntries(bad as unknown as Tree)).toThrow(message);
  });

  test("any tree is rebuilt from its entries in any order", () =>
    fc.assert(
      fc.property(
        fc.letrec<{ tree: Tree; node: Tree; leaf: Tree }>((tie) => ({
          tree: fc.oneof({ maxDepth: 3 }, tie("leaf"), tie("node")),
          node: fc.oneof(
            fc.array(tie("tree"), { maxLength: 3 }),
            fc.dictionary(fc.stringMatching(/^[a-z_]{1,4}$/), tie("tree"), { maxKeys: 3 }),
          ),
          leaf: fc.integer({ min: -9, max: 9 }).map((n) => ops.tensor([n])),
        })).tree,
        fc.infiniteStream(fc.nat()),
        (tree, order) => {
          const entries = treeEntries(tree);
          const shuffled = entries
            .map((entry) => ({ entry, at: order.next().value as number }))
            .sort((p, q) => p.at - q.at)
            .map(({ entry }) => entry);
          const again = treeFromEntries(tree, shuffled);
          expect(treeEntries(again)).toEqual(entries);
          treeDispose(tree);
        },
      ),
      { numRuns: 50 },
    ));

  test("entries that do not fit are named", () => {
    const like = { a: ops.tensor([1]), b: ops.tensor([1, 2]) };
    const [a, b] = [ops.tensor([1]), ops.tensor([1, 2])];
    expect(() => treeFromEntries(like, [["a", a]])).toThrow(/"b" is missing/);
    expect(() => treeFromEntries(like, [["c", a]])).toThrow(/"c" is not a path/);
    expect(() => treeFromEntries(like, [["a", b]])).toThrow(/"a" must have shape \[1\], got \[2\]/);
    expect(() =>
      treeFromEntries(like, [
        ["a", a],
        ["a", a],
      ]),
    ).toThrow(/"a" is given twice/);
    expect(() => treeAdd(like, { a, b: a })).toThrow(/"b" must have shape \[2\], got \[1\]/);
    expect(() => treeMap((x) => x, like, { a })).toThrow(/"b" is missing/);
    expect(() => treeMap((x) => x, { a }, like)).toThrow(/"b" is in one of them only/);
    treeDispose([like, a, b]);
  });
});

describe("maps and arithmetic", () => {
  test("combinations, sums, products and norms are those of the concatenated numbers", () =>
    expectFlat(() => {
      const p = model();
      const q = treeScale(2, p);
      const [x, y] = [numbers(p), numbers(q)];
      const results = [treeAdd(p, q), treeSub(p, q), treeCombine([2, 0, -3], [p, q, q]), treeZerosLike(p)] as const;
      expect(numbers(results[0])).toEqual(x.map((v, i) => v + y[i]!));
      expect(numbers(results[1])).toEqual(x.map((v, i) => v - y[i]!));
      expect(numbers(results[2])).toEqual(x.map((v, i) => 2 * v - 3 * y[i]!));
      expect(numbers(results[3])).toEqual(x.map(() => 0));
      const [dot, norm] = [treeDot(p, q), treeNorm(p)];
      expect(dot.dataSync()[0]).toBe(x.reduce((sum, v, i) => sum + v * y[i]!, 0));
      expect(norm.dataSync()[0]).toBeCloseTo(Math.hypot(...x), 5);
      return [p, q, ...results, dot, norm];
    }));

  test("a map sees paths, and never hands out its arguments", () =>
    expectFlat(() => {
      const tree = model();
      const same = treeMapEntries((path, leaf) => (path === "a" ? leaf : ops.neg(leaf)), tree);
      const copy = treeClone(tree);
      treeDispose(tree);
      expect(numbers(same)).toEqual([6, -3, -1, -2, -4, -5]);
      expect(numbers(copy)).toEqual([6, 3, 1, 2, 4, 5]);
      return [same, copy];
    }));

  test("own hands over what is returned, once each, and frees the rest, also after an error", async () => {
    await expectFlat(() => {
      const x = ops.tensor([2]);
      const { y, z, w } = own(() => {
        const square = ops.square(ops.add(x, 1));
        return { y: square, z: square, w: x };
      });
      x.dispose();
      y.dispose();
      expect(numbers([z, w])).toEqual([9, 2]);
      return [z, w];
    });
    await expectFlat(() => {
      const x = ops.tensor([2]);
      expect(() =>
        own(() => {
          ops.square(x);
          throw new RangeError("half way");
        }),
      ).toThrow("half way");
      return x;
    });
  });

  test("combine leaves out zeros, and complains about counts and shapes", () =>
    expectFlat(() => {
      const [x, bad, y] = [ops.tensor([1, 2]), ops.tensor([NaN, Infinity]), ops.tensor([1])];
      const results = [
        combine([1], [x]),
        combine([0, 3], [bad, x]),
        combine([0], [bad]),
        combine([1, 2, 3], [x, x, x]),
      ];
      expect(results.map((t) => [...t.dataSync()])).toEqual([
        [1, 2],
        [3, 6],
        [0, 0],
        [6, 12],
      ]);
      expect(() => combine([1], [])).toThrow(RangeError);
      expect(() => combine([1, 2], [x])).toThrow(/got 2 for 1/);
      expect(() => combine([1, 2], [x, y])).toThrow(/one shape, got \[2\] and \[1\]/);
      return [x, bad, y, ...results];
    }));
});
