import {
  arraySpace,
  ddim,
  ddimEncode,
  euler,
  eulerEncode,
  probabilityFlow,
  probabilityFlowEncode,
  sample,
  type Denoiser,
  type Planner,
} from "@nonmarkov/samplers";
import { everyT, fromNoiseToSignal, linear, linearTau, type Schedule } from "@nonmarkov/schedule";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { between, chains } from "./arbitraries.ts";
import { expectNear } from "./expectNear.ts";

/** Data ~ N(0, diag(variances)): the optimal eps is linear, and the ODE is solved in closed form. */
type Gaussian = { readonly variances: readonly number[]; readonly sigmaT: number };
const gaussians: fc.Arbitrary<Gaussian> = fc.record({
  variances: fc.array(between(0.3, 4), { minLength: 1, maxLength: 3 }),
  sigmaT: between(1, 10),
});
const optimal =
  (variances: readonly number[], { alphaBar }: Schedule): Denoiser<Float64Array> =>
  (x, t) => {
    const ab = alphaBar[t]!;
    return x.map((value, j) => (Math.sqrt(1 - ab) * value) / (ab * variances[j]! + 1 - ab));
  };
/** Equal steps in sigma, which is what each S halves. */
const ladder = ({ sigmaT }: Gaussian, S: number): Schedule =>
  fromNoiseToSignal(Array.from({ length: S }, (_, i) => (sigmaT * (i + 1)) / S));
/** x_s / x_t along each direction. */
const solution = (variances: readonly number[], abT: number, abS: number): number[] =>
  variances.map((l) => Math.sqrt((abS * l + 1 - abS) / (abT * l + 1 - abT)));

const start = (data: Gaussian): Float64Array => Float64Array.from(data.variances, (_, j) => 1 + j / 3);
const largest = (values: readonly number[]): number => Math.max(...values.map(Math.abs));

/** How far S steps of a planner end from the solution, as a part of it. */
const errorAt = async (planner: Planner, data: Gaussian, S: number): Promise<number> => {
  const schedule = ladder(data, S);
  const table = planner(schedule, everyT(S));
  const [first, last] = [table.rows[0]!, table.rows.at(-1)!];
  const x = start(data);
  const got = await sample({ table, denoiser: optimal(data.variances, schedule), xT: x, space: arraySpace() });
  const exact = solution(data.variances, first.alphaBarT, last.alphaBarS);
  return largest(exact.map((factor, j) => got[j]! / (factor * x[j]!) - 1));
};
const orderOf = async (planner: Planner, data: Gaussian, S: number): Promise<number> =>
  Math.log2((await errorAt(planner, data, S)) / (await errorAt(planner, data, 2 * S)));

describe.each([
  ["(12) at eta = 0", ddim({ eta: 0 })],
  ["(13), Euler in sigma", euler()],
  ["(15), Euler on the probability flow", probabilityFlow()],
  ["(12) backwards, evaluated at the source", ddimEncode()],
  ["(12) backwards, evaluated at the target", ddimEncode({ evaluateAt: "target" })],
  ["(13) backwards, evaluated at the source", eulerEncode()],
  ["(15) backwards, evaluated at the target", probabilityFlowEncode({ evaluateAt: "target" })],
])("%s", (_, planner) => {
  test("Proposition 1: on Gaussian data it converges to the solution of the ODE, x_s/x_t = √((a_s l + 1-a_s)/(a_t l + 1-a_t)), with order 1", async () => {
    await fc.assert(
      fc.asyncProperty(gaussians, async (data) => {
        const order = await orderOf(planner, data, 512);
        expect(order).toBeGreaterThan(0.9);
        expect(order).toBeLessThan(1.1);
        expect(await errorAt(planner, data, 1024)).toBeLessThan(0.02);
      }),
      { numRuns: 6 },
    );
  });
});

