import type { SchedulerConfig } from "./schedulerConfig.ts";

/** Reports what a scheduler cannot do: which, what, and what to do about it. */
export const refuse = ({ _class_name: name }: SchedulerConfig, what: string, advice: string): never => {
  throw new RangeError(`planScheduler: ${name} ${what}; ${advice}`);
};
