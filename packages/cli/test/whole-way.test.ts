import { readSafetensors } from "@nonmarkov/checkpoint/node";
import { decode as decodePng } from "fast-png";
import { parseHTML } from "linkedom";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bin, runCli } from "./run-cli.ts";

const dir = mkdtempSync(join(tmpdir(), "nonmarkov-way-"));
const file = (name: string) => join(dir, name);
const run = file("run");
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** Runs a command that must succeed and gives its JSON result. */
const result = async (...args: string[]): Promise<Record<string, unknown>> => {
  const ran = await runCli(...args, "--json", "--quiet");
  expect(ran).toMatchObject({ code: 0, stderr: "" });
  expect(ran.stdout.trim().split("\n")).toHaveLength(1);
  return JSON.parse(ran.stdout) as Record<string, unknown>;
};

const samples = async (path: string): Promise<Float32Array> =>
  (await readSafetensors(path)).tensors.find(([name]) => name === "samples")![1].data as Float32Array;

const tiny = ["--data", "glyphs", "--size", "8", "--base", "8", "--mults", "1", "--groups", "4", "--batch", "8"];

beforeAll(async () => {
  const trained = await result("train", ...tiny, "--conditional", "--steps", "12", "--out", run);
  expect(trained).toMatchObject({ run, step: 12, ended: "steps" });
}, 120_000);

test("a run folder says what it is", async () => {
  expect(await result("info", run)).toMatchObject({
    step: 12,
    config: { data: { name: "glyphs", size: 8 }, shape: [8, 8, 1], net: { kind: "unet", classes: 10 } },
  });
}, 60_000);

test("the loss of a run is drawn into an SVG file, which is not overwritten unasked", async () => {
  const out = file("loss.svg");
  await result("info", run, "--loss-curve", out);
  expect(readFileSync(out, "utf8")).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" style="background:white/);
  const again = await runCli("info", run, "--loss-curve", out);
  expect(again).toMatchObject({ code: 2, stderr: expect.stringContaining("--force") as string });
  expect((await runCli("info", "--loss-curve", file("none.svg"))).code).toBe(2);
}, 60_000);

type Explained = {
  readonly batch: number;
  readonly recorded: number;
  readonly nodes: readonly { readonly op: string; readonly flops: number; readonly seconds: number }[];
  readonly flops: number;
  readonly seconds: number;
  readonly arenaBytes: number;
};
const explained = async (...args: string[]): Promise<Explained> =>
  (await result("info", run, "--explain", ...args))["explanation"] as Explained;

test("--explain takes one evaluation of the network apart: twice the batch is twice the work of its convolutions", async () => {
  const [one, two] = [await explained("--batch", "4"), await explained("--batch", "8")];
  expect([one.batch, two.batch]).toEqual([4, 8]);
  expect(one.recorded).toBeGreaterThan(one.nodes.length);
  expect(two.nodes.map(({ op }) => op)).toEqual(one.nodes.map(({ op }) => op));
  const convolutions = ({ nodes }: Explained) => nodes.filter(({ op }) => op === "Conv2D");
  expect(convolutions(one).length).toBeGreaterThan(0);
  convolutions(two).forEach(({ flops }, i) => expect(flops).toBe(2 * convolutions(one)[i]!.flops));
  expect(two.arenaBytes).toBeGreaterThan(one.arenaBytes);

  const { stdout } = await runCli("info", run, "--explain", "--quiet");
  expect(stdout).toContain("one evaluation of the network for 16 samples");
  expect(stdout).toContain(`${one.recorded} kernels recorded, ${one.nodes.length} after fusion`);
  for (const { op } of one.nodes) expect(stdout).toMatch(new RegExp(`^ *${op} +\\d+ `, "m"));
}, 60_000);

