import { expect, test } from "vitest";
import { answers, missing } from "./fixtures/chromium.ts";
import { lostAndStarted } from "./fixtures/loseDevice.ts";

test.skipIf(missing !== "")(
  `a bundled page in Chromium starts on WebGPU, differentiates a convolution, and learns of a lost device${missing}`,
  async () =>
    expect(await answers("page.webgpu.ts", [{ isolated: false }])).toEqual([
      { backend: "webgpu", gradient: [-12, -28], lost: lostAndStarted },
    ]),
);
