import { attention, groupNormSilu, ops, silu, type Tensor } from "@nonmarkov/autodiff";
import fc from "fast-check";

/** Which op, and numbers that decide what it is applied to and how. */
export type Choice = { readonly kind: string; readonly picks: readonly number[] };

type Four = Parameters<typeof ops.conv2d>[1];
type Make = (pick: (i: number) => Tensor, seed: number) => Tensor;

const shapeWith4Axes = ({ shape }: Tensor): [number, number, number, number] =>
  [1, 1, 1, 1, ...shape].slice(-4) as [number, number, number, number];

const broadcasts = (a: Tensor, b: Tensor): boolean => {
  const [p, q] = [a, b].map(({ shape }) => [...shape].reverse()) as [number[], number[]];
  return p.every((n, i) => n === 1 || (q[i] ?? 1) === 1 || n === q[i]);
};

/** Of two values where they broadcast, else of the first alone. */
const binary =
  (f: (a: Tensor, b: Tensor) => Tensor): Make =>
  (pick) => {
    const [a, b] = [pick(0), pick(1)];
    return broadcasts(a, b) ? f(a, b) : f(a, a);
  };

/** A scalar as a list of one number. */
const withAxis = (x: Tensor): Tensor => (x.rank > 0 ? x : ops.reshape(x, [1]));

const axesOf = (x: Tensor, seed: number): number[] => x.shape.flatMap((_, i) => ((seed >> i) & 1 ? [i] : []));

/** Ops whose results stay of moderate size. */
const makers: Readonly<Record<string, Make>> = {
  add: binary((a, b) => ops.mul(ops.add(a, b), 0.5)),
  sub: binary(ops.sub),
  mul: binary((a, b) => ops.mul(ops.sin(a), b)),
  div: binary((a, b) => ops.div(a, ops.add(ops.square(b), 1))),
  maximum: binary(ops.maximum),
  minimum: binary(ops.minimum),
  difference: binary((a, b) => ops.squaredDifference(ops.tanh(a), ops.tanh(b))),
  tanh: (pick) => ops.tanh(pick(0)),
  sigmoid: (pick) => ops.sigmoid(pick(0)),
  swish: (pick) => ops.mul(pick(0), ops.sigmoid(pick(0))),
  exp: (pick) => ops.exp(ops.minimum(pick(0), 1)),
  neg: (pick) => ops.neg(pick(0)),
  scale: (pick, seed) => ops.mul(pick(0), [1, 0.5, -2, 0.1, 0, -1][seed % 6]!),
  shift: (pick, seed) => ops.add(pick(0), [0, 0.5, -1, 0.1][seed % 4]!),
  fromOne: (pick) => ops.sub(1, pick(0)),
  halved: (pick, seed) => ops.div(pick(0), [2, 3, 1][seed % 3]!),
  clip: (pick) => ops.clipByValue(pick(0), -0.8, 1.2),
  relu: (pick) => ops.relu(pick(0)),
  root: (pick) => ops.sqrt(ops.add(ops.square(pick(0)), 0.1)),
  softplus: (pick) => ops.softplus(pick(0)),
  sum: (pick, seed) => ops.mul(ops.sum(pick(0), axesOf(pick(0), seed), seed % 2 === 0), 0.2),
  mean: (pick, seed) => ops.mean(pick(0), axesOf(pick(0), seed), seed % 2 === 0),
  max: (pick, seed) => ops.max(pick(0), axesOf(pick(0), seed), seed % 2 === 0),
  softmax: (pick) => ops.softmax(withAxis(pick(0))),
  transpose: (pick, seed) => {
    const axes = pick(0).shape.map((_, i) => i);
    const perm = pick(0).shape.map((_, i) => axes.splice((seed * (i + 3)) % axes.length, 1)[0]!);
    return ops.transpose(pick(0), perm);
  },
  flat: (pick) => ops.reshape(pick(0), [-1]),
  folded: (pick) => ops.reshape(pick(0), pick(0).size % 2 === 0 ? [2, -1] : [-1]),
  product: (pick, seed) => {
    const x = pick(0).rank >= 2 ? pick(0) : ops.reshape(pick(0), [1, -1]);
    return ops.mul(ops.matMul(x, x, seed % 2 === 0, seed % 2 === 1), 0.1);
  },
  silu: (pick) => silu(pick(0)),
  norm: (pick) => {
    const x = ops.reshape(pick(0), [-1, ...shapeWith4Axes(pick(0)).slice(2)]);
    const [ones, zeros] = [ops.ones([x.shape[2]!]), ops.zeros([x.shape[2]!])];
    return groupNormSilu(x, ones, zeros, { groups: x.shape[2]! % 2 === 0 ? 2 : 1, eps: 0.1 });
  },
  attention: (pick, seed) => {
    const x = ops.reshape(pick(0), [-1, ...shapeWith4Axes(pick(0)).slice(2)]);
    return attention(x, seed % 2 === 0 ? x : ops.neg(x), ops.sin(x), 0.5);
  },
  convolution: (pick, seed) => {
    const x = ops.reshape(pick(0), [-1, ...shapeWith4Axes(pick(0)).slice(1)]);
    const size = [1, 3, 3, 2][seed % 4]!;
    const channels = x.shape[3]!;
    const weights = Array.from({ length: size * size * channels * 3 }, (_, i) => Math.sin(i * 1.3 + seed) / 4);
    const filter = ops.tensor(weights, [size, size, channels, 3]);
    return ops.conv2d(x as Four, filter as Four, 1 + (seed % 2), "same");
  },
  slice: (pick) => {
    const begin = withAxis(pick(0)).shape.map((n) => Math.floor(n / 3));
    return ops.slice(withAxis(pick(0)), begin);
  },
  pad: (pick, seed) =>
    ops.pad(
      withAxis(pick(0)),
      withAxis(pick(0)).shape.map((_, i): [number, number] => [(seed >> i) & 1, (seed >> (i + 1)) & 1]),
      0.5,
    ),
  concat: (pick, seed) => ops.concat([withAxis(pick(0)), withAxis(pick(0))], seed % withAxis(pick(0)).rank),
  reverse: (pick) => ops.reverse(withAxis(pick(0))),
  split: (pick) => {
    const x = pick(0);
    const axis = x.shape.findIndex((n) => n % 2 === 0);
    return axis < 0 ? x : ops.split(x, 2, axis)[1]!;
  },
  stack: (pick) => ops.stack([pick(0), ops.neg(pick(0))]),
  clone: (pick) => ops.clone(pick(0)),
  ones: (pick) => ops.onesLike(pick(0)),
  step: (pick) => ops.mul(ops.step(pick(0)), pick(0)),
  gather: (pick) => ops.gather(withAxis(pick(0)), ops.tensor1d([0, 0], "int32")),
  compare: (pick) => ops.cast(ops.greater(pick(0), 0.1), "float32"),
  where: (pick) => ops.where(ops.less(pick(0), 0), ops.zerosLike(pick(0)), pick(0)),
};

