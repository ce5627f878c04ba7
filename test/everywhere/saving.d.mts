type Library = typeof import('../../src/index.js');
type PlaceOf = (name: string) => string;
export function run(chainrule: Library, place: PlaceOf): Promise<Record<string, unknown>>;
export function again(chainrule: Library, place: PlaceOf): Promise<boolean>;
export function download(chainrule: Library): Promise<{ name: string; same: boolean }>;
