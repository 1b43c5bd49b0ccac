export type { Features } from "./features.ts";
export type { Frechet } from "./frechet.ts";
export { frechetDistance } from "./frechetDistance.ts";
export { frechetFromMoments } from "./frechetFromMoments.ts";
export { kid, type Kid, type KidOptions } from "./kid.ts";
export { moments, type Moments } from "./moments.ts";
export { polynomialMmd } from "./polynomialMmd.ts";
export { randomFeatures, type RandomFeatureRows, type RandomFeaturesOptions } from "./randomFeatures.ts";
export { slicedWasserstein, type SlicedWassersteinOptions } from "./slicedWasserstein.ts";
