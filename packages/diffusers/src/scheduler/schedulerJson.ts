import type { SchedulerConfig } from "./schedulerConfig.ts";
import { defaults } from "./schedulerDefaults.ts";

/**
 * The content of a scheduler_config.json: the fields that the configuration's class has, with their values. Infinite ones,
 * which JSON cannot hold and are defaults, are left out.
 */
export const schedulerJson = (config: SchedulerConfig): Readonly<Record<string, unknown>> => ({
  _class_name: config._class_name,
  ...Object.fromEntries(
    (Object.keys(defaults[config._class_name]) as (keyof typeof config)[])
      .map((key) => [key, config[key]] as const)
      .filter(([, value]) => value !== -Infinity),
  ),
});