const shapes: readonly (readonly number[])[] = [
  [2, 3, 4],
  [4],
  [3, 1],
  [2, 1, 1],
  [24],
  [2, 12],
  [],
  [6, 4],
  [1, 5, 5, 3],
];

/** Shapes of inputs, ops on them and on each other's results, and which of all values are returned. */
export type Composition = {
  readonly inputs: readonly (readonly number[])[];
  readonly choices: readonly Choice[];
  readonly outputs: readonly number[];
};

const most = 600;

/** The function that a composition describes: pure, of tensors of its inputs' shapes. */
export const functionOf =
  ({ choices, outputs }: Composition): ((xs: readonly Tensor[]) => Tensor[]) =>
  (xs) => {
    const made = [...xs];
    for (const { kind, picks } of choices) {
      // Recent values are picked more often: chains are what passes look for.
      const pick = (i: number): Tensor =>
        made[made.length - 1 - (picks[i]! % Math.min(made.length, 3 + (picks[i]! % 9)))]!;
      const y = makers[kind]!(pick, picks[2]!);
      if (y.size <= most && y.rank <= 5) made.push(y);
    }
    return outputs.map((i) => made[made.length - 1 - (i % made.length)]!);
  };

/** Any composition of up to 20 ops. */
export const compositions: fc.Arbitrary<Composition> = fc.record({
  inputs: fc.array(fc.constantFrom(...shapes), { minLength: 1, maxLength: 3 }),
  choices: fc.array(
    fc.record({
      kind: fc.constantFrom(...Object.keys(makers)),
      picks: fc.array(fc.nat(1000), { minLength: 3, maxLength: 3 }),
    }),
    { maxLength: 20, size: "max" },
  ),
  outputs: fc.array(fc.nat(30), { minLength: 1, maxLength: 3 }),
});
