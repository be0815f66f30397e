/** A misfortune whose message tells the person at the terminal all there is to know: printed without a stack. */
export class FriendlyError extends Error {}