test("--explain-svg draws the nodes in order and the time of each kind, on one axis", async () => {
  const out = file("explained.svg");
  const { nodes, seconds } = await explained("--explain-svg", out);
  const svg = readFileSync(out, "utf8");
  expect(svg).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" style="background:white/);

  const { document } = parseHTML(svg);
  const [line, bars] = ["rect", "bar"].map((mark) => [...document.querySelectorAll(`g[aria-label=${mark}] rect`)]);
  const at = (rect: Element, name: string) => Number(rect.getAttribute(name));
  const kinds = new Map<string, number>();
  for (const { op, seconds: s } of nodes) kinds.set(op, (kinds.get(op) ?? 0) + s);
  const labels = document.querySelector('g[aria-label="y-axis tick label"]')!;
  const named = [...labels.querySelectorAll("text")].map((label) => label.textContent);
  expect(named).toEqual([...kinds.keys()].sort((a, b) => kinds.get(b)! - kinds.get(a)!));

  expect(line!.map((rect) => rect.textContent!.split(":")[0])).toEqual(nodes.map(({ op }, i) => `${i} ${op}`));
  const pixels = (at(line!.at(-1)!, "x") - at(line![0]!, "x")) / (seconds - nodes.at(-1)!.seconds); // of a second
  let before = 0;
  nodes.forEach(({ seconds: s }, i) => {
    expect(at(line![i]!, "x") - at(line![0]!, "x")).toBeCloseTo(before * pixels, 3);
    before += s;
  });
  expect(bars).toHaveLength(kinds.size);
  bars!.forEach((bar, i) => expect(at(bar, "width")).toBeCloseTo(kinds.get(named[i]!)! * pixels, 3));

  const again = await runCli("info", run, "--explain-svg", out);
  expect(again).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining("--force") as string });
}, 60_000);

test("a network is not explained on another backend, nor --batch accepted where nothing is explained", async () => {
  const out = file("never.svg");
  const elsewhere = await runCli("info", run, "--explain-svg", out, "--backend", "cpu");
  expect(elsewhere).toMatchObject({ code: 2, stdout: "" });
  expect(elsewhere.stderr).toContain("--backend nonmarkov");
  expect(existsSync(out)).toBe(false);
  const idle = await runCli("info", run, "--batch", "4");
  expect(idle).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining("--explain") as string });
}, 60_000);

test("samples are written as a picture of the size that was asked for", async () => {
  const out = file("grid.png");
  await result("sample", run, "--steps", "3", "--n", "6", "--columns", "3", "--scale", "2", "--out", out);
  expect(decodePng(readFileSync(out))).toMatchObject({ width: (3 * 9 - 1) * 2, height: (2 * 9 - 1) * 2, channels: 1 });
}, 60_000);

test("sample i is the same whatever the batch size and however many are drawn", async () => {
  const draw = async (n: number, batch: number) => {
    const tensors = file(`n${n}-b${batch}.safetensors`);
    const noisy = ["--sampler", "sigma-hat", "--steps", "4", "--seed", "3"];
    await result(
      "sample",
      run,
      ...noisy,
      "--n",
      `${n}`,
      "--batch",
      `${batch}`,
      "--out",
      file(`n${n}-b${batch}.png`),
      "--tensors",
      tensors,
    );
    return samples(tensors);
  };
  const whole = await draw(5, 5);
  const parts = await draw(7, 2);
  parts.subarray(0, whole.length).forEach((value, i) => expect(value).toBeCloseTo(whole[i]!, 4));
}, 60_000);

test("what is encoded is decoded, and the reconstruction error falls with the number of steps", async () => {
  const error = async (steps: number): Promise<number> => {
    const latents = file(`latents-${steps}.safetensors`);
    expect(await result("encode", run, "--n", "4", "--steps", `${steps}`, "--out", latents)).toMatchObject({
      n: 4,
      evaluations: steps,
    });
    const back = await result("decode", run, latents, "--steps", `${steps}`, "--out", file(`back-${steps}.png`));
    return back["squaredError"] as number;
  };
  const [few, many] = [await error(3), await error(24)];
  expect(many).toBeLessThan(few / 3);
}, 120_000);

