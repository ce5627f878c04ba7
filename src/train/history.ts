/** What fit returns: one number an epoch for the loss, each metric, and their validation forms (val_...). */
export interface History {
  readonly epoch: number[];
  readonly history: Record<string, number[]>;
}

/** Loss and metrics by name. */
export type Logs = Record<string, number>;
