import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runCli, startCli } from "./run-cli.ts";
import { writeTinyDigits } from "./tiny-digits.ts";

const dir = mkdtempSync(join(tmpdir(), "nonmarkov-reproduce-"));
const file = (name: string) => join(dir, name);
const data = `mnist:${file("digits")}`;
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const done = async (...args: string[]): Promise<Record<string, unknown>> => {
  const ran = await runCli(...args, "--json", "--quiet");
  expect(ran).toMatchObject({ code: 0 });
  return JSON.parse(ran.stdout) as Record<string, unknown>;
};
const refused = async (code: 1 | 2, words: string | RegExp, ...args: string[]): Promise<void> => {
  const ran = await runCli(...args);
  expect(ran.stderr).toMatch(words);
  expect(ran).toMatchObject({ code, stdout: "" });
};
const json = (...path: string[]) => JSON.parse(readFileSync(join(dir, ...path), "utf8")) as Record<string, never>;

const models = ["--model", file("model"), "--features", file("features"), "--data", data];
const few = ["--n", "80", "--images", "3", "--steps", "2,5"];
const table = (out: string, ...more: string[]) => [
  "reproduce",
  "table1",
  ...models,
  ...few,
  "--out",
  file(out),
  ...more,
];

beforeAll(async () => {
  writeTinyDigits(file("digits"), 300, 1);
  const net = ["--base", "8", "--mults", "1", "--groups", "4", "--patch", "1", "--batch", "8"];
  await done("train", "--data", data, "--hold-out", "10", ...net, "--steps", "6", "--out", file("run"));
  await done("export", file("run"), "--out", file("model"), "--n", "4", "--steps", "3");
  await done("train-features", "--data", data, "--steps", "8", "--batch", "16", "--out", file("features"));
}, 120_000);

test("all parts are made, with JSON, Markdown and pictures, and a report that links to what is there", async () => {
  const out = file("all");
  const report = file("docs/reproduction.md");
  await done("reproduce", "all", "--quick", ...models, ...few, "--out", out, "--report", report);
  const made = readdirSync(out);
  for (const part of ["table1", "table2", "figure3", "figure4", "figure5", "figure6", "exact"])
    expect(made).toContain(`${part}.json`);
  for (const page of [join(out, "report.md"), report]) {
    const text = readFileSync(page, "utf8");
    const links = [...text.matchAll(/!\[[^\]]*\]\(([^)]+)\)/g)].map((match) => match[1]!);
    expect(links.length).toBeGreaterThan(15);
    for (const link of links) expect(existsSync(join(dirname(page), link)), link).toBe(true);
    expect(text).toMatch(/^\d+ of \d+:$/m);
    expect(text).not.toContain("undefined");
    expect(text).not.toContain("NaN");
  }
  const { manifest, result } = json("all", "table1.json") as unknown as {
    manifest: { n: number; taus: Record<string, number[]>; reference: { data: { rows: number } } };
    result: { cells: { S: number; column: string }[] };
  };
  expect(manifest).toMatchObject({ n: 80, taus: { 2: [1, 501] }, reference: { data: { rows: 270 } } });
  expect(result.cells.map(({ S, column }) => `${column}@${S}`)).toEqual(
    [2, 5].flatMap((S) => ["eta0", "eta0.2", "eta0.5", "eta1", "sigma-hat"].map((column) => `${column}@${S}`)),
  );
}, 240_000);

test("a second run draws nothing again and gives the same numbers; more samples are added to those that there are", async () => {
  await done(...table("twice"));
  const first = readFileSync(file("twice/table1.json"), "utf8");
  const stamps = () => readdirSync(file("twice/work/table1/eta0-S2"));
  const before = stamps();
  await done(...table("twice"));
  expect(stamps()).toEqual(before);
  expect(readFileSync(file("twice/table1.json"), "utf8")).toBe(first);
  await done(...table("twice", "--n", "260"));
  expect(stamps()).toEqual([...before, "00000-250.safetensors", "00250-10.safetensors"].sort());
}, 120_000);

test("killed and started again, it gives what an undisturbed run gives", async () => {
  const slow = (out: string) => table(out, "--steps", "2,20,25", "--batch", "8");
  await done(...slow("undisturbed"));
  const { child, done: ended } = startCli(slow("killed"));
  while (!existsSync(file("killed/work/table1/eta0.2-S2"))) await setTimeout(20);
  child.kill("SIGKILL");
  expect((await ended).signal).toBe("SIGKILL");
  expect(existsSync(file("killed/table1.json"))).toBe(false);
  await done(...slow("killed"));
  expect(readFileSync(file("killed/table1.json"), "utf8")).toBe(readFileSync(file("undisturbed/table1.json"), "utf8"));
}, 120_000);

