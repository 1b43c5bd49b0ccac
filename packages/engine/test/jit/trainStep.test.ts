import {
  ops,
  own,
  type Tensor,
  type Tree,
  treeAdd,
  treeDispose,
  treeMap,
  treeNorm,
  valueAndGrad,
} from "@nonmarkov/autodiff";
import { jit } from "@nonmarkov/engine";
import { foldIn, key, normal } from "@nonmarkov/random";
import { linear } from "@nonmarkov/schedule";
import {
  adam,
  adamw,
  type Batch,
  chain,
  clipByGlobalNorm,
  diffusionLoss,
  ema,
  initialState,
  type Optimizer,
  scaleBySchedule,
  sgd,
  trainingKeys,
  trainStep,
  warmup,
} from "@nonmarkov/train";
import { memory } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { expectFences, startGuarded } from "../kernels/reference/guarded.ts";
import { ours } from "../kernels/reference/run.ts";
import { expectIdentical, expectNear } from "./reference/compare.ts";
import { parametersOf, type Subject, subjects } from "./reference/networks.ts";

beforeAll(async () => {
  await startGuarded(2);
});

type Trees = { readonly params: Tree; readonly ema: Tree; readonly opt: Tree };
type Wrap = <A extends readonly unknown[], R extends Tree>(f: (...args: A) => R) => (...args: A) => R;

const schedule = linear({ T: 50 });
const decay = ema({ decay: 0.9 });
const steps = 4;

const batchAt = ({ dims, classes }: Subject, step: number): Batch => {
  const width = dims.reduce((a, b) => a * b);
  const size = step === 2 ? 5 : 4; // one batch of another size
  return {
    x: Float32Array.from(normal(foldIn(key(9), step), size * width)),
    ...(classes === undefined ? {} : { labels: Int32Array.from({ length: size }, (_, i) => i % classes) }),
    size,
  };
};

/** The whole training, step by step, as its definition says; its two parts wrapped. */
const trained = (subject: Subject, optimizer: Optimizer<Tree>, wrap: Wrap): Trees[] => {
  const loss = diffusionLoss({
    schedule,
    net: { apply: subject.net.apply },
    shape: subject.dims,
    conditional: subject.classes !== undefined,
  });
  const measure = wrap(
    (params: Tree, examples: Tree) => valueAndGrad(loss.evaluate)(params, examples as never) as never,
  );
  const advance = wrap((trees: Trees, grads: Tree, numbers: readonly Tensor[]): Trees =>
    own(() => {
      const [forgotten, ...coefs] = numbers;
      const { updates, state } = optimizer.update(grads, trees.opt, trees.params, coefs);
      const params = treeAdd(trees.params, updates);
      const average = treeMap((e, p) => ops.add(e, ops.mul(ops.sub(p, e), forgotten!)), trees.ema, params);
      return { params, ema: average, opt: state };
    }),
  );
  const start = parametersOf(subject, 1);
  const states: Trees[] = [own(() => ({ params: start, ema: start, opt: optimizer.init(start) }))];
  treeDispose(start);
  for (let step = 0; step < steps; step++)
    states.push(
      own(() => {
        const examples = loss.prepare(batchAt(subject, step), foldIn(trainingKeys(key(3)).loss, step));
        const { grad } = measure(states[step]!.params, examples as never) as unknown as { grad: Tree };
        const numbers = [1 - decay(step), ...optimizer.coefs(step)].map((number) => ops.scalar(number));
        return advance(states[step]!, grad, numbers);
      }),
    );
  return states;
};

/** An optimizer whose state is any tree. */
const general = <S extends Tree>(optimizer: Optimizer<S>): Optimizer<Tree> => optimizer as unknown as Optimizer<Tree>;

/** A large epsilon lets Adam not take roundings of small gradients for gradients. */
const optimizers: Readonly<Record<string, Optimizer<Tree>>> = {
  "clipping and AdamW": general(chain(clipByGlobalNorm(0.5), adamw({ rate: 1e-2, decay: 0.1, epsilon: 1e-2 }))), // prettier-ignore
  "Adam with a warm-up": general(chain(adam({ rate: 1, epsilon: 1e-2 }), scaleBySchedule(warmup(10, 1e-2)))),
  "descent with momentum": general(sgd({ rate: 0.05, momentum: 0.9 })),
};

const eager: Wrap = (f) => f;

describe("recorded and eager training are the same, over some steps with a moving average", () => {
  test.each([
    ["a U-Net of one level", "clipping and AdamW"],
    ["an MLP with classes", "clipping and AdamW"],
    ["an MLP with classes", "Adam with a warm-up"],
    ["an MLP with classes", "descent with momentum"],
  ])("%s, %s", async (name, how) => {
    const optimizer = optimizers[how]!;
    const before = memory().numTensors;
    const subject = subjects[name]!;
    const want = trained(subject, optimizer, eager);
    const exact = trained(subject, optimizer, (f) => jit(f, { fusion: false }));
    const fused = trained(subject, optimizer, (f) => jit(f));
    expectIdentical(exact, want, "without fusion:");
    expectNear(fused, want, 1e-4, "with fusion:");

    const loss = diffusionLoss({ schedule, net: { apply: subject.net.apply }, shape: subject.dims, conditional: subject.classes !== undefined }); // prettier-ignore
    const training = { loss, optimizer, emaDecay: decay };
    const start = parametersOf(subject, 1);
    for (const overwrite of [false, true]) {
      const step = trainStep(training, { overwrite });
      let state = initialState(training, start, key(3));
      for (let i = 0; i < steps; i++) {
        const { state: next, loss, gradNorm } = await step(state, batchAt(subject, i));
        expect([loss, gradNorm].every(Number.isFinite)).toBe(true);
        treeDispose([state.params, state.ema, state.opt]);
        state = next;
      }
      const made = { params: state.params, ema: state.ema, opt: state.opt };
      expectNear(made, want[steps]!, 1e-4, "trainStep:");
      expectIdentical(made, fused[steps]!, "trainStep:");
      treeDispose(made);
    }
    treeDispose([want, exact, fused, start] as never);
    expect(memory().numTensors).toBe(before);
    expectFences(ours().machine);
  });
});

test("the norm of a gradient is that of all leaves together, recorded or not", () => {
  const subject = subjects["an MLP"]!;
  const params = parametersOf(subject, 1);
  const [want, got] = [treeNorm(params), jit((p: Tree) => treeNorm(p))(params)];
  expectNear(got, want, 1e-6);
  treeDispose([params, want, got]);
});
