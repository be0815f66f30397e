import assert from "node:assert/strict";
import { LmError, type ErrorCode } from "../../../src/base/errors.ts";
import { PlainValue } from "../../../src/base/plainValue.ts";
import {
  createClient,
  serve,
  type HandlerContext,
  type RequestHandlers,
} from "../../../src/protocol/requestChannel.ts";
import { createPortPair, type PortPair } from "../../fakes/portPair.ts";

interface TestRequests {
  readonly double: { readonly params: number; readonly result: number; readonly event: never };
  readonly count: { readonly params: { readonly to: number }; readonly result: string; readonly event: number };
  readonly wait: { readonly params: null; readonly result: string; readonly event: never };
  readonly fail: { readonly params: string; readonly result: never; readonly event: never };
}

/** Handlers whose `wait` ends only when it is cancelled, with "cancelled". */
const HANDLERS: RequestHandlers<TestRequests> = {
  double: (params) => 2 * new PlainValue(params, "params").number(),
  count: ({ to }, { emit }) => {
    for (let i = 1; i <= to; i++) {
      emit(i);
    }
    return "counted";
  },
  wait: (_params, { signal }) =>
    new Promise((resolve) => {
      signal.addEventListener("abort", () => {
        resolve("cancelled");
      });
    }),
  fail: (kind) => {
    throw kind === "lm" ? new LmError("noDocuments", "open a folder", { facts: { count: 0 } }) : new Error("our bug");
  },
};

function checkRejects(promise: Promise<unknown>, code: ErrorCode, message: RegExp): Promise<void> {
  return assert.rejects(promise, (error) => {
    assert.ok(error instanceof LmError, String(error));
    assert.equal(error.code, code);
    assert.match(error.message, message);
    return true;
  });
}

function connect(handlers: RequestHandlers<TestRequests> = HANDLERS): PortPair & {
  readonly client: ReturnType<typeof createClient<TestRequests>>;
  readonly server: ReturnType<typeof serve>;
} {
  const pair = createPortPair();
  return { ...pair, server: serve<TestRequests>(pair.right, handlers), client: createClient<TestRequests>(pair.left) };
}

