import {
  blendTensor,
  classifierGradient,
  clipTensor,
  dynamicThresholdTensor,
  ops,
  own,
  pairedTensor,
  rescaleGuidanceTensor,
  tensorHalves,
  tensorSpace,
  type Tensor,
  type Tree,
  treeDispose,
} from "@nonmarkov/autodiff";
import { denoiserOf } from "@nonmarkov/nets";
import { key } from "@nonmarkov/random";
import {
  classifierFree,
  classifierGuided,
  ddim,
  ddimEncode,
  ddpm,
  langevin,
  learnedVariance,
  type Planner,
  preconditioned,
  replaceKnown,
  replaceKnownX0,
  resampled,
  type Run,
  sample,
  samplers,
} from "@nonmarkov/samplers";
import { linearTau } from "@nonmarkov/schedule";
import type { ContractCase } from "../contractCase.ts";
import { integers, normals, repeated } from "../inputs.ts";
import { schedule, tinyNet, tinyParams, withVariance } from "../tinyNet.ts";

const rows = 133;
const tau = linearTau(100, 5);
const table = (planner: Planner) => planner(schedule, tau);

type Part = Partial<Run<Tensor>> & Pick<Run<Tensor>, "table" | "denoiser">;

/** A run whose parts are made anew; what they borrow is freed after it. */
const sampled = (name: string, make: (borrow: <T extends Tree>(tree: T) => T) => Part): ContractCase => ({
  area: "samplers",
  name,
  bound: 2e-5,
  ways: {
    sampled: async () => {
      const borrowed: Tree[] = [];
      const borrow = <T extends Tree>(tree: T): T => {
        borrowed.push(tree);
        return tree;
      };
      try {
        return await sample({ xT: borrow(normals([rows, 2])), space: tensorSpace, key: key(6), ...make(borrow) });
      } finally {
        treeDispose(borrowed);
      }
    },
  },
});

/** Denoisers that are no networks. */
const damped = (x: Tensor): Tensor => own(() => ops.mul(ops.tanh(x), 0.9));
const shifted = (x: Tensor): Tensor => own(() => ops.sub(ops.sin(x), 0.1));
const plain = { table: table(ddim()), denoiser: damped };
const wanted = (): Tensor => integers([rows], 2);
const mask = (): Tensor => repeated([1, 2], [1, 0]);

/** Every sampler of the catalogue, and what is done around them. */
export const samplerCases: readonly ContractCase[] = [
  ...samplers.map(({ id, planner }) =>
    sampled(id, (borrow) => ({ table: table(planner), denoiser: denoiserOf(tinyNet, borrow(tinyParams())) })),
  ),
  sampled("with clipped predictions", () => ({ ...plain, mapX0: clipTensor(0.5) })),
  sampled("with a dynamic threshold", () => ({ ...plain, mapX0: dynamicThresholdTensor({ ratio: 0.7, max: 3 }) })),
  sampled("with classifier-free guidance, rescaled", (borrow) => ({
    ...plain,
    xT: borrow(normals([rows, 7])), // of two numbers the spread may be next to nothing
    denoiser: classifierFree({
      conditional: damped,
      unconditional: shifted,
      both: pairedTensor((x) => own(() => ops.concat([damped(ops.slice(x, 0, rows)), shifted(ops.slice(x, rows, rows))]))),
      scale: 3,
      space: tensorSpace,
      rescale: rescaleGuidanceTensor(0.7),
    }),
  })),
  sampled("with classifier guidance", (borrow) => ({
    ...plain,
    denoiser: classifierGuided({
      denoiser: damped,
      gradLogP: classifierGradient((x) => own(() => ops.mul(ops.square(x), 0.5)), borrow(wanted())),
      schedule,
      scale: 2,
      space: tensorSpace,
    }),
  })),
  sampled("with a learned variance", (borrow) => {
    const params = borrow(tinyParams());
    return {
      table: table(ddpm({ variance: "learned" })),
      denoiser: (x, t) => own(() => withVariance.apply(params, x, ops.fill([1], t))),
      ...learnedVariance({ kind: "range", halves: tensorHalves }),
    };
  }),
  sampled("with a part that is known", (borrow) => ({
    table: table(resampled(ddpm(), { jump: 2, times: 2 })),
    denoiser: damped,
    correct: replaceKnown({ known: borrow(normals([rows, 2], 3)), blend: blendTensor(borrow(mask())) }),
  })),
  sampled("with a part of the prediction that is known", (borrow) => ({
    ...plain,
    mapX0: replaceKnownX0({ known: borrow(normals([rows, 2], 3)), blend: blendTensor(borrow(mask())) }),
  })),
  sampled("with a corrector", () => ({ ...plain, correct: langevin({ stepSize: 0.01, steps: 2 }) })),
  sampled("of a preconditioned network", () => ({
    table: table(ddim()),
    prediction: "x0",
    denoiser: preconditioned({ network: damped, schedule, space: tensorSpace }),
  })),
  sampled("of v", () => ({ ...plain, prediction: "v" })),
  sampled("backwards", () => ({ table: table(ddimEncode()), denoiser: damped })),
]; // prettier-ignore
