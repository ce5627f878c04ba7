export const summary = (_: unknown) => '';
