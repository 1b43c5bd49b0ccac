import { beforeAll, describe, test } from "vitest";
import { cases } from "../../autodiff/test/cases.ts";
import { checkDerivatives } from "../../autodiff/test/checkDerivatives.ts";
import { start } from "../src/index.ts";

beforeAll(() => start({ backend: "nonmarkov" }));

describe("on our backend too, derivatives of order 1, 2 and 3 match central differences along a random direction", () => {
  test.each(cases)("$name", (testCase) => checkDerivatives(testCase));
});
