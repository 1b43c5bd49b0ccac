import { ddim, ddimEncode, euler, eulerEncode, probabilityFlow, probabilityFlowEncode } from "@nonmarkov/samplers";
import { noiseToSignal } from "@nonmarkov/schedule";
import fc from "fast-check";
import { expect, test } from "vitest";
import { chains } from "./arbitraries.ts";
import { expectNear } from "./expectNear.ts";

test("4.3, (13): DDIM is an Euler step, (13) is (12) at eta = 0, one linear map of x and eps, on any schedule and sub-sequence", () => {
  fc.assert(
    fc.property(chains(), ({ schedule, tau }) => {
      const implicit = ddim({ eta: 0 })(schedule, tau).rows;
      euler()(schedule, tau).rows.forEach((row, i) => {
        const { x0, eps, sigma, alphaBarT } = implicit[i]!;
        // substitute x0 = (x - √(1-a)·eps)/√a
        expectNear(row.x, x0[0]! / Math.sqrt(alphaBarT));
        expectNear(row.eps[0]!, eps[0]! - x0[0]! * noiseToSignal(alphaBarT), 1e-12, row.x);
        expect([row.sigma, sigma]).toEqual([0, 0]);
      });
    }),
    { numRuns: 300 },
  );
});

test("(13), (14): it is the Euler step of the ODE, xbar moves by (sigma_s - sigma_t)·eps", () => {
  fc.assert(
    fc.property(chains(), ({ schedule, tau }) => {
      for (const { x, eps, alphaBarT, alphaBarS } of euler()(schedule, tau).rows) {
        expectNear((x * Math.sqrt(alphaBarT)) / Math.sqrt(alphaBarS), 1);
        const [sigmaT, sigmaS] = [noiseToSignal(alphaBarT), noiseToSignal(alphaBarS)];
        expectNear(eps[0]! / Math.sqrt(alphaBarS), sigmaS - sigmaT, 1e-12, sigmaT);
      }
    }),
  );
});

test("(15): the probability flow's Euler step moves xbar by (sigma_s² - sigma_t²)/2·eps/sigma_t, on any schedule and sub-sequence", () => {
  fc.assert(
    fc.property(chains(), ({ schedule, tau }) => {
      const rows = probabilityFlow()(schedule, tau).rows;
      expect(rows.map(({ t }) => t)).toEqual(tau.toReversed());
      for (const { x, eps, sigma, alphaBarT, alphaBarS } of rows) {
        expectNear((x * Math.sqrt(alphaBarT)) / Math.sqrt(alphaBarS), 1);
        const [sigmaT, sigmaS] = [noiseToSignal(alphaBarT), noiseToSignal(alphaBarS)];
        const step = ((sigmaS - sigmaT) * (sigmaS + sigmaT)) / (2 * sigmaT);
        expectNear(eps[0]! / Math.sqrt(alphaBarS), step, 1e-12, sigmaT);
        expect(sigma).toBe(0);
      }
    }),
    { numRuns: 300 },
  );
});

test.each(["source", "target"] as const)(
  "4.3, (13), (14): encoders are Euler steps of the same ODE from s = 0 up to tau_S, evaluated at the %s",
  (evaluateAt) => {
    fc.assert(
      fc.property(chains({ min: -15, max: 15 }), ({ schedule, tau }) => {
        const stops = [0, ...tau];
        const tables = [ddimEncode, eulerEncode, probabilityFlowEncode].map((plan) =>
          plan({ evaluateAt })(schedule, tau),
        );
        tau.forEach((s, i) => {
          const t = stops[i]!;
          const [sigmaT, sigmaS] = [noiseToSignal(schedule.alphaBar[t]!), noiseToSignal(schedule.alphaBar[s]!)];
          const at = evaluateAt === "target" ? s : Math.max(t, 1);
          const scale = Math.sqrt(schedule.alphaBar[s]!);
          const [implicit, exploding, flow] = tables.map(({ rows }) => rows[i]!);
          for (const row of [implicit!, exploding!, flow!]) {
            expect([row.t, row.s, row.time, row.sigma]).toEqual([t, s, at, 0]);
            expect([row.alphaBarT, row.alphaBarS]).toEqual([schedule.alphaBar[t], schedule.alphaBar[s]]);
          }
          // (12) with x0 = (x - √(1-a)·eps)/√a put in
          expect(implicit!.x).toBe(0);
          expectNear(implicit!.x0[0]!, scale);
          expectNear(implicit!.eps[0]!, Math.sqrt(1 - schedule.alphaBar[s]!));
          for (const row of [exploding!, flow!]) expectNear(row.x, scale / Math.sqrt(schedule.alphaBar[t]!));
          expectNear(exploding!.eps[0]! / scale, sigmaS - sigmaT, 1e-12, sigmaS);
          const drift = noiseToSignal(schedule.alphaBar[at]!);
          expectNear(
            flow!.eps[0]! / scale,
            (sigmaS ** 2 - sigmaT ** 2) / 2 / drift,
            1e-12,
            (sigmaS ** 2 + 1e-280) / drift,
          );
        });
      }),
      { numRuns: 100 },
    );
  },
);
