import { beforeAll, describe, expect, test } from "vitest";
import { cases } from "./cases.ts";
import { prepare, problemsOf } from "./runAll.ts";

beforeAll(() => prepare("webgpu"));

describe.each([...new Set(cases.map(({ area }) => area))])("webgpu in Node computes what cpu does: %s", (of) => {
  test.each(cases.filter(({ area }) => area === of))("$name", async (contractCase) =>
    expect(await problemsOf("webgpu", contractCase)).toEqual([]),
  );
});
