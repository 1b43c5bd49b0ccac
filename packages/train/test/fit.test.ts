import {
  type Tensor,
  type Tree,
  ops,
  own,
  treeAdd,
  treeClone,
  treeCombine,
  treeDispose,
  treeLeaves,
  valueAndGrad,
} from "@nonmarkov/autodiff";
import { foldIn, key } from "@nonmarkov/random";
import { linear } from "@nonmarkov/schedule";
import {
  type AdamState,
  type Batch,
  type FitEvent,
  type Loss,
  NonFiniteError,
  type State,
  type Training,
  adam,
  chain,
  clipByGlobalNorm,
  cosineRate,
  diffusionLoss,
  disposeState,
  drawNoise,
  ema,
  fit,
  initialState,
  sgd,
  stateFromArrays,
  stateToArrays,
  trainStep,
  trainingKeys,
  warmup,
} from "@nonmarkov/train";
import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { numTensors, useCpu } from "./support/cpu.ts";
import { type Linear, linearNet, linearParams } from "./support/linearNet.ts";
import { updateAt } from "./support/updateAt.ts";

beforeAll(useCpu);

const rate = warmup(3, cosineRate({ from: 0.01, steps: 20 }));
const training = {
  loss: diffusionLoss({ schedule: linear({ T: 10 }), net: linearNet, shape: [2] }),
  optimizer: chain(clipByGlobalNorm(1), adam({ rate })),
  emaDecay: ema({ decay: 0.9 }),
};
const batch = (dataKey: ReturnType<typeof key>, step: number): Batch => ({
  x: Float32Array.from(drawNoise(dataKey, 4, 2, 4 * step)),
  size: 4,
});

const begin = <S extends Tree, B, E extends Tree>(how: Training<Linear, S, B, E>, seed = 1): State<Linear, S> => {
  const numbers = drawNoise(key(seed), 1, 6);
  const params = linearParams(2, (i) => numbers[i]!);
  const state = initialState(how, params, key(seed + 1));
  treeDispose(params);
  return state;
};

const numbers = (tree: Tree): number[] => treeLeaves(tree).flatMap((leaf) => [...leaf.dataSync()]);
const everything = ({ step, key, params, ema, opt }: State<Tree, Tree>): unknown => [
  step,
  key,
  numbers(params),
  numbers(ema),
  numbers(opt),
];

/** A loss of the parameters alone. */
const lossOf = (evaluate: (params: Linear) => Tensor): Loss<Linear, undefined, Record<string, never>> => ({
  prepare: () => ({}),
  evaluate: (params) => own(() => evaluate(params)),
});

/** Trains until a step, and keeps only plain numbers of the events. */
const run = async <S extends Tree, B, E extends Tree>(
  how: Training<Linear, S, B, E>,
  given: State<Linear, S>,
  until: number,
  batches: (dataKey: ReturnType<typeof key>, step: number) => B,
): Promise<{ state: State<Linear, S>; told: Omit<FitEvent<Tree, Tree>, "state">[] }> => {
  let state = given;
  const told = [];
  for await (const event of fit(how, { state, batch: batches, until })) {
    const { state: next, ...rest } = event;
    state = next;
    told.push(rest);
  }
  return { state, told };
};

test("k steps, then m steps from there, are k + m steps, bit for bit: states and events", () =>
  fc.assert(
    fc.asyncProperty(fc.nat(6), fc.nat(6), fc.integer(), async (k, m, seed) => {
      const whole = await run(training, begin(training, seed), k + m, batch);
      const first = await run(training, begin(training, seed), k, batch);
      const second = await run(training, first.state, k + m, batch);
      expect(everything(second.state)).toEqual(everything(whole.state));
      expect([...first.told, ...second.told]).toEqual(whole.told);
      disposeState(second.state);
      disposeState(whole.state);
    }),
    { numRuns: 15 },
  ));

