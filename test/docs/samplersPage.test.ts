import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { schedulerDefects } from "@nonmarkov/diffusers";
import { samplers } from "@nonmarkov/samplers";
import { describe, expect, test } from "vitest";
import { renderPage as renderDiffusers } from "../../scripts/diffusersPage/renderPage.ts";
import { measurePoint, type Results } from "../../scripts/samplersPage/measure.ts";
import { points, reference, schedule } from "../../scripts/samplersPage/problem.ts";
import { renderPage } from "../../scripts/samplersPage/renderPage.ts";

const docs = fileURLToPath(new URL("../../docs/", import.meta.url));
const read = (name: string): string => readFileSync(`${docs}${name}`, "utf8");
const results = JSON.parse(read("samplers/results.json")) as Results;

test("docs/samplers.md is what npm run samplers would write of its numbers, with a picture of each sampler", async () => {
  expect(await renderPage(samplers, results, { points, T: schedule.T })).toBe(read("samplers.md"));
  for (const { id } of samplers) expect(existsSync(`${docs}samplers/${id}.svg`), id).toBe(true);
});

test("docs/diffusers.md is what npm run samplers would write", async () => {
  expect(await renderDiffusers(schedulerDefects)).toBe(read("diffusers.md"));
});

describe("its numbers are those that the samplers have now", async () => {
  const exact = await reference();

  test.each(samplers.map((info) => [info.id, info] as const))("%s", async (id, info) => {
    const kept = results.samplers.find((sampler) => sampler.id === id)!.points[0]!;
    const { evaluations, error, distance } = await measurePoint(info, Math.max(info.fewest, 4), exact);
    expect(evaluations).toBe(kept.evaluations);
    expect(distance).toBeCloseTo(kept.distance, 6);
    if (error === null) expect(kept.error).toBeNull();
    else expect(error).toBeCloseTo(kept.error!, 6);
  });
});
