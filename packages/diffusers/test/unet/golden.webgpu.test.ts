import { start } from "@nonmarkov/engine";
import { expect, test } from "vitest";
import { loadDiffusers } from "../../src/node/index.ts";
import { goldenError, goldenInputs, goldenNets } from "./goldenNets.ts";

const { name, folder, missing, io: load } = goldenNets[2]!;

test.skipIf(missing !== "")(`${name} gives on WebGPU what it gives in diffusers${missing}`, async () => {
  await start({ backend: "webgpu" });
  const io = load();
  const { net, params } = await loadDiffusers(folder);
  for (const given of io.cases) {
    const { x, t, labels } = goldenInputs(io, given);
    expect(await goldenError(given, net.apply(params, x, t, labels)), given.name).toBeLessThan(1e-5);
  }
});
