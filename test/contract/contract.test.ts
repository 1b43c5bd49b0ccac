import { beforeAll, describe, expect, test } from "vitest";
import { cases } from "./cases.ts";
import { prepare, problemsOf } from "./runAll.ts";

beforeAll(() => prepare("nonmarkov"));

const compared = cases.filter(({ reference }) => reference !== "nonmarkov");

describe.each([...new Set(compared.map(({ area }) => area))])("nonmarkov computes what cpu does: %s", (of) => {
  test.each(compared.filter(({ area }) => area === of))("$name", async (contractCase) =>
    expect(await problemsOf("nonmarkov", contractCase)).toEqual([]),
  );
});

test("every case has a name of its own", () =>
  expect(new Set(cases.map(({ area, name }) => `${area}: ${name}`)).size).toBe(cases.length));
