import fc from "fast-check";
import { afterEach } from "vitest";

declare module "vitest" {
  interface TaskMeta {
    /** How many inputs fast-check has drawn for a test. */
    runs?: number;
  }
}

let runs = 0;
fc.configureGlobal({
  reporter: (details) => {
    runs += details.numRuns;
    if (details.failed) throw new Error(fc.defaultReportMessage(details));
  },
});
afterEach(({ task }) => {
  task.meta.runs = runs;
  runs = 0;
});
