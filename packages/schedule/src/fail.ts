/** Reports an argument that breaks a rule: where, what must hold, what came. */
export const fail = (where: string, rule: string, got: unknown): never => {
  throw new RangeError(`${where}: ${rule}, got ${got}`);
};
