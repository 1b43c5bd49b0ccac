import type { Row, Table } from "@nonmarkov/samplers";

/** A remembered eps as x·(the state) + Σ x0[j]·x0_j, newest first. */
type Expression = { readonly x: number; readonly x0: readonly number[] };

/** Σ coefs[i]·lists[i], the shorter lists filled up with zeros. */
const sum = (coefs: readonly number[], lists: readonly (readonly number[])[]): number[] =>
  Array.from({ length: Math.max(0, ...lists.map((list) => list.length)) }, (_, j) =>
    lists.reduce((total, list, i) => total + coefs[i]! * (list[j] ?? 0), 0),
  );

/**
 * The same table with the noise derived anew from the (changed) clean data, eps = (x - √a·x0)/√(1 - a): its rows use x0
 * alone, so that a run's mapX0 changes both. Earlier states, of which the noise of earlier evaluations is made, are linear
 * in the present one.
 * @throws RangeError if a row uses the noise predicted before fresh noise was added, or before x was left behind
 */
export const derivedEps = ({ name, rows }: Table): Table => {
  const reach = Math.max(...rows.map((row) => row.eps.length));
  let remembered: readonly Expression[] = [];
  const derived = (row: Row, step: number): Row => {
    const noise = Math.sqrt(1 - row.alphaBarT);
    const known: readonly Expression[] =
      row.time === null
        ? remembered
        : [
            { x: 1 / noise, x0: [-Math.sqrt(row.alphaBarT) / noise] },
            ...remembered.map(({ x, x0 }) => ({ x, x0: [0, ...x0] })),
          ];
    const used = row.eps.flatMap((c, j) => (c === 0 ? [] : [{ c, j }]));
    for (const { j } of used)
      if (known[j] === undefined)
        throw new RangeError(
          `derivedEps: row ${step} of ${name} must use only noise that was predicted since the last fresh noise, got eps[${j}]; do not change x0, or take a method without fresh noise`,
        );
    const coefs = [1, ...used.map(({ c }) => c)];
    const x = sum(coefs, [[row.x], ...used.map(({ j }) => [known[j]!.x])])[0]!;
    const x0 = sum(coefs, [row.x0, ...used.map(({ j }) => known[j]!.x0)]);
    // the state at t in terms of that at s, for what is remembered
    remembered =
      x === 0 || row.sigma > 0
        ? []
        : known.slice(0, reach).map((past) => ({ x: past.x / x, x0: sum([1, -past.x / x], [past.x0, x0]) }));
    return { ...row, x, x0, eps: [] };
  };
  return { name: `${name}, eps from x0`, rows: rows.map(derived) };
};
