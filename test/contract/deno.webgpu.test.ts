import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { beforeAll, describe, expect, test } from "vitest";
import { cases } from "./cases.ts";
import { problemsIn, type Report } from "./runAll.ts";

const minutes = 60_000;
const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));

describe("webgpu in Deno computes what cpu does", () => {
  let answer: Report | { readonly missing: true };
  beforeAll(async () => {
    const { VK_ICD_FILENAMES: _, ...env } = process.env; // Deno's own choice of adapter
    const { stdout } = await promisify(execFile)(
      path("../../node_modules/.bin/deno"),
      ["run", "--allow-read", "--allow-env", path("./deno.ts")],
      { timeout: 9 * minutes, cwd: path("../.."), env, maxBuffer: 2 ** 26 },
    );
    answer = JSON.parse(stdout) as typeof answer;
  }, 10 * minutes);

  test.for(cases.map((each) => [`${each.area}: ${each.name}`, each] as const))("%s", ([, contractCase], { skip }) => {
    if ("missing" in answer) skip("Deno has no adapter");
    else expect(problemsIn(answer, contractCase)).toEqual([]);
  });
});
