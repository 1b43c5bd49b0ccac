import { type Tensor, ops, own, treeDispose, valueAndGrad } from "@nonmarkov/autodiff";
import {
  type AppliesLogits,
  type DiscreteBatch,
  crossEntropyLoss,
  implicit,
  klLoss,
  multinomial,
  posteriorKl,
  discreteDdim,
  type Planner,
  type Table,
} from "@nonmarkov/discrete";
import { start } from "@nonmarkov/engine";
import { foldIn, integers, key, normal } from "@nonmarkov/random";
import { cosine, everyT, linear } from "@nonmarkov/schedule";
import { type Loss, adam, initialState, trainStep, disposeState, evaluateLoss } from "@nonmarkov/train";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { planners, schedules } from "./support/arbitraries.ts";
import { numTensors, useCpu } from "./support/cpu.ts";

beforeAll(useCpu);

const numberOf = (tensor: Tensor): number => {
  const [value] = tensor.dataSync();
  tensor.dispose();
  return value!;
};

/** A network of one table of logits, whatever it is shown. */
const constantNet: AppliesLogits<{ readonly logits: Tensor }> = {
  apply: ({ logits }, x) => own(() => ops.add(ops.zerosLike(x), logits)),
};

const batchOf = (seed: number, size: number, dims: number, classes: number): DiscreteBatch => ({
  x: integers(foldIn(key(31), seed), size * dims, 0, classes),
  size,
});

/** The classes of one-hot numbers, K side by side. */
const classesOf = (oneHot: ArrayLike<number>, classes: number): number[] =>
  Array.from({ length: oneHot.length / classes }, (_, i) =>
    Array.from(oneHot)
      .slice(i * classes, (i + 1) * classes)
      .indexOf(1),
  );

const softmax = (logits: readonly number[]): number[] => {
  const most = Math.max(...logits);
  const weights = logits.map((l) => Math.exp(l - most));
  return weights.map((w) => w / weights.reduce((a, b) => a + b, 0));
};

/** The KL loss by direct summation in float64, of the moves and x_t that `prepare` has drawn. */
const summed = (
  table: Table,
  { x, size }: DiscreteBatch,
  classes: number,
  shown: { readonly xt: Tensor; readonly t: Tensor },
  logits: readonly number[],
): number => {
  const xt = classesOf(shown.xt.dataSync(), classes);
  const t = shown.t.dataSync();
  const dims = x.length / size;
  const total = Array.from(x).reduce((sum, x0, i) => {
    const row = table.rows.find((r) => r.t === t[Math.floor(i / dims)])!;
    const j = i % dims;
    return sum + posteriorKl(row, classes)(xt[i]!, x0, softmax(logits.slice(j * classes, (j + 1) * classes)));
  }, 0);
  return total / x.length;
};

test("Appendix A: the KL loss is the directly summed KL of the two categoricals, for every kind of member", () => {
  fc.assert(
    fc.property(
      schedules,
      fc.integer({ min: 2, max: 5 }),
      fc.nat(),
      fc.constantFrom(1, 8),
      (schedule, classes, seed, spread) => {
        const dims = 3;
        const logits = [...normal(key(seed), dims * classes)].map((z) => Math.fround(spread * z));
        const batch = batchOf(seed, 4, dims, classes);
        const params = { logits: ops.tensor(logits) };
        for (const planner of planners(classes)) {
          const table = planner(schedule, everyT(schedule.T));
          const loss = klLoss({ table, net: constantNet, shape: [dims * classes], classes });
          const examples = loss.prepare(batch, key(seed));
          const want = summed(table, batch, classes, examples, logits);
          expect(numberOf(loss.evaluate(params, examples))).toBeCloseTo(want, 4);
          treeDispose(examples);
        }
        treeDispose(params);
      },
    ),
    { numRuns: 60 },
  );
});

test("Appendix A: the KL loss is 0 if the prediction is x_0, and only then", () => {
  const schedule = cosine({ T: 20 });
  for (const classes of [2, 3, 5])
    for (const planner of planners(classes)) {
      const table = planner(schedule, everyT(20));
      const loss = klLoss({ table, net: constantNet, shape: [2 * classes], classes });
      const batch = { x: Uint8Array.from({ length: 128 }, (_, i) => i % 2), size: 64 };
      const at = (gap: number): number => {
        const logits = Array.from({ length: 2 * classes }, (_, i) =>
          i % classes === Math.floor(i / classes) ? gap : 0,
        );
        return numberOf(evaluateLoss(loss, { logits: ops.tensor(logits) }, batch, key(3)));
      };
      expect(Math.abs(at(60))).toBeLessThan(1e-6);
      expect(at(3)).toBeGreaterThan(1e-3);
      expect(at(-3)).toBeGreaterThan(at(3));
    }
});

