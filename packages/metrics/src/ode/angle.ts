/** The angle ψ in [0, π/2] of a signal level: cos ψ = √alphaBar, sin ψ = √(1 - alphaBar). */
export const angle = (alphaBar: number): number => Math.atan2(Math.sqrt(1 - alphaBar), Math.sqrt(alphaBar));

/** The inverse of {@link angle}. */
export const alphaBarFromAngle = (psi: number): number => Math.cos(psi) ** 2;
