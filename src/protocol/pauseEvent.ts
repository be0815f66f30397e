/** The run stands still from now on, or goes on again. The time between counts neither into its budget nor into its figures. */
export interface PauseEvent {
  readonly type: "pause";
  readonly isPaused: boolean;
}