test("the cross-entropy is the mean of -log f(x_0), and log K before anything is learned", () => {
  const schedule = linear({ T: 10 });
  const loss = crossEntropyLoss({ schedule, net: constantNet, shape: [6], classes: 3 });
  const batch = batchOf(1, 5, 2, 3);
  const logits = [0.3, -1, 2, 0, 4, -0.5];
  const f = [softmax(logits.slice(0, 3)), softmax(logits.slice(3))];
  const want = [...batch.x].reduce((sum, x0, i) => sum - Math.log(f[i % 2]![x0]!), 0) / 10;
  const of = (values: readonly number[]) =>
    numberOf(evaluateLoss(loss, { logits: ops.tensor([...values]) }, batch, key(1)));
  expect(of(logits)).toBeCloseTo(want, 6);
  expect(of(logits.map(() => 0))).toBeCloseTo(Math.log(3), 6);
});

const losses = (classes: number, T = 12) => {
  const schedule = cosine({ T });
  const options = { net: constantNet, shape: [2 * classes], classes };
  const kl = (planner: Planner) => klLoss({ table: planner(schedule, everyT(T)), ...options });
  return {
    "cross-entropy": crossEntropyLoss({ schedule, ...options }),
    "kl, implicit": kl(implicit()),
    "kl, eta 0.5": kl(discreteDdim({ eta: 0.5 })),
    "kl, multinomial": kl(multinomial({ classes })),
  };
};

type AnyLoss = Loss<{ readonly logits: Tensor }, DiscreteBatch, { readonly xt: Tensor; readonly t: Tensor }>;
/** One of them, its examples opened no further than they are alike. */
const lossOf = (name: keyof ReturnType<typeof losses>, classes: number): AnyLoss =>
  losses(classes)[name] as unknown as AnyLoss;

describe.each(Object.keys(losses(3)) as (keyof ReturnType<typeof losses>)[])("%s", (name) => {
  test("Appendix A: the gradient of the loss is right, by finite differences through the network", () => {
    for (const classes of [2, 4])
      for (let seed = 0; seed < 5; seed++) {
        const loss = lossOf(name, classes);
        const examples = loss.prepare(batchOf(seed, 16, 2, classes), key(seed));
        const values = normal(key(40 + seed), 2 * classes);
        const direction = normal(key(50 + seed), 2 * classes);
        const at = (h: number): number =>
          numberOf(
            loss.evaluate(
              {
                logits: ops.tensor(Float32Array.from(values, (v, i) => v + h * direction[i]!)),
              },
              examples,
            ),
          );
        const params = { logits: ops.tensor(Float32Array.from(values)) };
        const { value, grad } = valueAndGrad(loss.evaluate)(params, examples);
        const slope = [...grad.logits.dataSync()].reduce((sum, g, i) => sum + g * direction[i]!, 0);
        const h = 0.02;
        const want = (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h);
        expect(Math.abs(slope - want)).toBeLessThan(1e-3 * Math.abs(want) + 2e-5);
        treeDispose([examples, params, value, grad]);
      }
  });

  test("value and gradient are finite for logits of any size, and push the logit of x_0 up", () => {
    const loss = lossOf(name, 3);
    for (const size of [1e2, 1e4, 1e6]) {
      const examples = loss.prepare({ x: new Uint8Array(64), size: 32 }, key(5));
      const params = { logits: ops.tensor([-size, size, 0, -size, 0, size]) };
      const { value, grad } = valueAndGrad(loss.evaluate)(params, examples);
      expect(Number.isFinite(value.dataSync()[0])).toBe(true);
      const slope = [...grad.logits.dataSync()];
      expect(slope.every(Number.isFinite)).toBe(true);
      expect(slope[0]).toBeLessThan(0);
      treeDispose([examples, params, value, grad]);
    }
  });

  test("tensors stay flat, also after an error", () => {
    const before = numTensors();
    const loss = lossOf(name, 3);
    const params = { logits: ops.tensor([1, 2, 3, 4, 5, 6]) };
    numberOf(evaluateLoss(loss, params, batchOf(1, 4, 2, 3), key(1)));
    const wrong = { logits: ops.tensor([[[1]]]) };
    expect(() => evaluateLoss(loss, wrong, batchOf(1, 4, 2, 3), key(1))).toThrow(RangeError);
    expect(() => evaluateLoss(loss, wrong, batchOf(1, 4, 2, 3), key(1))).toThrow(
      /its input's shape \[4,6\], got \[1,4,6\]/,
    );
    expect(() => evaluateLoss(loss, params, batchOf(1, 4, 3, 3), key(1))).toThrow(/8 classes, got 12; /);
    expect(() => evaluateLoss(loss, params, { x: Uint8Array.of(0, 3), size: 1 }, key(1))).toThrow(
      /x\[1\].*0\.\.2, got 3; /,
    );
    treeDispose([params, wrong]);
    expect(numTensors()).toBe(before);
  });

  test("a row draws the same t and x_t in whatever batch it comes, another key other ones", () => {
    const loss = lossOf(name, 3);
    const big = batchOf(7, 6, 2, 3);
    const shown = (size: number, seed: number): number[] => {
      const examples = loss.prepare({ x: big.x.slice(0, 2 * size), size }, key(seed));
      const numbers = [...examples.t.dataSync().slice(0, 2), ...examples.xt.dataSync().slice(0, 12)];
      treeDispose(examples);
      return numbers;
    };
    expect(shown(2, 1)).toEqual(shown(6, 1));
    expect(shown(6, 1)).not.toEqual(shown(6, 2));
  });
});

