import { expect, test } from "vitest";
import { answers, missing } from "./fixtures/chromium.ts";

type Answer = {
  readonly backend: string;
  readonly threads: number;
  readonly cores: number;
  readonly why: string;
  readonly digest: number;
  readonly small: readonly number[];
  readonly first: readonly number[];
  readonly again: readonly number[];
};

test.skipIf(missing !== "")(
  `a bundled page in Chromium computes the same bits on one thread and, if cross-origin isolated, on more${missing}`,
  async () => {
    const pages = [
      { isolated: false },
      { isolated: true },
      { isolated: true, query: "?threads=1" },
      { isolated: true, query: "?threads=3" },
    ];
    const found = (await answers("page.ts", pages)) as Answer[];
    const [plain, isolated, one, three] = found as [Answer, Answer, Answer, Answer];
    for (const { backend, small, digest, first, again } of found) {
      expect({ backend, small }).toEqual({ backend: "nonmarkov", small: [-12, -28] });
      expect(digest).toBe(plain.digest);
      first.forEach((value, i) => expect(again[i]! / value).toBeCloseTo(1, 3));
    }
    expect([plain.threads, one.threads, three.threads]).toEqual([1, 1, 3]);
    expect(isolated.threads).toBe(isolated.cores);
    expect(plain.why).toContain("threads need SharedArrayBuffer: a page must be cross-origin isolated");
    expect(isolated.why).not.toContain("SharedArrayBuffer");
  },
  120_000,
);