test("a state that was turned into arrays and back goes on bit for bit as if it had never been", async () => {
  const before = numTensors();
  const like = begin(training, 9);
  const half = await run(training, begin(training), 4, batch);
  const saved = await stateToArrays(half.state);
  const restored = stateFromArrays(like, structuredClone(saved));
  expect(everything(restored)).toEqual(everything(half.state));
  const [straight, resumed] = [await run(training, half.state, 9, batch), await run(training, restored, 9, batch)];
  expect(everything(resumed.state)).toEqual(everything(straight.state));
  expect(saved.trees.params.map(([name, { shape }]) => [name, shape])).toEqual([
    ["bias", [2]],
    ["weight", [2, 2]],
  ]);
  expect(saved.trees.optimizer.map(([name]) => name)).toEqual(
    ["mean.bias", "mean.weight", "square.bias", "square.weight"].map((name) => `1.${name}`),
  );
  expect(saved.step).toBe(4);
  [like, straight.state, resumed.state].forEach(disposeState);
  expect(numTensors()).toBe(before);
});

test("arrays that do not fit are errors that name the array, and leave no tensors behind", async () => {
  const state = begin(training);
  const saved = await stateToArrays(state);
  const before = numTensors();
  const withParams = (params: unknown) =>
    stateFromArrays(state, { ...saved, trees: { ...saved.trees, params } } as typeof saved);
  const bias = saved.trees.params[0]![1];
  expect(() => withParams(saved.trees.params.slice(1))).toThrow(/"bias" is missing/);
  expect(() => withParams([...saved.trees.params, ["other", bias]])).toThrow(/"other" is not a path/);
  expect(() => withParams([["bias", { ...bias, shape: [3] }]])).toThrow(
    /"bias" of shape \[3\] must have 3 numbers, got 2/,
  );
  expect(() => withParams([["bias", { ...bias, data: new Float64Array(2) }]])).toThrow(
    /Float32Array, got Float64Array/,
  );
  expect(numTensors()).toBe(before);
  disposeState(state);
});

test("fit tells the step, the rate of the update, and the norm of the gradient before it is clipped", async () => {
  const steep = {
    loss: lossOf(({ bias }) => ops.sum(ops.mul(bias, [30, 40]))),
    optimizer: chain(clipByGlobalNorm(1), sgd({ rate })),
  };
  const { state, told } = await run(steep, begin(steep), 4, () => undefined);
  expect(told.map(({ step, lr, gradNorm, skipped }) => ({ step, lr, gradNorm, skipped }))).toEqual(
    [0, 1, 2, 3].map((i) => ({ step: i + 1, lr: rate(i), gradNorm: 50, skipped: false })),
  );
  disposeState(state);
});

test("one step adds the optimizer's updates, and moves the average towards the new parameters by 1 - decay", async () => {
  const simple = {
    loss: lossOf(({ bias }) => ops.sum(ops.square(bias))),
    optimizer: sgd({ rate: 0.25 }),
    emaDecay: (step: number): number => 0.5 + step,
  };
  const start = begin(simple);
  const [bias, weight] = [numbers(start.params.bias), numbers(start.params.weight)];
  const { state } = await trainStep(simple)(start, undefined);
  expect(numbers(state.params.bias)).toEqual(bias.map((v) => v / 2));
  expect(numbers(state.params.weight)).toEqual(weight);
  numbers(state.ema.bias).forEach((v, i) => expect(v).toBeCloseTo(0.75 * bias[i]!, 6));
  disposeState(start);
  disposeState(state);
});

test("a step borrows its state: two steps from one state give the same, and the state stays as it is", async () => {
  const state = begin(training);
  const before = everything(state);
  const data = batch(key(3), 0);
  const [first, second] = [await trainStep(training)(state, data), await trainStep(training)(state, data)];
  expect(everything(second.state)).toEqual(everything(first.state));
  disposeState(first.state);
  expect(everything(state)).toEqual(before);
  disposeState(second.state);
  disposeState(state);
});

test("batches come from one key that is not the state's, and from the step", async () => {
  const asked: unknown[] = [];
  const { state } = await run(training, begin(training), 3, (dataKey, step) => {
    asked.push([dataKey, step]);
    return batch(dataKey, step);
  });
  const { data } = trainingKeys(key(2));
  expect(asked).toEqual([0, 1, 2].map((step) => [data, step]));
  disposeState(state);
});

