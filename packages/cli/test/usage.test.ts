import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { bin, type Ran, runCli } from "./run-cli.ts";

const dir = mkdtempSync(join(tmpdir(), "nonmarkov-usage-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const none = join(dir, "none");

const usageError = (ran: Ran): string => {
  expect(ran).toMatchObject({ code: 2, stdout: "" });
  expect(ran.stderr).toMatch(/^error: /);
  expect(ran.stderr).not.toMatch(/^\s+at /m);
  return ran.stderr;
};

test.concurrent.each([
  ["command", ["sampel"], "sample"],
  ["option", ["train", "--out", none, "--data", "glyphs", "--stepz", "3"], "--steps"],
  ["data", ["train", "--out", none, "--data", "glyps"], "glyphs"],
  ["schedule", ["train", "--out", none, "--data", "glyphs", "--schedule", "cosin:100"], "cosine"],
  [
    "option of a schedule",
    ["train", "--out", none, "--data", "glyphs", "--schedule", "linear:100,betaEn=1"],
    "betaEnd",
  ],
  ["sampler", ["sample", none, "--out", join(dir, "x.png"), "--sampler", "dimm"], "ddim"],
  ["tau", ["sample", none, "--out", join(dir, "x.png"), "--tau", "quadratik"], "quadratic"],
  ["backend", ["info", "--backend", "nonmarkow"], "nonmarkov"],
])("an unknown %s is refused with code 2 and the nearest valid one", async (_, args, meant) => {
  expect(usageError(await runCli(...args))).toMatch(new RegExp(`[Dd]id you mean "?${meant}"?\\?`));
  expect(existsSync(none)).toBe(false);
});

test.concurrent.each([
  ["a fraction of a step", ["sample", none, "--out", "x.png", "--steps", "1.5"], "--steps <S>"],
  ["a negative eta", ["sample", none, "--out", "x.png", "--eta", "-1"], "--eta"],
  ["no data", ["train", "--out", none], "--data"],
  ["a folder that is missing in the spec", ["train", "--out", none, "--data", "cifar10"], "cifar10:DIR"],
  ["an existing folder", ["train", "--out", dir, "--data", "glyphs"], "--resume"],
  ["a U-Net on points", ["train", "--out", none, "--data", "moons", "--net", "unet"], "leave --net out"],
  ["groups that do not divide the channels", ["train", "--out", none, "--data", "glyphs", "--groups", "7"], "groups"],
  ["a loss curve of no run", ["info", "--loss-curve", "x.svg"], "info RUN --loss-curve"],
  ["an explanation of no run", ["info", "--explain"], "info RUN --explain"],
  ["a drawn explanation of no run", ["info", "--explain-svg", "x.svg"], "info RUN --explain-svg"],
  ["a batch of no run", ["info", "--batch", "4"], "info RUN --explain --batch"],
  ["a batch of nothing", ["info", none, "--explain", "--batch", "0"], "--batch"],
  [
    "label dropout without classes",
    ["train", "--out", none, "--data", "glyphs", "--label-dropout", "0.1"],
    "--label-dropout",
  ],
  ["resampling of no mask", ["edit", none, "--image", "x.png", "--out", "y.png", "--resample", "2"], "--resample"],
  ["a jump of no resampling", ["edit", none, "--image", "x.png", "--out", "y.png", "--jump", "2"], "--jump"],
  [
    "x0 clipping where x0 is not used",
    ["sample", "models/toys/moons", "--out", "x.png", "--sampler", "pf-euler", "--clip-x0", "1"],
    "--clip-x0",
  ],
])("%s is a usage error that says what to do", async (_, args, words) => {
  expect(usageError(await runCli(...args))).toContain(words);
  expect(existsSync(none)).toBe(false);
});

test.concurrent(
  "a run that is not there is a failure with code 1, without a stack unless --debug asks for it",
  async () => {
    const ran = await runCli("sample", none, "--out", join(dir, "x.png"));
    expect(ran).toMatchObject({ code: 1, stdout: "" });
    expect(ran.stderr).toContain(join(none, "config.json"));
    expect(ran.stderr).not.toMatch(/^\s+at /m);
    expect((await runCli("sample", none, "--out", join(dir, "x.png"), "--debug")).stderr).toMatch(/^\s+at /m);
  },
);

test.concurrent("with --json an error is one line of JSON on stdout too", async () => {
  const ran = await runCli("sample", none, "--out", join(dir, "x.png"), "--json");
  expect(JSON.parse(ran.stdout)).toMatchObject({ error: { name: "FileError", exitCode: 1 } });
});

test.concurrent.each([
  "train",
  "sample",
  "edit",
  "encode",
  "decode",
  "interpolate",
  "evaluate",
  "reproduce",
  "export",
  "train-features",
  "demo",
  "info",
])("%s --help shows its options and examples", async (command) => {
  const ran = await runCli(command, "--help");
  expect(ran).toMatchObject({ code: 0, stderr: "" });
  expect(ran.stdout).toContain(`Usage: nonmarkov ${command}`);
  expect(ran.stdout).toMatch(new RegExp(`Examples:\n  nonmarkov ${command}`));
});

test.concurrent("a reader that goes away is no failure", () => {
  const { status, stderr } = spawnSync(
    "sh",
    ["-c", `(sleep 0.5; ${process.execPath} ${bin} --help; echo $? >&2) | true`],
    {
      encoding: "utf8",
    },
  );
  expect({ status, stderr }).toEqual({ status: 0, stderr: "0\n" });
});
