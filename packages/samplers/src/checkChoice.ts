/** @throws RangeError unless `got` is one of the choices */
export const checkChoice = <C extends string | number>(
  where: string,
  what: string,
  got: C,
  choices: readonly C[],
): void => {
  if (!choices.includes(got))
    throw new RangeError(
      `${where}: ${what} must be one of ${choices.map((c) => JSON.stringify(c)).join(", ")}, got ${JSON.stringify(got)}`,
    );
};