test("the number of tensors is flat over 1,000 steps, and nothing is left at the end", async () => {
  const before = numTensors();
  let state = begin(training);
  const alive = numTensors();
  const examples = training.loss.prepare(batch(key(1), 0), key(2));
  const perStep = numTensors() - alive;
  treeDispose(examples);
  for await (const event of fit(training, { state, batch, until: 1000 })) {
    state = event.state;
    expect(numTensors()).toBe(alive + (event.step < 1000 ? perStep : 0)); // those of the next step
  }
  expect(state.step).toBe(1000);
  expect(numTensors()).toBe(alive);
  disposeState(state);
  expect(numTensors()).toBe(before);
});

/** The sum of the bias's squares, but not finite at some steps: the batch says. */
const fragile = {
  loss: {
    prepare: (factor: number): Tensor => ops.scalar(factor),
    evaluate: ({ bias }: Linear, factor: Tensor): Tensor => own(() => ops.mul(ops.sum(ops.square(bias)), factor)),
  },
  optimizer: adam({ rate: 0.1 }),
};

test.each([NaN, Infinity])("a step whose loss is %d is skipped with a warning, and counts", async (bad) => {
  const start = begin(fragile);
  const before = everything({ ...start, step: 1 });
  const { state, told } = await run(fragile, start, 1, () => bad);
  expect(told[0]).toMatchObject({ step: 1, skipped: true });
  expect(told[0]!.warning).toMatch(/^step 1 was skipped: its loss was (NaN|Infinity), the norm of its gradient/);
  expect(everything(state)).toEqual(before);
  const next = await run(fragile, state, 2, () => 1);
  expect(next.told[0]).toMatchObject({ step: 2, skipped: false });
  expect(next.told[0]).not.toHaveProperty("warning");
  expect(numbers(next.state.params)).not.toEqual(before);
  disposeState(next.state);
});

test("a finite loss with a gradient that is not finite is skipped as well", async () => {
  const cliff = {
    loss: lossOf(({ bias }) => ops.sum(ops.sqrt(ops.mul(bias, 0)))),
    optimizer: sgd({ rate: 1 }),
  };
  const { state, told } = await run(cliff, begin(cliff), 1, () => undefined);
  expect(told[0]!.loss).toBe(0);
  expect(told[0]!.skipped).toBe(true);
  disposeState(state);
});

test("more skips in a row than allowed are a typed error whose state has everything of the last good step", async () => {
  const before = numTensors();
  let state = begin(fragile);
  const alive = numTensors();
  let good: unknown[] = [];
  let steps = 0;
  const failing = fit(fragile, { state, batch: (_, step) => (step < 3 ? 1 : NaN), maxSkips: 2 });
  const error = await (async () => {
    for await (const event of failing) {
      state = event.state;
      steps++;
      if (!event.skipped) good = [numbers(state.params), numbers(state.ema), numbers(state.opt)];
    }
  })().catch((error: unknown) => error);
  expect(error).toBeInstanceOf(NonFiniteError);
  const thrown = error as NonFiniteError;
  expect(steps).toBe(5); // three good ones, two that were let pass
  expect(thrown).toMatchObject({ name: "NonFiniteError", skips: 3, loss: NaN });
  expect(thrown.message).toMatch(/at step 5 the loss was NaN.*3\. time in a row.*lower learning rate/);
  expect(thrown.state.step).toBe(state.step);
  expect([numbers(thrown.state.params), numbers(thrown.state.ema), numbers(thrown.state.opt)]).toEqual(good);
  expect(numTensors()).toBe(alive);
  disposeState(thrown.state);
  expect(numTensors()).toBe(before);
});

test("good steps between bad ones start the count again", async () => {
  const options = { state: begin(fragile), batch: (_: unknown, step: number) => (step % 3 < 2 ? NaN : 1), maxSkips: 2 };
  let state = options.state;
  for await (const event of fit(fragile, { ...options, until: 12 })) state = event.state;
  expect(state.step).toBe(12);
  disposeState(state);
});

