/** Names of the three channels between preload and main process; there are no others. */
export const channels = {
  /** Window to host: one `FromWindow`. */
  ask: "pureecho:ask",
  /** Host to window: one `ToWindow`. */
  tell: "pureecho:tell",
  /** Preload to host, answered: paths of dropped files, as `webUtils` gave them. */
  adopt: "pureecho:adopt",
} as const;