test("labels reach a conditional network, and no other", () => {
  const seen: (number[] | undefined)[] = [];
  const net: AppliesLogits<{ logits: Tensor }> = {
    apply: ({ logits }, x, _, labels) => {
      seen.push(labels && [...labels.dataSync()]);
      return own(() => ops.add(ops.zerosLike(x), logits));
    },
  };
  const params = { logits: ops.zeros([4]) };
  const batch = { x: new Uint8Array(6), size: 3, labels: Int32Array.of(2, -1, 0) };
  const schedule = linear({ T: 3 });
  const table = implicit()(schedule, everyT(3));
  for (const conditional of [true, false]) {
    const options = { net, shape: [4], classes: 2, conditional };
    numberOf(evaluateLoss(klLoss({ table, ...options }), params, batch, key(1)));
    numberOf(evaluateLoss(crossEntropyLoss({ schedule, ...options }), params, batch, key(1)));
  }
  expect(seen).toEqual([[2, -1, 0], [2, -1, 0], undefined, undefined]);
  const { labels: _, ...without } = batch;
  const lost = klLoss({ table, net, shape: [4], classes: 2, conditional: true });
  expect(() => lost.prepare(without, key(1))).toThrow(/needs 3 labels, got 0; /);
  params.logits.dispose();
});

test("shapes and tables that cannot be are refused at once", () => {
  const table = implicit()(linear({ T: 3 }), [1, 2, 3]);
  const options = { net: constantNet, shape: [2, 2, 3], classes: 3, table };
  expect(() => klLoss(options)).not.toThrow();
  expect(() => klLoss({ ...options, classes: 2 })).toThrow(/multiple of 2 classes, got \[2,2,3\]; /);
  expect(() => klLoss({ ...options, classes: 1 })).toThrow(/classes must be an integer of at least 2, got 1; /);
  expect(() => klLoss({ ...options, table: { name: "none", rows: [] } })).toThrow(/must have rows/);
  const [row] = table.rows;
  const bad = { name: "bad", rows: [{ ...row!, ofX0: row!.ofX0 + 0.1 }] };
  expect(() => klLoss({ ...options, table: bad })).toThrow(/row 0 of bad must have weights/);
});

test("train takes the losses as they are, and on the recording backend they have the values of the eager one", async () => {
  const of = async (name: keyof ReturnType<typeof losses>): Promise<number[]> => {
    const training = {
      loss: lossOf(name, 3),
      optimizer: adam({ rate: () => 0.1 }),
    };
    const params = { logits: ops.tensor([0.1, -0.2, 0.3, 0, 0, 0]) };
    const step = trainStep(training);
    let state = initialState(training, params, key(2));
    params.logits.dispose();
    const seen: number[] = [];
    for (let i = 0; i < 4; i++) {
      const next = await step(state, batchOf(i, 16, 2, 3));
      disposeState(state);
      state = next.state;
      seen.push(next.loss, next.gradNorm);
    }
    disposeState(state);
    return seen;
  };
  for (const name of Object.keys(losses(3)) as (keyof ReturnType<typeof losses>)[]) {
    await useCpu();
    const eager = await of(name);
    await start({ backend: "nonmarkov", threads: 1 });
    (await of(name)).forEach((value, i) => expect(value).toBeCloseTo(eager[i]!, 5));
  }
  await useCpu();
});
