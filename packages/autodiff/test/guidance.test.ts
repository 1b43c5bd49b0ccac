import "@tensorflow/tfjs-backend-cpu";
import { key, normal } from "@nonmarkov/random";
import { blend, classifierFree, classifierGuided, type Halves, rescaleGuidance } from "@nonmarkov/samplers";
import { linear } from "@nonmarkov/schedule";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  blendTensor,
  classifierGradient,
  grad,
  ops,
  own,
  pairedTensor,
  rescaleGuidanceTensor,
  stopGradient,
  type Tensor,
  tensorHalves,
  tensorSpace,
  valueAndGrad,
} from "../src/index.ts";
import { expectFlat } from "./flat.ts";

const schedule = linear();
const seeds = fc.integer();
const drawn = (seed: number, shape: number[]): Tensor =>
  ops.tensor(
    Float32Array.from(
      normal(
        key(seed),
        shape.reduce((a, b) => a * b, 1),
      ),
    ),
    shape,
  );
const array = (x: Tensor): Float64Array => Float64Array.from(x.dataSync());
const expectNear = (got: Tensor, want: ArrayLike<number>, tolerance = 1e-5): void => {
  expect(got.size).toBe(want.length);
  got
    .dataSync()
    .forEach((value, i) =>
      expect(Math.abs(value - want[i]!)).toBeLessThan(tolerance * Math.max(1, Math.abs(want[i]!))),
    );
};

describe("as the arrays of the samplers", () => {
  test("rescaleGuidanceTensor does what rescaleGuidance does", () =>
    fc.assert(
      fc.asyncProperty(seeds, fc.double({ min: 0, max: 1, noNaN: true }), (seed, phi) =>
        expectFlat(() => {
          const [guided, conditional] = [drawn(seed, [3, 2, 2]), drawn(seed + 1, [3, 2, 2])];
          const got = rescaleGuidanceTensor(phi)(guided, conditional);
          expectNear(got, rescaleGuidance({ phi, rows: 3 })(array(guided), array(conditional)), 1e-4);
          return [guided, conditional, got];
        }),
      ),
    ));

  test("a row without spread is left as it is", () =>
    expectFlat(() => {
      const [flat, conditional] = [ops.fill([2, 3], 2), drawn(1, [2, 3])];
      const got = rescaleGuidanceTensor(1)(flat, conditional);
      expectNear(got, array(flat), 1e-7);
      return [flat, conditional, got];
    }));

  test("blendTensor does what blend does, bit for bit where the mask is 0 or 1, and broadcasts the mask", () =>
    expectFlat(() => {
      const [known, other] = [drawn(1, [2, 2, 1]), drawn(2, [2, 2, 1])];
      const mask = ops.tensor([0, 1, 0.25, 1], [2, 2, 1]);
      const mixed = blendTensor(mask)(known, other);
      const want = blend(mask.dataSync())(array(known), array(other));
      expectNear(mixed, want, 1e-6);
      [0, 1, 3].forEach((i) => expect(mixed.dataSync()[i]).toBe(want[i]));
      const column = ops.tensor([0, 1], [2, 1]);
      const rows = blendTensor(column)(known, other);
      [0, 2].forEach((i) => expect(rows.dataSync()[i]).toBe(other.dataSync()[i]));
      [1, 3].forEach((i) => expect(rows.dataSync()[i]).toBe(known.dataSync()[i]));
      return [known, other, mask, mixed, column, rows];
    }));

  test("tensorHalves is what learnedVariance asks for", () =>
    expectFlat(() => {
      const halves: Halves<Tensor> = tensorHalves;
      const [z, raw] = [drawn(1, [2, 3, 2]), drawn(2, [2, 3, 4])];
      const [read, scaled] = [halves.read(raw), halves.timesExp(z, raw, 0.3, -0.7)];
      expect(read.shape).toEqual([2, 3, 2]);
      const values = raw.dataSync();
      read.dataSync().forEach((value, i) => expect(value).toBe(values[4 * (i >> 1) + (i & 1)]));
      expectNear(
        scaled,
        z.dataSync().map((value, i) => value * Math.exp(0.3 - 0.7 * values[4 * (i >> 1) + 2 + (i & 1)]!)),
      );
      return [z, raw, read, scaled];
    }));
});

describe("pairedTensor", () => {
  /** A "network" whose rows depend on their labels, which stand in the order of the doubled batch. */
  const labelled =
    (labels: readonly number[]) =>
    (x: Tensor, t: number): Tensor =>
      own(() => ops.add(ops.mul(x, t), ops.tensor([...labels], [labels.length, 1])));

  test("gives what two evaluations give, and serves classifier-free guidance", () =>
    expectFlat(async () => {
      const x = drawn(1, [3, 2]);
      const [conditional, unconditional] = [labelled([4, 5, 6]), labelled([-1, -1, -1])];
      const both = pairedTensor(labelled([4, 5, 6, -1, -1, -1]));
      const [first, second] = both(x, 7);
      const [c, u] = [conditional(x, 7), unconditional(x, 7)];
      expect([array(first), array(second)]).toEqual([array(c), array(u)]);
      const mix = { conditional, unconditional, scale: 3, space: tensorSpace, rescale: rescaleGuidanceTensor(0.7) };
      const joint = await classifierFree<Tensor>({ ...mix, both })(x, 7);
      const separate = await classifierFree<Tensor>(mix)(x, 7);
      expect(array(joint)).toEqual(array(separate));
      return [x, first, second, c, u, joint, separate];
    }));

  test("a result of other rows is an error that leaves nothing behind", () =>
    expectFlat(() => {
      const x = drawn(1, [3, 2]);
      expect(() => pairedTensor(() => ops.zeros([5, 2]))(x, 1)).toThrow(/must have 6 rows, twice those of x/);
      return [x];
    }));
});

