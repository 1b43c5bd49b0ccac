import { expect, test } from "vitest";
import { answers, missing } from "./fixtures/chromium.ts";

test.skipIf(missing !== "")(
  `a bundled page in Chromium starts on WebGPU, and differentiates a convolution${missing}`,
  async () =>
    expect(await answers("page.webgpu.ts", [{ isolated: false }])).toEqual([
      { backend: "webgpu", gradient: [-12, -28] },
    ]),
);
