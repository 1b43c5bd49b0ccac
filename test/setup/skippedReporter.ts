import type { Reporter } from "vitest/node";

/** Names every skipped test at the end of a run: the reason is in its title, and nothing is skipped silently. */
export const skippedReporter: Reporter = {
  onTestRunEnd(modules) {
    const skipped = modules.flatMap((file) =>
      [...file.children.allTests("skipped")].map((test) => `  ${file.relativeModuleId} > ${test.fullName}`),
    );
    if (skipped.length > 0) console.log(`\nskipped:\n${skipped.join("\n")}`);
  },
};
