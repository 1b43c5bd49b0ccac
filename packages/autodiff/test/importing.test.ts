import { getGradient } from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";

test("importing registers nothing: rules come with the first gradient", async () => {
  const { registerRules } = await import("../src/index.ts");
  expect(getGradient("Add") ?? undefined).toBeUndefined();
  registerRules();
  const rule = getGradient("Add");
  expect(rule.kernelName).toBe("Add");
  registerRules();
  expect(getGradient("Add")).toBe(rule);
});