test("paths between latents begin and end at the samples of those latents", async () => {
  const paths = file("paths.png");
  await result(
    "interpolate",
    run,
    "--steps",
    "4",
    "--paths",
    "2",
    "--columns",
    "3",
    "--class",
    "1",
    "--scale",
    "1",
    "--out",
    paths,
  );
  const ends = file("ends.png");
  await result(
    "sample",
    run,
    "--steps",
    "4",
    "--n",
    "4",
    "--columns",
    "2",
    "--class",
    "1",
    "--scale",
    "1",
    "--out",
    ends,
  );
  const [path, end] = [decodePng(readFileSync(paths)), decodePng(readFileSync(ends))];
  expect(path).toMatchObject({ width: 3 * 9 - 1, height: 2 * 9 - 1 });
  for (let y = 0; y < end.height; y++)
    for (let x = 0; x < 8; x++) {
      expect(Math.abs(path.data[y * path.width + x]! - end.data[y * end.width + x]!)).toBeLessThanOrEqual(1);
      expect(Math.abs(path.data[y * path.width + 18 + x]! - end.data[y * end.width + 9 + x]!)).toBeLessThanOrEqual(1);
    }
}, 60_000);

test("evaluate measures every sampler against the data and writes the table", async () => {
  const out = file("table.md");
  const grid = ["--steps", "2,5", "--eta", "0,1", "--n", "8"];
  const table = await result("evaluate", run, ...grid, "--out", out);
  expect(table["measurements"]).toHaveLength(8);
  for (const measurement of table["measurements"] as Record<string, unknown>[]) {
    expect(measurement["evaluations"]).toBe(measurement["steps"]);
    expect(measurement["slicedWasserstein"]).toBeGreaterThan(
      (table["floor"] as Record<string, number>)["slicedWasserstein"]!,
    );
  }
  expect(readFileSync(out, "utf8")).toContain("| S   | η = 0 | η = 1 |");
}, 60_000);

test("an existing result is refused before any work, and overwritten with --force", async () => {
  const out = file("twice.png");
  await result("sample", run, "--steps", "1", "--n", "1", "--out", out);
  const before = readFileSync(out);
  expect(await runCli("sample", run, "--steps", "2", "--n", "4", "--out", out)).toMatchObject({ code: 2 });
  expect(readFileSync(out)).toEqual(before);
  await result("sample", run, "--steps", "2", "--n", "4", "--out", out, "--force");
  expect(readFileSync(out)).not.toEqual(before);
}, 60_000);

test("more steps than the schedule has, an inadmissible eta and an unordered tau are usage errors", async () => {
  for (const args of [
    ["--steps", "1001"],
    ["--steps", "10", "--eta", "3"],
    ["--tau", "5,3"],
  ]) {
    const ran = await runCli("sample", run, ...args, "--out", file("never.png"));
    expect(ran).toMatchObject({ code: 2, stdout: "" });
  }
  expect(existsSync(file("never.png"))).toBe(false);
}, 60_000);

test("a class that does not exist is a usage error", async () => {
  const ran = await runCli("sample", run, "--class", "10", "--out", file("never.png"));
  expect(ran.code).toBe(2);
  expect(ran.stderr).toContain("0..9");
}, 60_000);

test("where the system refuses to write, the command fails with code 1 and leaves nothing", async () => {
  const out = file("too-large.png");
  const limited = ["sample", run, "--steps", "1", "--n", "600", "--batch", "600", "--scale", "1", "--quiet"];
  // files of at most 32 KiB: what a full disk does, without filling one
  const shell = `ulimit -f 32; exec "$0" "$@"`;
  const args = [
    "-c",
    shell,
    process.execPath,
    bin,
    ...limited,
    "--out",
    out,
    "--tensors",
    file("too-large.safetensors"),
  ];
  const ran = spawnSync("bash", args, { encoding: "utf8", env: { ...process.env, NONMARKOV_BACKEND: "nonmarkov" } });
  expect(ran).toMatchObject({ status: 1, stdout: "" });
  expect(ran.stderr).toMatch(/^error: .*too-large\.safetensors.*\n$/);
  expect(readdirSync(dir).filter((name) => name.includes("too-large"))).toEqual([]);
}, 60_000);

test("nothing half-written is left anywhere", () => {
  expect(readdirSync(dir).filter((name) => name.includes(".tmp"))).toEqual([]);
});
