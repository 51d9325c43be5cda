/** How a source is run: fire and forget, for its last value, as a module, or only looked at for mistakes. Crosses. */
export const RUN_WAYS = Object.freeze(['script', 'value', 'module', 'check'] as const);

export type RunHow = (typeof RUN_WAYS)[number];
