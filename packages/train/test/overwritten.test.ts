import { type Tensor, type Tree, ops, own, treeLeaves } from "@nonmarkov/autodiff";
import { start } from "@nonmarkov/engine";
import { key } from "@nonmarkov/random";
import { type Loss, NonFiniteError, adam, disposeState, fit, initialState } from "@nonmarkov/train";
import { memory } from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";

beforeAll(() => start({ backend: "nonmarkov", threads: 1 }));

/** The loss is the square of (x times a factor), which is not finite where the factor is not. */
const loss: Loss<Tensor, number, Tensor> = {
  prepare: (factor) => ops.scalar(factor),
  evaluate: (x, factor) => own(() => ops.sum(ops.square(ops.mul(x, factor)))),
};
const training = { loss, optimizer: adam({ rate: 0.1 }) };

const numbersOf = (tree: Tree): number[][] => treeLeaves(tree).map((leaf) => [...leaf.dataSync()]);

test("where steps write over the state before them, one that is skipped leaves its numbers, and so does an error", async () => {
  const before = memory().numTensors;
  const params = ops.tensor1d([1, 2, 3]);
  let state = initialState(training, params, key(1));
  params.dispose();
  let good: unknown;
  const factor = (_: unknown, step: number): number => (step < 2 ? 1 : NaN);
  const error = await (async () => {
    for await (const event of fit(training, { state, batch: factor, maxSkips: 1 })) {
      state = event.state;
      const numbers = [numbersOf(state.params), numbersOf(state.ema), numbersOf(state.opt)];
      if (event.skipped) expect(numbers).toEqual(good);
      else good = numbers;
    }
  })().catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(NonFiniteError);
  const last = (error as NonFiniteError<Tensor, typeof state.opt>).state;
  expect([numbersOf(last.params), numbersOf(last.ema), numbersOf(last.opt)]).toEqual(good);
  expect(last.step).toBe(3);
  disposeState(last);
  expect(memory().numTensors).toBe(before);
});
