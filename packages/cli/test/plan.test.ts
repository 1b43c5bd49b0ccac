import { linear } from "@nonmarkov/schedule";
import { describe, expect, test } from "vitest";
import { deterministicNames, gridNames, samplerNames, tauNames } from "../src/options/sampler-options.ts";
import { plan, planEncode } from "../src/plan.ts";
import { planEdit } from "../src/plan-edit.ts";

const schedule = linear({ T: 1000 });
const ways = [...tauNames, ...gridNames];

describe.each(samplerNames)("--sampler %s", (sampler) => {
  test.each(ways)("goes from T to clean data along --tau %s", (tau) => {
    const { rows } = plan(schedule, { sampler, tau, steps: 10 });
    expect(rows[0]!.t).toBeGreaterThan(tau === "leading" || tau.startsWith("authors") ? 750 : 990);
    expect(rows.at(-1)!.alphaBarS).toBe(1);
    expect(rows.length).toBeGreaterThanOrEqual(10);
  });

  test.each(["linear", "karras"] as const)("edits from an index on along --tau %s", (tau) => {
    const { rows } = planEdit(schedule, { sampler, tau, steps: 20, from: 600, resample: 1, jump: 1 });
    const [raised, first] = [rows[0]!, rows[rows[0]!.time === null ? 1 : 0]!];
    expect(raised.t).toBeCloseTo(600, 9);
    expect(first.time).toBeLessThan(1000);
    expect(rows.at(-1)!.alphaBarS).toBe(1);
  });
});

describe.each(deterministicNames)("--sampler %s", (sampler) => {
  test.each(ways)("encodes along --tau %s", (tau) => {
    const { rows } = planEncode(schedule, { sampler, tau, steps: 10 }, "source");
    expect(rows[0]!.t).toBeLessThanOrEqual(1);
    expect(rows.at(-1)!.s).toBeGreaterThan(tau === "leading" || tau.startsWith("authors") ? 750 : 990);
    for (const { sigma, x, x0, eps } of rows) {
      expect(sigma).toBe(0);
      expect([x, ...x0, ...eps].every(Number.isFinite)).toBe(true);
    }
  });
});

test.each(samplerNames.filter((name) => !deterministicNames.includes(name)))("%s has no way back", (sampler) => {
  expect(() => planEncode(schedule, { sampler, tau: "linear" }, "source")).toThrow(/draws noise and has no way back/);
});

test("options of one sampler are refused for others, by name", () => {
  const path = { tau: "linear", steps: 10 } as const;
  expect(() => plan(schedule, { sampler: "heun", eta: 1, ...path })).toThrow(
    /--eta: belongs to --sampler ddim or euler-a/,
  );
  expect(() => plan(schedule, { sampler: "ddim", churn: 1, ...path })).toThrow(/--churn: belongs to --sampler edm/);
  expect(() => plan(schedule, { sampler: "pndm", tau: "linear", steps: 3 })).toThrow(/pndm: there must be 4 moves/);
});
