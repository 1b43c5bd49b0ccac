import { dirname } from "node:path";
import { createRequire } from "node:module";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import { setBackend } from "@tensorflow/tfjs-core";
import { beforeAll, describe, test } from "vitest";
import { cases } from "./cases.ts";
import { checkDerivatives } from "./checkDerivatives.ts";

beforeAll(async () => {
  const { resolve } = createRequire(import.meta.url);
  setWasmPaths(`${dirname(resolve("@tensorflow/tfjs-backend-wasm"))}/`);
  await setBackend("wasm");
});

describe("on wasm too, derivatives of order 1, 2 and 3 match central differences along a random direction", () => {
  test.each(cases.filter(({ lacksOnWasm }) => !lacksOnWasm))("$name", (testCase) => checkDerivatives(testCase));
});
