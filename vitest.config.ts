import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { skippedReporter } from "./test/setup/skippedReporter.ts";

const packages = fileURLToPath(new URL("./packages", import.meta.url));

/** Tests run on the sources: no build is needed, and a stale one cannot hide a mistake. */
export const alias = [
  { find: /^@nonmarkov\/([a-z]+)$/, replacement: `${packages}/$1/src/index.ts` },
  { find: /^@nonmarkov\/([a-z]+)\/([a-z]+)$/, replacement: `${packages}/$1/src/$2/index.ts` },
];

export default defineConfig({
  resolve: { alias },
  test: {
    include: ["packages/*/test/**/*.test.ts", "test/**/*.test.ts"],
    exclude: ["**/*.webgpu.test.ts", "**/*.notebook.test.ts", "**/node_modules/**"],
    globalSetup: ["test/setup/build.ts"],
    reporters: ["default", skippedReporter],
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 30_000,
  },
});
