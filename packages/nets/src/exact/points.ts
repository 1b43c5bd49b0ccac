/** Checks a non-empty list of finite rows of one positive length, and returns that length. */
export const checkRows = (where: string, name: string, rows: readonly ArrayLike<number>[]): number => {
  const dim = rows[0]?.length ?? 0;
  if (dim === 0) throw new RangeError(`${where}: ${name} must hold at least one row of at least one number`);
  rows.forEach((row, k) => {
    if (row.length !== dim)
      throw new RangeError(`${where}: ${name}[${k}] must have ${dim} numbers like the first, got ${row.length}`);
    for (let i = 0; i < dim; i++)
      if (!Number.isFinite(row[i])) throw new RangeError(`${where}: ${name}[${k}][${i}] must be finite, got ${row[i]}`);
  });
  return dim;
};
