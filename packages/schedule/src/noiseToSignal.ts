/**
 * sqrt((1 - alphaBar) / alphaBar): the sigma(t) of the ODE view (14), and `sigmas` of diffusers. 0 at 1, Infinity at 0.
 * Not to be confused with the fresh noise of a sampler's step, see {@link sigmaEta}.
 */
export const noiseToSignal = (alphaBar: number): number => Math.sqrt((1 - alphaBar) / alphaBar);

/** The inverse of `noiseToSignal`: 1 / (1 + noiseToSignal^2). */
export const alphaBarFromNoiseToSignal = (noiseToSignal: number): number => 1 / (1 + noiseToSignal * noiseToSignal);
