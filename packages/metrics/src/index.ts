export { bitsPerDim, type BitsPerDimOptions } from "./bitsPerDim.ts";
export { dequantize, type DequantizeOptions } from "./dequantize.ts";
export type { Features } from "./features.ts";
export type { Frechet } from "./frechet.ts";
export { frechetDistance } from "./frechetDistance.ts";
export { frechetInterval, type FrechetInterval } from "./frechetInterval.ts";
export { frechetFromMoments } from "./frechetFromMoments.ts";
export { type Interval, jackknife } from "./jackknife.ts";
export { kidInterval } from "./kidInterval.ts";
export { kid, type Kid, type KidOptions } from "./kid.ts";
export { type BoundProcess, type BoundStep, boundSteps } from "./likelihood/boundSteps.ts";
export { boundTerm, type BoundTermOptions } from "./likelihood/boundTerm.ts";
export { discretizedGaussian, type DiscretizedGaussianOptions } from "./likelihood/discretizedGaussian.ts";
export { gaussianKl } from "./likelihood/gaussianKl.ts";
export { gaussianLogDensity } from "./likelihood/gaussianLogDensity.ts";
export type { LogLikelihood } from "./likelihood/logLikelihood.ts";
export { type LogInterval, logNormalInterval } from "./likelihood/logNormalInterval.ts";
export {
  largeVariance,
  learnedRangeVariance,
  learnedVariance,
  type ModelVariance,
  processVariance,
} from "./likelihood/modelVariance.ts";
export { onRows, type OnRowsOptions } from "./likelihood/onRows.ts";
export { priorKl } from "./likelihood/priorKl.ts";
export {
  type DenoiserOutput,
  type DiagonalGaussian,
  type LearnedOutput,
  reverseGaussian,
  type ReverseGaussianOptions,
} from "./likelihood/reverseGaussian.ts";
export { tanhLogNormalInterval, tanhNormalCdf } from "./likelihood/tanhLogNormalInterval.ts";
export {
  type Estimate,
  type RowDenoiser,
  type VariationalBound,
  variationalBound,
  type VariationalBoundOptions,
} from "./likelihood/variationalBound.ts";
export { moments, type Moments } from "./moments.ts";
export { exactTrace } from "./ode/exactTrace.ts";
export { hutchinson, type HutchinsonOptions } from "./ode/hutchinson.ts";
export { indexAt } from "./ode/indexAt.ts";
export { odeLogLikelihood, type OdeLogLikelihood, type OdeLogLikelihoodOptions } from "./ode/odeLogLikelihood.ts";
export type { Probe } from "./ode/probe.ts";
export { rademacherTensor } from "./ode/rademacherTensor.ts";
export { heunTableau, rk4Tableau, type Tableau } from "./ode/tableau.ts";
export { traceByDifferences, type TraceByDifferencesOptions } from "./ode/traceByDifferences.ts";
export type { TracedDenoiser, TracedOutput } from "./ode/tracedDenoiser.ts";
export type { TensorTraces, TraceEstimator } from "./ode/traceEstimator.ts";
export { traceOnTensors, type TraceOnTensorsOptions } from "./ode/traceOnTensors.ts";
export { polynomialMmd } from "./polynomialMmd.ts";
export type { Prediction } from "./prediction.ts";
export { randomFeatures, type RandomFeatureRows, type RandomFeaturesOptions } from "./randomFeatures.ts";
export type { Rows } from "./rows.ts";
export { slicedWasserstein, type SlicedWassersteinOptions } from "./slicedWasserstein.ts";
