import { setMaxListeners } from "node:events";
import fc from "fast-check";
import { installSwitch, type Switch } from "./switch.ts";

/**
 * One seed, so that a mutant that is caught once is caught always; no shrinking, no counterexamples, no stacks: all that
 * counts is whether a test fails.
 */
fc.configureGlobal({
  seed: 2010_02502,
  endOnFailure: true,
  reporter: ({ failed }) => {
    if (failed) throw new Error("a property does not hold");
  },
});
Error.stackTraceLimit = 0;
// every further run of a test listens to its abort signal once more
setMaxListeners(0);

declare global {
  var __switch: Switch;
}
globalThis.__switch = installSwitch();
const cold = process.env["MUTANT"];
if (cold !== undefined) globalThis.__switch.activate(Number(cold), 1e8);
