import { beforeAll, describe, expect, test } from "vitest";
import { answers, missing } from "../../packages/engine/test/fixtures/chromium.ts";
import { cases } from "./cases.ts";
import { problemsIn, type Report } from "./runAll.ts";

const minutes = 60_000;

describe.skipIf(missing !== "").each(["nonmarkov", "webgpu"])(
  `%s in a page in Chromium computes what cpu does${missing}`,
  (backend) => {
    let answer: Report | string;
    beforeAll(async () => {
      const page = "../../../../test/contract/page.ts";
      [answer] = (await answers(page, [{ query: `?backend=${backend}`, isolated: true }], 9 * minutes)) as [Report];
    }, 10 * minutes);

    test.each(cases.map((each) => [`${each.area}: ${each.name}`, each] as const))("%s", (_, contractCase) => {
      if (typeof answer === "string") expect.fail(answer);
      expect(problemsIn(answer, contractCase)).toEqual([]);
    });
  },
);