test("an error of the loss, the batch or the optimizer passes through, and leaves one live state", async () => {
  const fail = (when: boolean): void => {
    if (when) throw new Error("on purpose");
  };
  const { loss, optimizer } = fragile;
  const failing: readonly Training<Linear, AdamState, number, Tensor>[] = [
    {
      ...fragile,
      loss: {
        ...loss,
        prepare: (factor) => {
          const examples = ops.scalar(factor);
          fail(factor === 3);
          return examples;
        },
      },
    },
    {
      ...fragile,
      loss: {
        // another shape, which has not been recorded
        prepare: (factor) => (factor === 3 ? ops.zeros([3]) : ops.scalar(factor)),
        evaluate: (params, factor) => {
          const value = loss.evaluate(params, factor);
          fail(factor.rank > 0);
          return value;
        },
      },
    },
    {
      ...fragile,
      optimizer: {
        ...optimizer,
        coefs: (step) => {
          fail(step === 3);
          return optimizer.coefs(step);
        },
      },
    },
    {
      ...fragile,
      emaDecay: (step) => {
        fail(step === 3);
        return 0.9;
      },
    },
    fragile,
  ];
  for (const [i, how] of failing.entries()) {
    const before = numTensors();
    let state = begin(how);
    const alive = numTensors();
    const batches = async (_: unknown, step: number): Promise<number> => {
      fail(i === failing.length - 1 && step === 3);
      return step;
    };
    const loop = async (): Promise<void> => {
      for await (const event of fit(how, { state, batch: batches })) state = event.state;
    };
    await expect(loop()).rejects.toThrow("on purpose");
    expect(state.step).toBe(3);
    expect(numTensors()).toBe(alive);
    disposeState(state);
    expect(numTensors()).toBe(before);
  }
});

test("a signal stops after a whole step, also one that comes from a timer, and training can go on from there", async () => {
  const before = numTensors();
  let state = begin(training);
  const alive = numTensors();
  const stop = new AbortController();
  setTimeout(() => stop.abort(), 30);
  for await (const event of fit(training, { state, batch, signal: stop.signal })) state = event.state;
  const { step } = state;
  expect(step).toBeGreaterThan(0);
  expect(numTensors()).toBe(alive);
  const straight = await run(training, begin(training), step + 2, batch);
  const resumed = await run(training, state, step + 2, batch);
  expect(everything(resumed.state)).toEqual(everything(straight.state));
  disposeState(straight.state);
  disposeState(resumed.state);
  expect(numTensors()).toBe(before);
});

test("the next batch is asked for while a step is computed, and none beyond the end; an error in it comes after the step", async () => {
  const asked: number[] = [];
  const batches = async (dataKey: ReturnType<typeof key>, step: number): Promise<Batch> => {
    asked.push(step);
    if (step === 3) throw new Error("on purpose");
    return batch(dataKey, step);
  };
  let state = begin(training);
  const alive = numTensors();
  const seen: unknown[] = [];
  const loop = async (until: number): Promise<void> => {
    for await (const event of fit(training, { state, batch: batches, until })) {
      state = event.state;
      seen.push([event.step, [...asked]]);
    }
  };
  await loop(2);
  expect(seen).toEqual([[1, [0, 1]], [2, [0, 1]]]); // prettier-ignore
  expect(numTensors()).toBe(alive);
  await expect(loop(9)).rejects.toThrow("on purpose");
  expect(state.step).toBe(3);
  expect(numTensors()).toBe(alive);
  disposeState(state);
});

