import { ddim, fromSigmas } from "@nonmarkov/samplers";
import { everyT, fromAlphaBar, posterior } from "@nonmarkov/schedule";
import fc from "fast-check";
import { expect, test } from "vitest";
import { between, chains, givenX0 } from "./arbitraries.ts";
import { expectNear } from "./expectNear.ts";

test("C.1: the inference process along tau has q(x_t|x0) = N(√a_t x0, (1-a_t) I) at every t of 1..T, in tau by its moves, outside of it by definition", () => {
  fc.assert(
    fc.property(chains(), ({ schedule, tau, sigmas }) => {
      const { alphaBar, T } = schedule;
      const start = alphaBar[tau.at(-1)!]!;
      const margins = new Map([[tau.at(-1)!, { mean: Math.sqrt(start), variance: 1 - start }]]);
      let at = margins.get(tau.at(-1)!)!;
      for (const row of fromSigmas(sigmas)(schedule, tau).rows) {
        const { ofX, ofX0, sigma } = givenX0(row);
        at = { mean: ofX * at.mean + ofX0, variance: ofX ** 2 * at.variance + sigma ** 2 };
        margins.set(row.s, at);
      }
      expect([...margins.keys()].sort((a, b) => a - b)).toEqual([0, ...tau]);
      for (let t = 0; t <= T; t++) {
        const margin = margins.get(t);
        if (margin === undefined) continue;
        expectNear(margin.mean, Math.sqrt(alphaBar[t]!));
        expectNear(margin.variance, 1 - alphaBar[t]!);
      }
    }),
    { numRuns: 300 },
  );
});

test("C.1: the generative process on tau never looks at the schedule outside of tau: it is that of the respaced schedule, row by row", () => {
  fc.assert(
    fc.property(chains(), between(0, 1), ({ schedule, tau, sigmas }, eta) => {
      const respaced = fromAlphaBar(tau.map((t) => schedule.alphaBar[t]!));
      for (const planner of [fromSigmas(sigmas), ddim({ eta })]) {
        const skipping = planner(schedule, tau).rows;
        const walking = planner(respaced, everyT(respaced.T)).rows;
        expect(skipping.map(({ x, x0, eps, sigma }) => ({ x, x0, eps, sigma }))).toEqual(
          walking.map(({ x, x0, eps, sigma }) => ({ x, x0, eps, sigma })),
        );
        expect(skipping.map(({ t, s }) => [t, s])).toEqual(walking.map(({ t, s }) => [tau[t - 1], tau[s - 1] ?? 0]));
      }
    }),
    { numRuns: 200 },
  );
});

test("C.1: on tau, q(x_s|x_t,x0) is (7) with the neighbours of tau in the place of t-1 and t", () => {
  fc.assert(
    fc.property(chains({ min: -15, max: 15 }), ({ schedule, tau, sigmas }) => {
      const respaced = fromAlphaBar(tau.map((t) => schedule.alphaBar[t]!));
      [...sigmas].reverse().forEach((sigma, i) => {
        const skipping = posterior(schedule, { t: tau[i]!, s: tau[i - 1] ?? 0, sigma });
        expect(posterior(respaced, { t: i + 1, sigma })).toEqual(skipping);
      });
    }),
  );
});