describe("classifierGradient", () => {
  const means = [
    [1, -0.5],
    [-1, 0.4],
    [0.2, 1.5],
  ];
  const spread = 0.6;
  /** log p(class, x_t) of a mixture with one covariance, up to what all classes share. */
  const logits = (x: Tensor, t: number): Tensor =>
    own(() => {
      const a = schedule.alphaBar[t]!;
      const centres = ops.mul(ops.tensor2d(means), Math.sqrt(a));
      const distance = ops.sum(ops.square(ops.sub(ops.expandDims(x, 1), ops.expandDims(centres, 0))), 2);
      return ops.div(distance, -2 * (a * spread ** 2 + 1 - a));
    });
  const epsOf = (x: readonly number[], t: number, k: number): number[] => {
    const a = schedule.alphaBar[t]!;
    return x.map((value, i) => (Math.sqrt(1 - a) * (value - Math.sqrt(a) * means[k]![i]!)) / (a * spread ** 2 + 1 - a));
  };
  /** The unconditional eps: those of the classes, weighed by their probabilities. */
  const mixture = (x: Tensor, t: number): Tensor =>
    own(() => {
      const shares = ops.softmax(logits(x, t)).dataSync();
      const values = x.dataSync();
      const rows = Array.from({ length: x.shape[0]! }, (_, row) =>
        [0, 1].map((i) =>
          [0, 1, 2].reduce(
            (sum, k) => sum + shares[3 * row + k]! * epsOf([values[2 * row]!, values[2 * row + 1]!], t, k)[i]!,
            0,
          ),
        ),
      );
      return ops.tensor2d(rows);
    });

  test("of the exact classifier, guidance makes the denoiser of the class alone; -1 asks for none", () =>
    fc.assert(
      fc.asyncProperty(seeds, fc.integer({ min: 50, max: 1000 }), (seed, t) =>
        expectFlat(async () => {
          const x = drawn(seed, [4, 2]);
          const labels = ops.tensor([0, 1, 2, -1], [4], "int32");
          const guided = await classifierGuided<Tensor>({
            denoiser: mixture,
            gradLogP: classifierGradient(logits, labels),
            schedule,
            scale: 1,
            space: tensorSpace,
          })(x, t);
          const [plain, values] = [mixture(x, t), x.dataSync()];
          const want = [0, 1, 2].flatMap((k) => epsOf([values[2 * k]!, values[2 * k + 1]!], t, k));
          expectNear(guided, [...want, ...plain.dataSync().slice(6)], 2e-5);
          return [x, labels, guided, plain];
        }),
      ),
      { numRuns: 30 },
    ));

  test("logits of another shape are an error that leaves nothing behind", () =>
    expectFlat(() => {
      const [x, labels] = [drawn(1, [4, 2]), ops.tensor([0, 1], [2], "int32")];
      expect(() => classifierGradient(logits, labels)(x, 5)).toThrow(
        /logits must be \[batch, classes\].*\[4,3\] and \[2\]/,
      );
      return [x, labels];
    }));
});

test("stopGradient passes the numbers and no derivative, of any order", () =>
  expectFlat(() => {
    const x = drawn(1, [3]);
    const f = (at: Tensor): Tensor => own(() => ops.sum(ops.mul(stopGradient(ops.square(at)), at)));
    const { value, grad: slope } = valueAndGrad(f)(x);
    expectNear(value, [array(x).reduce((sum, v) => sum + v ** 3, 0)]);
    expectNear(
      slope,
      array(x).map((v) => v ** 2),
    );
    const second = grad((at: Tensor) => own(() => ops.sum(grad(f)(at))))(x);
    expectNear(second, [0, 0, 0], 1e-9);
    return [x, value, slope, second];
  }));

test("shapes and shares that do not fit are errors that leave nothing behind", () =>
  expectFlat(() => {
    const [two, three] = [ops.zeros([2, 2]), ops.zeros([3, 3])];
    for (const phi of [-0.1, 1.5, NaN]) expect(() => rescaleGuidanceTensor(phi)).toThrow(/phi must be in 0..1/);
    expect(() => rescaleGuidanceTensor(1)(two, three)).toThrow(/\[2,2\] and \[3,3\]/);
    expect(() => blendTensor(three)(two, two)).toThrow(/and the mask's \[3,3\]/);
    expect(() => blendTensor(two)(two, three)).toThrow(RangeError);
    expect(() => tensorHalves.read(three)).toThrow(/\[..., 2·channels\].*got \[3,3\]/);
    expect(() => tensorHalves.timesExp(three, two, 0, 1)).toThrow();
    return [two, three];
  }));