test("SIGINT stops it with 130 and says how to go on", async () => {
  const { child, done: ended } = startCli(table("stopped", "--steps", "900", "--batch", "8"));
  while (!existsSync(file("stopped/manifest.json"))) await setTimeout(20);
  await setTimeout(200);
  child.kill("SIGINT");
  expect(await ended).toMatchObject({ code: 130, stderr: expect.stringContaining("goes on with it") as string });
}, 60_000);

test("results of another manifest are not mixed in, unless --force starts anew", async () => {
  await done(...table("mixed"));
  const before = readFileSync(file("mixed/table1.json"), "utf8");
  await refused(2, /another manifest.*seed: 1 and 0/s, ...table("mixed", "--seed", "1"));
  expect(readFileSync(file("mixed/table1.json"), "utf8")).toBe(before);
  await done(...table("mixed", "--seed", "1", "--force"));
  expect(readFileSync(file("mixed/table1.json"), "utf8")).not.toBe(before);
}, 120_000);

test("tables are compared where they can be, and refused where n or the reference differ", async () => {
  await done(...table("ours"));
  await done(...table("theirs", "--seed", "3"));
  await done(...table("larger", "--n", "90"));
  const ran = await runCli(...table("ours", "--against", file("theirs")));
  expect(ran.code).toBe(0);
  expect(ran.stdout).toMatch(/η = 0, S = 2 +\| +[\d.]+ \| +[\d.]+ \| +-?[\d.]+ \|/);
  await refused(2, /cannot be compared.*n: 80 and 90/s, ...table("ours", "--against", file("larger")));
  await refused(2, "no table1.json", ...table("ours", "--against", file("digits")));
}, 120_000);

test("too few samples for the features are warned of", async () => {
  const ran = await runCli(...table("few", "--n", "20", "--steps", "2"));
  expect(ran).toMatchObject({
    code: 0,
    stderr: expect.stringContaining("20 samples are too few for 64 features") as string,
  });
  expect(ran.stdout).toContain("biased upwards");
}, 60_000);

test("what does not belong together is refused before anything is written", async () => {
  writeTinyDigits(file("others"), 300, 2);
  const none = file("none");
  await refused(2, /did you mean "table1"/, "reproduce", "tabel1", ...models, "--out", none);
  await refused(2, "was trained on mnist-test-kept", ...table("none", "--data", `mnist:${file("others")}`));
  await refused(2, "T = 1000 steps, got 1001", ...table("none", "--steps", "1001"));
  await refused(1, "config.json", ...table("none", "--features", file("model")));
  await refused(1, "config.json", ...table("none", "--model", file("features")));
  await refused(2, "ends in .md", ...table("none", "--report", "x.html"));
  await done("train", "--data", "moons", "--steps", "1", "--out", file("points"));
  await refused(2, "makes points", ...table("none", "--model", file("points")));
  await done("train-features", "--data", `mnist:${file("others")}`, "--steps", "2", "--out", file("other-features"));
  await refused(2, "was trained on other images", ...table("none", "--features", file("other-features")));
  await done("train-features", "--data", data, "--pad", "16", "--steps", "2", "--out", file("large-features"));
  await refused(
    2,
    /takes images \[16, 16, 1\], the model makes \[8, 8, 1\]/,
    ...table("none", "--features", file("large-features")),
  );
  expect(existsSync(none)).toBe(false);
}, 120_000);

test("a damaged result is named, and not used", async () => {
  await done(...table("broken"));
  const shard = file("broken/work/table1/eta0-S2/00000-80.safetensors");
  const whole = readFileSync(shard);
  writeFileSync(shard, whole.subarray(0, 300));
  await refused(1, shard, ...table("broken", "--quiet"));
  writeFileSync(shard, readFileSync(file("model/model.safetensors")));
  await refused(
    1,
    /must hold a tensor features of 5120 numbers, got none; remove the file/,
    ...table("broken", "--quiet"),
  );
  writeFileSync(shard, whole);
  writeFileSync(file("broken/table2.json"), '{"manifest": {}, "result"');
  await refused(1, /table2\.json: must be a file that nonmarkov reproduce wrote/, ...table("broken", "--quiet"));
}, 60_000);
