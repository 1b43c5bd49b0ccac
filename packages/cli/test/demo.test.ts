import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { explanationSection } from "../src/report/explanation-section.ts";
import { runCli } from "./run-cli.ts";

const dir = mkdtempSync(join(tmpdir(), "nonmarkov-demo-"));
const out = join(dir, "demo");
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const browser = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync);
if (browser === undefined && process.env["CI"])
  throw new Error("demo test: CI needs chromium; apt-get install chromium");

type Result = {
  readonly report: string;
  readonly run: string;
  readonly measurements: readonly { readonly steps: number; readonly sampler: string; readonly evaluations: number }[];
};
let result: Result;

beforeAll(async () => {
  const quick = ["--minutes", "0.02", "--n", "4", "--steps", "2,5", "--no-ddpm", "--out", out];
  const ran = await runCli("demo", ...quick, "--json", "--quiet");
  expect(ran).toMatchObject({ code: 0, stderr: "" });
  result = JSON.parse(ran.stdout) as Result;
}, 120_000);

test("the demo leaves a report, the pictures of every sampler and a run", () => {
  expect(existsSync(result.report)).toBe(true);
  const pictures = [
    "data.png",
    ...[2, 5].flatMap((S) => ["0", "0.5", "1"].map((eta) => `ddim-S${S}-eta${eta}.png`)),
    "paths.png",
    ...[2, 5].map((S) => `pf-euler-S${S}.png`),
    ...[2, 5].map((S) => `sigma-hat-S${S}.png`),
  ];
  expect(readdirSync(join(out, "samples")).sort()).toEqual(pictures.sort());
  expect(result.measurements).toHaveLength(10);
  for (const { steps, evaluations } of result.measurements) expect(evaluations).toBe(steps);
});

test("the demo's run can be sampled", async () => {
  const png = join(dir, "again.png");
  expect(await runCli("sample", result.run, "--steps", "2", "--n", "1", "--out", png)).toMatchObject({ code: 0 });
}, 60_000);

test("the report tells where the time of a network evaluation goes", async () => {
  const report = readFileSync(result.report, "utf8");
  const section = report.slice(report.indexOf("<h2>Where the time goes</h2>")).split("<h2>")[1]!;
  const ran = await runCli("info", result.run, "--explain", "--batch", "4", "--json", "--quiet");
  const { explanation } = JSON.parse(ran.stdout) as {
    explanation: { recorded: number; flops: number; arenaBytes: number; nodes: { op: string }[] };
  };
  const { recorded, nodes, flops, arenaBytes } = explanation;
  expect(section).toContain(`for 4 samples is recorded as ${recorded} kernels, of which fusion leaves ${nodes.length}`);
  expect(section).toContain(`${(flops / 1e9).toFixed(2)} GFLOP in `);
  expect(section).toContain(`an arena of ${(arenaBytes / 1e6).toFixed(1)} MB`);
  const drawing = section.slice(section.indexOf("<svg"), section.indexOf("</svg>"));
  for (const { op } of nodes) expect(drawing).toContain(`>${op}</text>`);
}, 60_000);

test("a report from another backend says that it is not explained", () => {
  const section = explanationSection(undefined);
  expect(section).toContain("Where the time goes");
  expect(section).toContain("other backends are not explained");
  expect(section).not.toContain("<svg");
});

test("an existing --out is refused", async () => {
  expect(await runCli("demo", "--out", out)).toMatchObject({ code: 2, stdout: "" });
});

test.skipIf(browser === undefined)(
  `a browser shows the report with all pictures and curves, asking nobody for anything${browser === undefined ? " (skipped: no chromium here)" : ""}`,
  async () => {
    const chrome = await chromium.launch({ executablePath: browser!, args: ["--no-sandbox"] });
    try {
      const page = await chrome.newPage();
      const asked: string[] = [];
      const wrong: string[] = [];
      page.on("request", (request) => asked.push(request.url()));
      page.on("console", (message) => wrong.push(message.text()));
      page.on("pageerror", (error) => wrong.push(error.message));
      await page.goto(pathToFileURL(result.report).href);
      const images = page.locator("img");
      expect(await images.count()).toBe(12);
      for (const image of await images.all())
        expect(await image.evaluate((e: HTMLImageElement) => e.naturalWidth)).toBeGreaterThan(50);
      const charts = page.locator("figure > svg");
      expect(await charts.count()).toBe(4);
      for (const chart of await charts.all()) expect((await chart.boundingBox())!.height).toBeGreaterThan(100);
      expect(asked.filter((url) => !url.startsWith("data:"))).toEqual([pathToFileURL(result.report).href]);
      expect(wrong).toEqual([]);
    } finally {
      await chrome.close();
    }
  },
  60_000,
);
