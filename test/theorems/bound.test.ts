import { elboWeights, fromAlphaBar, maxSigma, posterior, type Schedule } from "@nonmarkov/schedule";
import fc from "fast-check";
import { test } from "vitest";
import { between, schedules, tausOf } from "./arbitraries.ts";
import { expectNear } from "./expectNear.ts";
import { expectQuadratic, logNormal } from "./gaussian.ts";

/** eps_theta(x, t), affine in x, so that every logarithm of a density below is quadratic in the noise. */
type Network = readonly { readonly slope: number; readonly offset: number }[];
const predict = (network: Network, x: number, t: number): number => network[t]!.slope * x + network[t]!.offset;

const cases = schedules({ min: -4, max: 4, most: 6 })
  .filter(({ alphaBar }) => alphaBar.every((ab, t) => t === 0 || ab < alphaBar[t - 1]! - 1e-3))
  .chain((schedule) =>
    fc.record({
      schedule: fc.constant(schedule),
      tau: tausOf(schedule).map((tau) => [...tau.filter((t) => t !== schedule.T), schedule.T]),
      shares: fc.array(between(0.2, 0.95), { minLength: schedule.T + 1, maxLength: schedule.T + 1 }),
      network: fc.array(fc.record({ slope: between(-1, 1), offset: between(-1, 1) }), {
        minLength: schedule.T + 1,
        maxLength: schedule.T + 1,
      }),
      x0: between(-2, 2),
    }),
  );

/**
 * The bound of C.1 by its definition, E[log q(x_1..x_T|x0) - log p(x_0..x_T)], all expectations exact: q draws x_T, then
 * along tau by (7), and every other x_t by q(x_t|x0); p goes along tau by (10) and says p(x0|x_t) = N(f_theta(x_t), sigma_t²)
 * at the other t and at tau_1. With tau = 1..T this is (11).
 * @param sigmas entry t: of the move from t along tau, or the decoder's at t
 */
const boundOf = (
  { T, alphaBar }: Schedule,
  tau: readonly number[],
  sigmas: readonly number[],
  network: Network,
  x0: number,
): number => {
  const schedule: Schedule = { name: "", T, alphaBar };
  const f = (x: number, t: number): number =>
    (x - Math.sqrt(1 - alphaBar[t]!) * predict(network, x, t)) / Math.sqrt(alphaBar[t]!);
  const outside = Array.from({ length: T }, (_, i) => i + 1).filter((t) => !tau.includes(t));
  return expectQuadratic(T, (z) => {
    let x = Math.sqrt(alphaBar[T]!) * x0 + Math.sqrt(1 - alphaBar[T]!) * z[T - 1]!;
    let log = logNormal(x, Math.sqrt(alphaBar[T]!) * x0, Math.sqrt(1 - alphaBar[T]!)) - logNormal(x, 0, 1);
    for (let i = tau.length - 1; i >= 1; i--) {
      const [t, s] = [tau[i]!, tau[i - 1]!];
      const { x0Coef, xtCoef, sigma } = posterior(schedule, { t, s, sigma: sigmas[t]! });
      const next = x0Coef * x0 + xtCoef * x + sigma * z[s - 1]!;
      log += logNormal(next, x0Coef * x0 + xtCoef * x, sigma) - logNormal(next, x0Coef * f(x, t) + xtCoef * x, sigma);
      x = next;
    }
    log -= logNormal(x0, f(x, tau[0]!), sigmas[tau[0]!]!);
    for (const t of outside) {
      const [mean, noise] = [Math.sqrt(alphaBar[t]!) * x0, Math.sqrt(1 - alphaBar[t]!)];
      const xt = mean + noise * z[t - 1]!;
      log += logNormal(xt, mean, noise) - logNormal(x0, f(xt, t), sigmas[t]!);
    }
    return log;
  });
};

/** L_gamma of (5), exactly. */
const lossOf = ({ T, alphaBar }: Schedule, gamma: readonly number[], network: Network, x0: number): number => {
  let sum = 0;
  for (let t = 1; t <= T; t++)
    sum += expectQuadratic(1, ([eps]) => {
      const x = Math.sqrt(alphaBar[t]!) * x0 + Math.sqrt(1 - alphaBar[t]!) * eps!;
      return gamma[t]! * (predict(network, x, t) - eps!) ** 2;
    });
  return sum;
};

/** E[log q(x_T|x0) - log N(x_T; 0, 1)]. */
const prior = ({ T, alphaBar }: Schedule, x0: number): number =>
  (alphaBar[T]! * x0 ** 2 + 1 - alphaBar[T]! - 1 - Math.log(1 - alphaBar[T]!)) / 2;
const log2Pi = Math.log(2 * Math.PI);

test("(11), Theorem 1: J_sigma, by its definition from the densities of (6) and (10), is L_gamma + KL(q(x_T|x0) || N(0,1)) + log(2π sigma_1²)/2, for every network", () => {
  fc.assert(
    fc.property(cases, ({ schedule, shares, network, x0 }) => {
      const { T, alphaBar } = schedule;
      const sigmas = alphaBar.map((_, t) => (t < 2 ? shares[t]! : shares[t]! * maxSigma(alphaBar[t - 1]!)));
      const everyT = Array.from({ length: T }, (_, i) => i + 1);
      const loss = lossOf(schedule, elboWeights(schedule, sigmas), network, x0);
      const constant = prior(schedule, x0) + (log2Pi + 2 * Math.log(sigmas[1]!)) / 2;
      const bound = boundOf(schedule, everyT, sigmas, network, x0);
      expectNear(bound, loss + constant, 1e-9, Math.abs(loss) + 10 * T);
    }),
    { numRuns: 150 },
  );
});

test("C.1: the bound of the process that goes along tau, with the other x_t hanging on x0 alone, is L_gamma + C: (11)'s weights of the respaced schedule on tau, (1-a_t)/(2 sigma_t² a_t) at every other t", () => {
  fc.assert(
    fc.property(cases, ({ schedule, tau, shares, network, x0 }) => {
      const { T, alphaBar } = schedule;
      const below = new Map(tau.map((t, i) => [t, tau[i - 1] ?? 0]));
      // sigma of a move along tau is admissible for where it ends; the decoders' are any positive numbers
      const sigmas = alphaBar.map((_, t) =>
        (below.get(t) ?? 0) === 0 ? shares[t]! : shares[t]! * maxSigma(alphaBar[below.get(t)!]!),
      );
      const respaced = fromAlphaBar(tau.map((t) => alphaBar[t]!));
      const onTau = elboWeights(respaced, [0, ...tau.map((t) => sigmas[t]!)]);
      const gamma = alphaBar.map((ab, t) => {
        if (t === 0) return 0;
        const i = tau.indexOf(t);
        return i < 0 ? (1 - ab) / (2 * sigmas[t]! ** 2 * ab) : onTau[i + 1]!;
      });
      const outside = Array.from({ length: T }, (_, i) => i + 1).filter((t) => !tau.includes(t));
      const decoder = (t: number): number => (log2Pi + 2 * Math.log(sigmas[t]!)) / 2;
      const entropy = (t: number): number => (log2Pi + Math.log(1 - alphaBar[t]!) + 1) / 2;
      const constant =
        prior(schedule, x0) + decoder(tau[0]!) + outside.reduce((sum, t) => sum + decoder(t) - entropy(t), 0);
      const loss = lossOf(schedule, gamma, network, x0);
      expectNear(boundOf(schedule, tau, sigmas, network, x0), loss + constant, 1e-9, Math.abs(loss) + 10 * T);
    }),
    { numRuns: 200 },
  );
});
