import type { Context, Runnable } from "mocha";

/** Skips the running test, or all tests of a suite when called from its `before`, with a reason that the report shows. */
export function skipAloud(context: Context, reason: string): never {
  const runnable = context.test as (Runnable & { readonly type?: string }) | undefined;
  const target = runnable?.type === "hook" ? runnable.parent : runnable;
  Object.assign(target ?? {}, { skipReason: reason });
  return context.skip();
}
