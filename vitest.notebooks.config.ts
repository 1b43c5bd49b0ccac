import { defineConfig } from "vitest/config";

/** The notebooks, executed by the real kernel: needs Jupyter (see CONTRIBUTING.md). */
export default defineConfig({
  test: {
    include: ["test/notebooks/*.notebook.test.ts"],
    globalSetup: ["test/setup/build.ts"],
    pool: "forks",
    maxWorkers: 1,
    testTimeout: 240_000,
  },
});
