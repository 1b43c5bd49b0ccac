import { mkdir, rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { join } from "node:path";
import { writeFileAtomic } from "@nonmarkov/files/node";
import { schedulerDefects } from "@nonmarkov/diffusers";
import { samplers } from "@nonmarkov/samplers";
import { renderPage as renderDiffusers } from "./diffusersPage/renderPage.ts";
import { overviewChart, samplerChart } from "./samplersPage/charts.ts";
import { measure } from "./samplersPage/measure.ts";
import { points, schedule } from "./samplersPage/problem.ts";
import { renderPage } from "./samplersPage/renderPage.ts";

/** Measures every sampler, and writes docs/samplers.md with its pictures and numbers, and docs/diffusers.md. */

const docs = fileURLToPath(new URL("../docs", import.meta.url));
const folder = join(docs, "samplers");
const results = await measure(samplers, (id) => console.log(id));
await rm(folder, { recursive: true, force: true });
await mkdir(folder, { recursive: true });
const write = (name: string, text: string): Promise<void> => writeFileAtomic(join(folder, name), text);
await write("results.json", `${JSON.stringify(results, null, 2)}\n`);
for (const measured of results.samplers) await write(`${measured.id}.svg`, samplerChart(results, measured));
const ode = samplers.flatMap(({ id, noise }) => (noise ? [] : [id]));
const sde = samplers.flatMap(({ id, noise }) => (noise ? [id] : []));
await write("error.svg", overviewChart(results, "error", ode));
await write("distance.svg", overviewChart(results, "distance", sde));
await writeFileAtomic(join(docs, "samplers.md"), await renderPage(samplers, results, { points, T: schedule.T }));
await writeFileAtomic(join(docs, "diffusers.md"), await renderDiffusers(schedulerDefects));
console.log(`docs/samplers.md: ${samplers.length} samplers`);
