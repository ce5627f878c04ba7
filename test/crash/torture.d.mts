export function torture(options: {
  kills: number;
  longest?: number;
  seed?: number;
  log?: (line: string) => void;
}): Promise<{ kills: number; trainings: number; most: number }>;
