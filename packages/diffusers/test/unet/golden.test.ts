import { ops, treeDispose, treeEntries } from "@nonmarkov/autodiff";
import { decodeSafetensors, type TensorEntries } from "@nonmarkov/checkpoint";
import { start } from "@nonmarkov/engine";
import { denoiserOf } from "@nonmarkov/nets";
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadDiffusers, saveDiffusers } from "../../src/node/index.ts";
import { goldenError, goldenInputs, goldenNets } from "./goldenNets.ts";

const scratch = mkdtempSync(join(tmpdir(), "nonmarkov-"));
afterAll(() => rmSync(scratch, { recursive: true }));

const WEIGHTS = "diffusion_pytorch_model.safetensors";
const tensorsIn = (folder: string): TensorEntries => decodeSafetensors(readFileSync(join(folder, WEIGHTS))).tensors;

describe.each(["cpu", "nonmarkov"] as const)("on the backend %s", (backend) => {
  beforeAll(async () => {
    await start({ backend });
  });

  for (const { name, folder, missing, io: load } of goldenNets)
    test.skipIf(missing !== "")(`${name}, as diffusers saved it, gives what it gives there${missing}`, async () => {
      const io = load();
      const { net, params } = await loadDiffusers(folder);
      for (const given of io.cases) {
        const { x, t, labels } = goldenInputs(io, given);
        expect(await goldenError(given, net.apply(params, x, t, labels)), given.name).toBeLessThan(1e-5);
      }
      treeDispose(params);
    });
});

const [cifar] = goldenNets;
test.skipIf(cifar!.missing !== "")(`weights under older names are the same weights${cifar!.missing}`, async () => {
  const old = mkdtempSync(join(scratch, "old-"));
  copyFileSync(join(cifar!.folder, "config.json"), join(old, "config.json"));
  copyFileSync(join(cifar!.folder, "deprecated_names.safetensors"), join(old, WEIGHTS));
  const [got, want] = [await loadDiffusers(old), await loadDiffusers(cifar!.folder)].map(({ params }) => treeEntries(params)); // prettier-ignore
  expect(got!.map(([name]) => name)).toEqual(want!.map(([name]) => name));
  got!.forEach(([name, leaf], i) => expect(leaf.dataSync(), name).toEqual(want![i]![1].dataSync()));
});

for (const { name, folder, missing } of goldenNets)
  test.skipIf(missing !== "")(`${name} is saved as it was read: every tensor, every field${missing}`, async () => {
    const saved = join(scratch, name);
    await saveDiffusers(saved, await loadDiffusers(folder));
    const byName = (tensors: TensorEntries) => [...tensors].sort(([a], [b]) => (a < b ? -1 : 1));
    expect(byName(tensorsIn(saved))).toEqual(byName(tensorsIn(folder)));
    const [got, want] = [saved, folder].map(
      (dir) => JSON.parse(readFileSync(join(dir, "config.json"), "utf8")) as object,
    );
    expect({ _diffusers_version: "0.40.0.dev0", ...got }).toEqual(want);
  });

test.skipIf(cifar!.missing !== "")(`a denoiser made of it counts times from 1${cifar!.missing}`, async () => {
  const io = cifar!.io();
  const { net, params } = await loadDiffusers(cifar!.folder);
  const denoiser = denoiserOf(net, params);
  const given = io.cases.find(({ timestep }) => timestep === 0)!;
  const { x } = goldenInputs(io, given);
  for (const attempt of ["recorded", "replayed"])
    expect(await goldenError(given, denoiser(x, 1)), attempt).toBeLessThan(1e-5);
  expect(ops.max(ops.abs(ops.sub(denoiser(x, 1), denoiser(x, 2)))).dataSync()[0]).toBeGreaterThan(1e-3);
});
