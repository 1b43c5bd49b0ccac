/** Reports an argument that breaks a rule: where, what must hold, what came, what to do. */
export const fail = (where: string, rule: string, got: unknown, advice: string): never => {
  throw new RangeError(`${where}: ${rule}, got ${got}; ${advice}`);
};
