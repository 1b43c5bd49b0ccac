import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { start } from "../../src/index.ts";
import { expectSame, floats } from "./onBoth.ts";

beforeAll(async () => {
  await start({ backend: "cpu" });
  await start({ backend: "nonmarkov" });
});

describe("einsum", () => {
  const lengths: Readonly<Record<string, number>> = { b: 2, h: 3, i: 4, j: 5, k: 6, d: 7 };
  const tensors = (equation: string): tf.Tensor[] =>
    equation
      .split("->")[0]!
      .split(",")
      .map((term, i) =>
        floats(
          [...term].map((label) => lengths[label]!),
          i,
        ),
      );

  test.each(["ij,jk->ik", "bij,bkj->bik", "i,i->", "i,j->ji", "ij->ji", "ijk->j", "bhid,bhjd->bhij", "ij,->i"])(
    "%s is what it is on the cpu backend",
    (equation) => expectSame(() => tf.einsum(equation, ...tensors(equation))),
  );

  test("sums over what one tensor has alone, which the cpu backend gets wrong", () =>
    tf.tidy(() => {
      const [a, b] = tensors("ij,kj->k") as [tf.Tensor, tf.Tensor];
      const [got, wanted] = [tf.einsum("ij,kj->k", a, b), tf.einsum("j,kj->k", tf.sum(a, 0), b)];
      expect(got.shape).toEqual([6]);
      got.dataSync().forEach((v, i) => expect(v).toBeCloseTo(wanted.dataSync()[i]!, 4));
    }));
});

describe("products of batches", () => {
  test.each([
    [[2, 1], [1, 3]],
    [[2, 3], [3]],
    [[], [2, 3]],
    [[2, 3], [1, 1]],
    [[4, 1, 3], [2, 1]],
  ])("%j and %j repeat each other's axes of length 1: entry by entry they are products of two matrices", (one, other) =>
    tf.tidy(() => {
      const [a, b] = [floats([...one, 3, 4], 1), floats([...other, 5, 4], 2)];
      const got = tf.matMul(a, b, false, true);
      const batch = tf.broadcast_util.assertAndGetBroadcastShape(one, other);
      expect(got.shape).toEqual([...batch, 3, 5]);
      const full = (x: tf.Tensor): tf.Tensor[] => {
        const shape = x.shape.slice(-2);
        return tf.unstack(tf.reshape(tf.broadcastTo(x, [...batch, ...shape]), [-1, ...shape]));
      };
      const right = full(b);
      const wanted = tf.stack(full(a).map((matrix, i) => tf.matMul(matrix, right[i]!, false, true)));
      expect([...got.dataSync()]).toEqual([...wanted.dataSync()]);
    }),
  ); // prettier-ignore
});

describe("reductions of axes that are no neighbours are what they are on the cpu backend", () => {
  test.each([[[0, 2]], [[1, 3]], [[0, 1, 3]], [[0, -1]]])("%j", (axes) =>
    expectSame(() =>
      [tf.sum, tf.mean, tf.max, tf.min].flatMap((f) => [
        f(floats([2, 3, 4, 5]), axes),
        f(floats([2, 3, 4, 5]), axes, true),
      ]),
    ),
  );
});
