import { defineConfig } from "vitest/config";
import { alias } from "./vitest.config.ts";

/** WebGPU on a real implementation (SwiftShader where there is no GPU): slow, so small shapes and one process. */
export default defineConfig({
  resolve: { alias },
  test: {
    include: ["packages/*/test/**/*.webgpu.test.ts", "test/**/*.webgpu.test.ts"],
    globalSetup: ["test/setup/build.ts"],
    pool: "forks",
    maxWorkers: 1,
    testTimeout: 120_000,
  },
});
