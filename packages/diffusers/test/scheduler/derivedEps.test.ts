import { arraySpace, ddim, deis, heun, pndm, sample, type Table } from "@nonmarkov/samplers";
import { everyT, linear } from "@nonmarkov/schedule";
import { key } from "@nonmarkov/random";
import { describe, expect, test } from "vitest";
import { derivedEps } from "../../src/scheduler/derivedEps.ts";
import { expectNear } from "./reference.ts";

const schedule = linear({ T: 8, betaStart: 0.02, betaEnd: 0.4 });
const path = everyT(8);

const run = (table: Table): Promise<Float64Array> =>
  sample({
    table,
    denoiser: (x, t) => x.map((value) => Math.tanh(0.7 * value + 0.1 * Math.sin(t))),
    xT: Float64Array.of(0.4, -1.3),
    space: arraySpace(),
    key: key(1),
  });

describe("derivedEps", () => {
  test.each<[string, Table]>([
    ["ddim with noise", ddim({ eta: 0.5 })(schedule, path)],
    ["deis", deis({ order: 3, lowerOrderFinal: false })(schedule, path)],
    ["pndm, which remembers 12 evaluations", pndm()(schedule, path)],
    ["heun", heun()(schedule, path)],
  ])("where x0 is not changed nothing is: %s", async (_, table) => {
    const derived = derivedEps(table);
    expect(derived.rows.every((row) => row.eps.length === 0)).toBe(true);
    expectNear(await run(derived), await run(table), { abs: 1e-11, rel: 1e-11 });
  });

  test("the noise of before fresh noise was added is not known", () => {
    const { name, rows } = deis({ order: 2 })(schedule, path);
    const noisy = rows.map((row, i) => (i === 3 ? { ...row, sigma: 0.1 } : row));
    expect(() => derivedEps({ name, rows: noisy })).toThrow(/row 4 of deis.*got eps\[1\]/);
  });
});