test("a batch that never comes holds up no break, and one that comes after it is not made into examples", async () => {
  const prepared: number[] = [];
  const counted = {
    ...fragile,
    loss: { ...fragile.loss, prepare: (step: number): Tensor => (prepared.push(step), ops.scalar(step)) },
  };
  let come = (_: number): void => undefined;
  const late = new Promise<number>((resolve) => (come = resolve));
  let state = begin(counted);
  const alive = numTensors();
  for await (const event of fit(counted, { state, batch: (_, step) => (step === 0 ? 0 : late) })) {
    state = event.state;
    break;
  }
  come(1);
  await late;
  await new Promise((resolve) => setTimeout(resolve, 0));
  expect(prepared).toEqual([0]);
  expect(numTensors()).toBe(alive);
  disposeState(state);
});

test("a signal that is given up beforehand, or a step that is reached already, means no step; break keeps the state", async () => {
  let state = begin(training);
  for await (const event of fit(training, { state, batch, signal: AbortSignal.abort() })) state = event.state;
  for await (const event of fit(training, { state, batch, until: 0 })) state = event.state;
  expect(state.step).toBe(0);
  for await (const event of fit(training, { state, batch })) {
    state = event.state;
    if (event.step === 2) break;
  }
  expect(everything(state)).toHaveLength(5);
  expect(state.step).toBe(2);
  disposeState(state);
});

test("counts out of range are errors", async () => {
  const state = begin(training);
  await expect(fit(training, { state, batch, until: -1 }).next()).rejects.toThrow(/fit: until must be.*got -1/);
  await expect(fit(training, { state, batch, maxSkips: 0.5 }).next()).rejects.toThrow(/fit: maxSkips must be.*got 0.5/);
  disposeState(state);
});

test("training is what loss, optimizer and average say when they are called one by one, also for batches that change", async () => {
  const { loss, optimizer, emaDecay } = training;
  const sizes = [4, 4, 3, 4, 3, 7];
  const batches = (dataKey: ReturnType<typeof key>, step: number): Batch => ({
    x: Float32Array.from(drawNoise(foldIn(dataKey, step), sizes[step]!, 2)),
    size: sizes[step]!,
  });
  const before = numTensors();
  const { state, told } = await run(training, begin(training), sizes.length, batches);
  let { params, ema, opt } = begin(training);
  const keys = trainingKeys(state.key);
  for (let step = 0; step < sizes.length; step++) {
    const examples = loss.prepare(batches(keys.data, step), foldIn(keys.loss, step));
    const { value, grad } = valueAndGrad(loss.evaluate)(params, examples);
    expect(told[step]!.loss).toBeCloseTo(value.dataSync()[0]!, 5);
    const next = updateAt(optimizer, { grads: grad, state: opt, params, step });
    const moved = treeAdd(params, next.updates);
    const average = treeCombine([emaDecay(step), 1 - emaDecay(step)], [ema, moved]);
    treeDispose([examples, value, grad, params, ema, opt, next.updates]);
    [params, ema, opt] = [moved, average, next.state];
  }
  const want = numbers([params, ema, opt]);
  numbers([state.params, state.ema, state.opt]).forEach((v, i) => expect(v).toBeCloseTo(want[i]!, 5));
  treeDispose([params, ema, opt]);
  disposeState(state);
  expect(numTensors()).toBe(before);
});

test("a loss may be any function of tensors, such as linear regression on a batch of tensors, which is borrowed", async () => {
  type Points = { readonly x: Tensor; readonly y: Tensor };
  const regression = {
    loss: {
      prepare: (batch: Points): Points => treeClone(batch),
      evaluate: (params: Linear, { x, y }: Points): Tensor =>
        own(() => ops.mean(ops.square(ops.sub(linearNet.apply(params, x), y)))),
    },
    optimizer: sgd({ rate: 0.1 }),
  };
  const [x, y] = [ops.tensor(Float32Array.from(drawNoise(key(5), 20, 2)), [20, 2]), ops.ones([20, 2])];
  const before = numTensors();
  const { state } = await run(regression, begin(regression), 200, () => ({ x, y }));
  numbers(state.params.bias).forEach((v) => expect(v).toBeCloseTo(1, 3));
  numbers(state.params.weight).forEach((v) => expect(v).toBeCloseTo(0, 3));
  disposeState(state);
  expect(numTensors()).toBe(before);
  treeDispose([x, y]);
});
