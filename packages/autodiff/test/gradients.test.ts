import "@tensorflow/tfjs-backend-cpu";
import { setBackend } from "@tensorflow/tfjs-core";
import { beforeAll, describe, test } from "vitest";
import { cases } from "./cases.ts";
import { checkDerivatives } from "./checkDerivatives.ts";

beforeAll(() => setBackend("cpu"));

describe("derivatives of order 1, 2 and 3 match central differences along a random direction", () => {
  test.each(cases)("$name", (testCase) => checkDerivatives(testCase));
});
