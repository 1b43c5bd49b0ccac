/** What the command's exit code means, as `nonmarkov --help` prints it. */
export const exitCodes = { ok: 0, failure: 1, usage: 2, SIGINT: 130, SIGTERM: 143 } as const;
