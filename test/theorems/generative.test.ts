import { foldIn, key, normal } from "@nonmarkov/random";
import { arraySpace, ddim, fromSigmas, outputMap, sample, trajectory, type Denoiser } from "@nonmarkov/samplers";
import { posterior, sigmaEta } from "@nonmarkov/schedule";
import fc from "fast-check";
import { expect, test } from "vitest";
import { between, chains, schedules, tausOf } from "./arbitraries.ts";
import { expectNear } from "./expectNear.ts";

const space = arraySpace();
/** A network that is neither linear nor right. */
const network: Denoiser<Float64Array> = (x, t) => x.map((value, j) => Math.sin(3 * value + t) + 0.3 * j);
const start = Float64Array.of(0.4, -1.7, 2.2);
const range = { min: -10, max: 10 };

test("(9): f_theta(x_t) = (x_t - √(1-a_t) eps_theta)/√a_t undoes (4): the right eps gives x0 back", () => {
  fc.assert(
    fc.property(schedules({ min: -20, max: 20 }), between(-3, 3), between(-3, 3), ({ alphaBar }, x0, eps) => {
      for (const ab of alphaBar) {
        const xt = Math.sqrt(ab) * x0 + Math.sqrt(1 - ab) * eps;
        const [fromX, fromEps] = outputMap("eps", ab).x0;
        expectNear(fromX, 1 / Math.sqrt(ab));
        expectNear(fromEps, -Math.sqrt(1 - ab) / Math.sqrt(ab));
        expectNear(fromX * xt + fromEps * eps, x0, 1e-13, Math.abs(x0) + (2 * Math.abs(eps)) / Math.sqrt(ab));
      }
    }),
    { numRuns: 300 },
  );
});

test("(9): the x0 that a trajectory shows is f_theta at x_t, for any network, in every move", async () => {
  await fc.assert(
    fc.asyncProperty(chains(range), async ({ schedule, tau, sigmas }) => {
      let x: Float64Array = start;
      const run = { table: fromSigmas(sigmas)(schedule, tau), denoiser: network, xT: start, space, key: key(1) };
      for await (const { t, x0, x: next } of trajectory(run)) {
        const ab = schedule.alphaBar[t]!;
        const eps = await network(x, t);
        x0.forEach((value, j) =>
          expectNear(
            value,
            (x[j]! - Math.sqrt(1 - ab) * eps[j]!) / Math.sqrt(ab),
            1e-12,
            (Math.abs(x[j]!) + 2) / Math.sqrt(ab),
          ),
        );
        x = Float64Array.from(next);
      }
    }),
    { numRuns: 100 },
  );
});

test("(10): p_theta(x_s|x_t) is q_sigma(x_s|x_t, f_theta(x_t)) of (7), by the executor, and its mean is f_theta(x_1) at the end", async () => {
  await fc.assert(
    fc.asyncProperty(chains(range), async ({ schedule, tau, sigmas }) => {
      let x: Float64Array = start;
      let step = 0;
      const run = { table: fromSigmas(sigmas)(schedule, tau), denoiser: network, xT: start, space, key: key(2) };
      for await (const { t, s, x: next } of trajectory(run)) {
        const ab = schedule.alphaBar[t]!;
        const eps = await network(x, t);
        const f = x.map((value, j) => (value - Math.sqrt(1 - ab) * eps[j]!) / Math.sqrt(ab));
        const { x0Coef, xtCoef, sigma } = posterior(schedule, { t, s, sigma: sigmas[step]! });
        const z = normal(foldIn(foldIn(key(2), step), 0), 3);
        next.forEach((value, j) => {
          const want = s === 0 ? f[j]! : x0Coef * f[j]! + xtCoef * x[j]! + sigma * z[j]!;
          expectNear(value, want, 1e-11, (Math.abs(x[j]!) + 4) / Math.sqrt(ab));
        });
        x = Float64Array.from(next);
        step++;
      }
      expect(step).toBe(tau.length);
    }),
    { numRuns: 150 },
  );
});

test("(12): x_s = √a_s (x_t - √(1-a_t) eps)/√a_t + √(1-a_s-sigma²) eps + sigma z, as the paper writes it, one move after the other", async () => {
  await fc.assert(
    fc.asyncProperty(chains({ min: -8, max: 8 }), async ({ schedule, tau, sigmas }) => {
      const stops = [0, ...tau].reverse();
      let x: Float64Array = start;
      let scale = 1;
      for (const [i, sigma] of sigmas.entries()) {
        const [abT, abS] = [schedule.alphaBar[stops[i]!]!, schedule.alphaBar[stops[i + 1]!]!];
        const eps = await network(x, stops[i]!);
        const z = normal(foldIn(foldIn(key(3), i), 0), 3);
        const table = fromSigmas(sigmas)(schedule, tau);
        const got = await sample({
          table: { name: "one move", rows: [table.rows[i]!] },
          denoiser: network,
          xT: x,
          space: { ...space, normal: () => z.slice() },
          key: key(3),
        });
        scale = Math.max(...x.map(Math.abs)) + 4;
        got.forEach((value, j) => {
          const x0 = (x[j]! - Math.sqrt(1 - abT) * eps[j]!) / Math.sqrt(abT);
          const rest = Math.sqrt(Math.max(0, 1 - abS - sigma ** 2));
          // the textbook root cancels where sigma is at its largest
          expectNear(value, Math.sqrt(abS) * x0 + rest * eps[j]! + sigma * z[j]!, 1e-7, scale / Math.sqrt(abT));
        });
        x = got;
      }
    }),
    { numRuns: 100 },
  );
});

test("(16): sigma(eta) = eta √((1-a_s)/(1-a_t)) √(1-a_t/a_s) in every row of every sub-sequence; 0 at eta = 0, Ho's β̃ at eta = 1", () => {
  fc.assert(
    fc.property(
      schedules({ min: -12, max: 12 }).chain((schedule) => fc.tuple(fc.constant(schedule), tausOf(schedule))),
      between(0, 1),
      ([schedule, tau], eta) => {
        const rows = ddim({ eta })(schedule, tau).rows;
        const stops = [0, ...tau].reverse();
        expect(rows.map(({ t, s }) => [t, s])).toEqual(stops.slice(1).map((s, i) => [stops[i], s]));
        for (const { t, s, sigma, eps } of rows) {
          const [abT, abS] = [schedule.alphaBar[t]!, schedule.alphaBar[s]!];
          const want = abT === abS ? 0 : eta * Math.sqrt((1 - abS) / (1 - abT)) * Math.sqrt(1 - abT / abS);
          // 1 - a_t/a_s loses what the two have in common
          expectNear(sigma ** 2, want ** 2, 1e-12, want ** 2 + (1e-3 * eta ** 2 * (1 - abS)) / (1 - abT));
          expectNear(sigma, eta * sigmaEta(abT, abS, 1));
          expectNear(eps[0]! ** 2 + sigma ** 2, 1 - abS);
        }
        for (const row of ddim({ eta: 0 })(schedule, tau).rows) expect(row.sigma).toBe(0);
      },
    ),
    { numRuns: 300 },
  );
});