describe("requestChannel", () => {
  it("gives every request its own answer, whatever the order", async () => {
    const { client } = connect();
    const controller = new AbortController();
    const waiting = client.request("wait", null, { signal: controller.signal });
    assert.deepEqual(await Promise.all([client.request("double", 1), client.request("double", 2)]), [2, 4]);
    controller.abort();
    assert.equal(await waiting, "cancelled");
  });

  it("delivers all events of a request before its result, and to nobody else", async () => {
    const { client } = connect();
    const seen: number[] = [];
    const others: number[] = [];
    const counted = client.request("count", { to: 3 }, { onEvent: (event) => seen.push(event) });
    const other = client.request("count", { to: 1 }, { onEvent: (event) => others.push(event) });
    assert.equal(await counted, "counted");
    assert.deepEqual(seen, [1, 2, 3]);
    await other;
    assert.deepEqual(others, [1]);
  });

  it("restores a handler's LmError with code, message and facts", async () => {
    const { client } = connect();
    await assert.rejects(client.request("fail", "lm"), (error) => {
      assert.ok(error instanceof LmError);
      assert.deepEqual([error.code, error.message, error.facts], ["noDocuments", "open a folder", { count: 0 }]);
      return true;
    });
  });

  it("names any other error of a handler unexpected", async () => {
    const { client } = connect();
    await checkRejects(client.request("fail", "bug"), "unexpected", /our bug/);
  });

  it("answers parameters that a validator refuses with protocolViolation", async () => {
    const { client } = connect();
    await checkRejects(
      client.request("double", "two" as unknown as number),
      "protocolViolation",
      /Expected `params` to be a finite number/,
    );
  });

  it("answers a method that nobody handles", async () => {
    const { client } = connect({} as RequestHandlers<TestRequests>);
    await checkRejects(client.request("double", 1), "protocolViolation", /no request named "double"/);
  });

  it("does not take a name of every object's prototype for a method", async () => {
    const { client } = connect();
    await checkRejects(client.request("constructor" as "double", 1), "protocolViolation", /no request named/);
  });

  it("settles a request whose parameters cannot be sent", async () => {
    const { client } = connect();
    await assert.rejects(client.request("double", (() => 1) as unknown as number), /could not be cloned/);
    assert.equal(await client.request("double", 4), 8);
  });

  it("settles a request whose result cannot be sent", async () => {
    const { client } = connect({ ...HANDLERS, double: () => (() => 1) as unknown as number });
    await checkRejects(client.request("double", 1), "unexpected", /could not be cloned/);
  });

  it("lets the handler decide how a cancelled request ends", async () => {
    const { client } = connect({
      ...HANDLERS,
      wait: (_params, { signal }) => waitForAbort(signal, () => Promise.reject(new LmError("badArgument", "stopped"))),
    });
    const controller = new AbortController();
    const waiting = client.request("wait", null, { signal: controller.signal });
    controller.abort();
    await checkRejects(waiting, "badArgument", /stopped/);
  });

  it("cancels a request whose signal was aborted before it was made", async () => {
    const { client } = connect();
    assert.equal(await client.request("wait", null, { signal: AbortSignal.abort() }), "cancelled");
  });

  it("cancels nothing when the signal is aborted after the answer", async () => {
    const { client, right } = connect();
    const messages: unknown[] = [];
    right.onDidReceive((message) => messages.push(message));
    const controller = new AbortController();
    await client.request("double", 1, { signal: controller.signal });
    controller.abort();
    await client.request("double", 2);
    assert.deepEqual(
      messages.map((message) => (message as { kind: string }).kind),
      ["request", "request"],
    );
  });

  it("rejects what is under way, and what comes later, with the reason of the other side's death", async () => {
    const { client, close } = connect();
    const waiting = client.request("wait", null);
    close("killed by signal SIGKILL");
    await checkRejects(waiting, "engineDied", /SIGKILL/);
    await checkRejects(client.request("double", 1), "engineDied", /SIGKILL/);
  });

  it("rejects what is under way when the client is disposed, twice without harm", async () => {
    const { client } = connect();
    const waiting = client.request("wait", null);
    client.dispose();
    client.dispose();
    await checkRejects(waiting, "engineDied", /closed on this side/);
  });

  it("answers what is under way and aborts the handlers when the server is disposed", async () => {
    const signals: AbortSignal[] = [];
    const { client, server } = connect({
      ...HANDLERS,
      wait: (_params, { signal }) => {
        signals.push(signal);
        return waitForAbort(signal, () => Promise.resolve("late"));
      },
    });
    const waiting = client.request("wait", null);
    await client.request("double", 1);
    server.dispose();
    server.dispose();
    await checkRejects(waiting, "engineDied", /shut down/);
    assert.deepEqual(
      signals.map(({ aborted }) => aborted),
      [true],
    );
  });

  it("lets what is under way answer for itself when the server finishes, and takes nothing more", async () => {
    const { client, server } = connect();
    const waiting = client.request("wait", null);
    await client.request("double", 1);
    const finished = server.finish();
    await checkRejects(client.request("double", 2), "engineDied", /too late/);
    assert.equal(await waiting, "cancelled");
    await finished;
    await server.finish();
  });

  it("aborts the handlers when the asking side is gone", async () => {
    const contexts: HandlerContext<never>[] = [];
    const { client, close } = connect({
      ...HANDLERS,
      wait: (_params, context) => {
        contexts.push(context);
        return waitForAbort(context.signal, () => Promise.resolve("late"));
      },
    });
    const waiting = client.request("wait", null);
    await client.request("double", 1);
    close("gone");
    await checkRejects(waiting, "engineDied", /gone/);
    assert.deepEqual(
      contexts.map(({ signal }) => signal.aborted),
      [true],
    );
  });

  it("sends no event after the request has settled", async () => {
    let late: ((event: number) => void) | undefined;
    const { client } = connect({
      ...HANDLERS,
      count: (_params, { emit }) => {
        late = emit;
        return "counted";
      },
    });
    const seen: number[] = [];
    await client.request("count", { to: 0 }, { onEvent: (event) => seen.push(event) });
    late?.(99);
    await client.request("double", 1);
    assert.deepEqual(seen, []);
  });

  for (const [title, message] of [
    ["of no shape", "hello"],
    ["of an unknown kind", { kind: "shout", id: 1 }],
    ["with an error of an unknown code", { kind: "error", id: 1, error: { code: "nope", message: "", facts: {} } }],
  ] as const) {
    it(`settles everything when a message ${title} comes in`, async () => {
      const { left, right } = createPortPair();
      const client = createClient<TestRequests>(left);
      const waiting = client.request("wait", null);
      right.postMessage(message);
      await checkRejects(waiting, "protocolViolation", /is no message/);
    });
  }

  it("answers a malformed request that has an id", async () => {
    const { left } = connect();
    const answer = new Promise((resolve) => left.onDidReceive(resolve));
    left.postMessage({ kind: "request", id: 77 });
    const { kind, id, error } = (await answer) as { kind: string; id: number; error: { code: string } };
    assert.deepEqual([kind, id, error.code], ["error", 77, "protocolViolation"]);
  });
});

function waitForAbort(signal: AbortSignal, settle: () => Promise<string>): Promise<string> {
  return new Promise((resolve, reject) => {
    signal.addEventListener("abort", () => {
      settle().then(resolve, reject);
    });
  });
}
