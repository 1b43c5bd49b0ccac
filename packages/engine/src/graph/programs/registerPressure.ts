import type { ElementProgram } from "../elementwise.ts";

/** How many numbers a program may hold at one time, so that a machine with 16 registers has two to spare. */
export const registerLimit = 14;

/**
 * The most numbers that a program holds at one time, if inputs are loaded where they are first used, outputs are stored
 * where they are made, and a result may take the register of an operand that is not used again.
 */
export const registerPressure = ({ inputs, instructions, outputs }: ElementProgram): number => {
  const lastUse = new Map<number, number>();
  instructions.forEach(({ args }, time) => args.forEach((register) => lastUse.set(register, time)));
  const live = new Set<number>();
  let most = outputs.some((register) => register < inputs) ? 1 : 0;
  instructions.forEach(({ args }, time) => {
    for (const register of args) live.add(register);
    most = Math.max(most, live.size);
    for (const register of args) if (lastUse.get(register) === time) live.delete(register);
    const result = inputs + time;
    most = Math.max(most, live.size + 1);
    if (lastUse.has(result)) live.add(result);
  });
  return most;
};