test("(15) backwards, evaluated at the source, converges as well, though its first moves leave sigma = 0", async () => {
  const data = { variances: [0.5, 2], sigmaT: 5 };
  const errors = await Promise.all([250, 500, 1000, 2000].map((S) => errorAt(probabilityFlowEncode(), data, S)));
  errors.slice(1).forEach((error, i) => expect(error / errors[i]!).toBeLessThan(0.6));
});

test("(13), (15): both views have one limit, and at 1 to 100 steps on the paper's schedule (13) is nearer to it than (15), by half and more", async () => {
  const schedule = linear();
  const space = arraySpace();
  await fc.assert(
    fc.asyncProperty(between(0.05, 4), fc.integer({ min: 1, max: 100 }), async (variance, S) => {
      const [exact] = solution([variance], schedule.alphaBar[1000]!, 1);
      const errorOf = async (planner: Planner): Promise<number> => {
        const run = { denoiser: optimal([variance], schedule), space };
        const got = await sample({ ...run, table: planner(schedule, linearTau(1000, S)), xT: Float64Array.of(1) });
        return Math.abs(got[0]! / exact! - 1);
      };
      expect(await errorOf(euler())).toBeLessThan(0.5 * (await errorOf(probabilityFlow())));
    }),
    { numRuns: 100 },
  );
});

describe("4.3, encode then decode", () => {
  /** The largest error of data → latent → data. */
  const roundTrip = async (encode: Planner, decode: Planner, data: Gaussian, S: number): Promise<number> => {
    const schedule = ladder(data, S);
    const run = { denoiser: optimal(data.variances, schedule), space: arraySpace() };
    const x0 = start(data);
    const latent = await sample({ ...run, table: encode(schedule, everyT(S)), xT: x0 });
    const decoded = await sample({ ...run, table: decode(schedule, everyT(S)), xT: latent });
    return largest([...decoded.map((value, j) => value - x0[j]!)]);
  };

  test.each([
    ["DDIM, evaluated at the source", ddimEncode(), ddim()],
    ["DDIM, evaluated at the target", ddimEncode({ evaluateAt: "target" }), ddim()],
    ["probability flow, evaluated at the target", probabilityFlowEncode({ evaluateAt: "target" }), probabilityFlow()],
  ] as const)("%s: returns x0 as S grows, with order 1", async (_, encode, decode) => {
    // near some variance the leading error cancels, and the order seems higher: one direction is always far from there
    const plain = gaussians.map((data) => ({ ...data, variances: [...data.variances, 3] }));
    await fc.assert(
      fc.asyncProperty(plain, async (data) => {
        const [coarse, fine] = [
          await roundTrip(encode, decode, data, 512),
          await roundTrip(encode, decode, data, 1024),
        ];
        expect(Math.log2(coarse / fine)).toBeGreaterThan(0.9);
        expect(Math.log2(coarse / fine)).toBeLessThan(1.1);
      }),
      { numRuns: 6 },
    );
  });

  test("a network that does not look at x is undone exactly by every pair, whatever the schedule, when evaluated at the target", async () => {
    const blind: Denoiser<Float64Array> = (x, t) => x.map((_, j) => Math.sin(3 * t + j));
    await fc.assert(
      fc.asyncProperty(chains({ min: -10, max: 10 }), async ({ schedule, tau }) => {
        const x0 = Float64Array.of(0.5, -1, 2);
        for (const [encode, decode] of [
          [ddimEncode, ddim],
          [eulerEncode, euler],
          [probabilityFlowEncode, probabilityFlow],
        ] as const) {
          const run = { denoiser: blind, space: arraySpace() };
          const latent = await sample({ ...run, table: encode({ evaluateAt: "target" })(schedule, tau), xT: x0 });
          const decoded = await sample({ ...run, table: decode()(schedule, tau), xT: latent });
          // rounding in x_T is enlarged by 1/√a_T on the way back
          const scale = 1 / Math.sqrt(schedule.alphaBar[tau.at(-1)!]!);
          x0.forEach((value, j) => expectNear(decoded[j]!, value, 1e-12, scale * (1 + tau.length)));
        }
      }),
      { numRuns: 60 },
    );
  });
});
