import { readSafetensors } from "@nonmarkov/checkpoint/node";
import { fromBytes } from "@nonmarkov/data";
import { encode } from "fast-png";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runCli } from "./run-cli.ts";

const dir = mkdtempSync(join(tmpdir(), "nonmarkov-guidance-"));
const file = (name: string) => join(dir, name);
const run = file("run");
const plain = file("plain");
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** Runs a command that must succeed and gives its JSON result. */
const result = async (...args: string[]): Promise<Record<string, unknown>> => {
  const ran = await runCli(...args, "--json", "--quiet");
  expect(ran).toMatchObject({ code: 0, stderr: "" });
  return JSON.parse(ran.stdout) as Record<string, unknown>;
};
const samples = async (command: string, ...args: string[]): Promise<Float32Array> => {
  const tensors = file("samples.safetensors");
  await result(command, ...args, "--force", "--out", file("samples.png"), "--tensors", tensors);
  return (await readSafetensors(tensors)).tensors.find(([name]) => name === "samples")![1].data as Float32Array;
};
const usageError = async (...args: string[]): Promise<string> => {
  const ran = await runCli(...args, "--out", file("never.png"));
  expect(ran).toMatchObject({ code: 2, stdout: "" });
  return ran.stderr;
};

const tiny = ["--data", "glyphs", "--size", "8", "--base", "8", "--mults", "1", "--groups", "4", "--batch", "8"];
const pixels = Uint8Array.from({ length: 64 }, (_, i) => (i * 37) % 256);
/** The right half is painted anew. */
const mask = Uint8Array.from({ length: 64 }, (_, i) => (i % 8 < 4 ? 0 : 255));
const picture = (name: string, data: Uint8Array, width: number, height: number): string => {
  writeFileSync(file(name), encode({ width, height, channels: 1, depth: 8, data }));
  return file(name);
};
const image = picture("image.png", pixels, 8, 8);
const half = picture("mask.png", mask, 8, 8);

beforeAll(async () => {
  await result("train", ...tiny, "--conditional", "--label-dropout", "0.2", "--steps", "9", "--out", run);
  await result("train", ...tiny, "--conditional", "--steps", "2", "--out", plain);
}, 120_000);

describe("label dropout", () => {
  test("is part of a run's configuration, and going on with it gives what never stopping gives", async () => {
    expect(await result("info", run)).toMatchObject({ config: { training: { labelDropout: 0.2 } } });
    const again = file("again");
    await result("train", ...tiny, "--conditional", "--label-dropout", "0.2", "--steps", "4", "--out", again);
    await result("train", "--resume", "--steps", "9", "--out", again);
    const drawn = ["--steps", "3", "--n", "2", "--weights", "params"];
    expect(await samples("sample", again, ...drawn)).toEqual(await samples("sample", run, ...drawn));
  }, 120_000);
});

describe("sample --guidance", () => {
  const drawn = ["--steps", "3", "--n", "4", "--seed", "2"];

  test("1 is what the class says, 0 is without class, and more goes beyond", async () => {
    const unguided = await samples("sample", run, ...drawn);
    expect(await samples("sample", run, ...drawn, "--guidance", "1")).toEqual(unguided);
    const without = await samples("sample", run, ...drawn, "--guidance", "0");
    expect(without).not.toEqual(unguided);
    expect(await samples("sample", run, ...drawn, "--guidance", "0", "--class", "7")).toEqual(without);
    const guided = await samples("sample", run, ...drawn, "--guidance", "3");
    expect(guided).not.toEqual(unguided);
    expect(await samples("sample", run, ...drawn, "--guidance", "3", "--batch", "3")).toEqual(guided);
    const rescaled = await samples("sample", run, ...drawn, "--guidance", "3", "--guidance-rescale", "0.7");
    expect(rescaled).not.toEqual(guided);
  }, 120_000);

  test("is refused of a network that never saw data without class, and rescaling of no guidance", async () => {
    expect(await usageError("sample", plain, "--guidance", "2")).toContain("--label-dropout");
    expect(await usageError("sample", run, "--guidance-rescale", "0.5")).toContain("add that, or leave it out");
    expect(await usageError("sample", "--model", "x.onnx", "--guidance", "2")).toContain("not for --model");
  }, 60_000);
});

describe("edit", () => {
  const edited = ["--image", image, "--steps", "4", "--n", "3", "--class", "3"];

  test("with a mask the black part is the image's, bit for bit, and the white part is not", async () => {
    for (const more of [
      ["--from", "500"],
      ["--sampler", "ddpm", "--resample", "3", "--jump", "2"],
    ]) {
      const got = await samples("edit", run, ...edited, "--mask", half, ...more);
      const want = fromBytes(pixels);
      for (let i = 0; i < 3 * 64; i++) {
        if (mask[i % 64] === 0) expect(got[i]).toBe(want[i % 64]);
        else expect(got[i]).not.toBe(want[i % 64]);
      }
    }
  }, 120_000);

  test("resampling makes each step but the last more often, from where the edit starts", async () => {
    const out = ["--force", "--out", file("samples.png")];
    const once = await result("edit", run, ...edited, ...out, "--mask", half, "--sampler", "ddpm");
    expect(once).toMatchObject({ from: 1000, evaluations: 4, mask: half });
    const often = await result("edit", run, ...edited, ...out, "--mask", half, "--sampler", "ddpm", "--resample", "3");
    expect(often).toMatchObject({ evaluations: 3 * 3 + 1 });
    // of the steps 250, 500, 750, 1000 those below 600, and 600 itself
    expect(await result("edit", run, ...edited, ...out)).toMatchObject({ from: 600, evaluations: 3 });
    expect(await result("edit", run, ...edited, ...out, "--strength", "0.25")).toMatchObject({
      from: 250,
      evaluations: 1,
    });
  }, 120_000);

  test("a little noise leaves the image nearly as it is, in the size of the network", async () => {
    const wide = picture(
      "wide.png",
      Uint8Array.from({ length: 12 * 8 }, (_, i) => {
        const column = i % 12;
        return column < 2 || column > 9 ? 0 : pixels[Math.floor(i / 12) * 8 + column - 2]!;
      }),
      12,
      8,
    );
    const got = await samples("edit", run, "--image", wide, "--from", "1", "--n", "2", "--seed", "4");
    const want = fromBytes(pixels);
    got.forEach((value, i) => expect(Math.abs(value - want[i % 64]!)).toBeLessThan(0.1));
    const guided = await samples("edit", run, ...edited, "--guidance", "2", "--sampler", "euler");
    expect(guided).toHaveLength(3 * 64);
  }, 120_000);

  test("what cannot be edited so is an error that says what to do", async () => {
    const missing = await runCli("edit", run, "--image", file("none.png"), "--out", file("never.png"));
    expect(missing).toMatchObject({ code: 1, stdout: "" });
    expect(missing.stderr).toContain(file("none.png"));
    writeFileSync(file("text.png"), "no image");
    const text = await runCli("edit", run, "--image", image, "--mask", file("text.png"), "--out", file("never.png"));
    expect(text).toMatchObject({ code: 1, stdout: "" });
    expect(text.stderr).toContain("must be a whole PNG or JPEG image");
    expect(await usageError("edit", run, "--image", image, "--from", "1001")).toContain("must be in 1..1000");
    expect(await usageError("edit", run, "--image", image, "--from", "9", "--strength", "1")).toContain(
      "leave one out",
    );
  }, 120_000);
});
