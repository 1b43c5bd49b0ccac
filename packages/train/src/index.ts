export {
  type ForeignArray,
  type NamedArray,
  type SavedState,
  stateFromArrays,
  stateToArrays,
  treeFromArrays,
  treeToArrays,
} from "./arrays.ts";
export type { Conditioning } from "./conditioning.ts";
export { type Conversion, conversion } from "./conversion.ts";
export { type ClassifierExamples, crossEntropyLoss, type CrossEntropyLossOptions } from "./crossEntropyLoss.ts";
export {
  type Applies,
  type Batch,
  type DiffusionExamples,
  type DiffusionLossOptions,
  diffusionLoss,
} from "./diffusionLoss.ts";
export { drawNoise } from "./drawNoise.ts";
export { drawTimes } from "./drawTimes.ts";
export { dropLabels } from "./dropLabels.ts";
export { type EdmLossOptions, edmLoss } from "./edmLoss.ts";
export { type EmaOptions, ema } from "./ema.ts";
export { evaluateLoss } from "./evaluateLoss.ts";
export { type FitEvent, type FitOptions, fit } from "./fit.ts";
export { type HybridExamples, hybridLoss, type HybridLossOptions } from "./hybridLoss.ts";
export { initialState } from "./initialState.ts";
export type { Loss } from "./loss.ts";
export { NonFiniteError } from "./nonFiniteError.ts";
export { type CleanExamples, type NoisedExamples, noisedExamples } from "./noisedExamples.ts";
export { type Noised, noising } from "./noising.ts";
export { type AdamOptions, type AdamState, adam } from "./optimizers/adam.ts";
export { type AdamwOptions, adamw } from "./optimizers/adamw.ts";
export { chain } from "./optimizers/chain.ts";
export { clipByGlobalNorm } from "./optimizers/clipByGlobalNorm.ts";
export type { Optimizer, Update } from "./optimizers/optimizer.ts";
export { scaleBySchedule } from "./optimizers/scaleBySchedule.ts";
export { type SgdOptions, type SgdState, sgd } from "./optimizers/sgd.ts";
export { type Prediction, predictions } from "./prediction.ts";
export { constantRate } from "./rates/constantRate.ts";
export { cosineRate } from "./rates/cosineRate.ts";
export { type RatePiece, joinRates } from "./rates/joinRates.ts";
export type { Rate } from "./rates/rate.ts";
export { warmup } from "./rates/warmup.ts";
export { type State, disposeState } from "./state.ts";
export { type TargetCoefs, targetCoefs } from "./targetCoefs.ts";
export { type StepResult, type TrainStep, type TrainStepOptions, trainStep } from "./trainStep.ts";
export type { Training } from "./training.ts";
export { type TrainingKeys, trainingKeys } from "./trainingKeys.ts";
export { errorWeights } from "./weights/errorWeights.ts";
export { minSnrWeights } from "./weights/minSnrWeights.ts";
export { normalizeWeights } from "./weights/normalizeWeights.ts";
export { truncatedSnrWeights } from "./weights/truncatedSnrWeights.ts";
export type { Weights } from "./weights/weights.ts";
