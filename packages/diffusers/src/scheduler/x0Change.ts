import type { SchedulerConfig } from "./schedulerConfig.ts";

/** How the predicted clean data are changed before they are used. */
export type X0Change =
  | {
      /** Clipped. */
      readonly kind: "clip";
      /** To ± this. */
      readonly limit: number;
    }
  | {
      /** Thresholded dynamically. */
      readonly kind: "threshold";
      /** The quantile of |x0| that becomes the bound. */
      readonly ratio: number;
      /** The largest bound. */
      readonly max: number;
    };

/** What a configuration says of it; null where the predicted clean data stay as they are. */
export const x0ChangeOf = (config: SchedulerConfig): X0Change | null => {
  const { thresholding, dynamic_thresholding_ratio: ratio, sample_max_value: max } = config;
  if (thresholding) return { kind: "threshold", ratio, max };
  return config.clip_sample ? { kind: "clip", limit: config.clip_sample_range } : null;
};
