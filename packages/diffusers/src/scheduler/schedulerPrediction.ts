import type { Prediction } from "@nonmarkov/samplers";
import type { SchedulerConfig } from "./schedulerConfig.ts";

const predictions: Readonly<Record<SchedulerConfig["prediction_type"], Prediction>> = {
  epsilon: "eps",
  sample: "x0",
  v_prediction: "v",
};

/** What a configuration says that its network predicts, in our words. */
export const schedulerPrediction = ({ prediction_type }: SchedulerConfig): Prediction => predictions[prediction_type];
