/**
 * Globals that every JavaScript runtime of ours has (Node, extension host, webview, workers) and that ECMAScript's own
 * library files lack. The pure layers are compiled with no ambient types but these; elsewhere they merge with the
 * runtime's own declarations.
 */

interface AbortSignal {
  readonly aborted: boolean;
  addEventListener(type: "abort", listener: () => void, options?: { once?: boolean }): void;
  removeEventListener(type: "abort", listener: () => void): void;
}

interface AbortController {
  readonly signal: AbortSignal;
  abort(reason?: unknown): void;
}

// eslint-disable-next-line no-var -- only `var` merges with the runtime's own declaration of the same global
declare var AbortController: {
  prototype: AbortController;
  new (): AbortController;
};

interface TextEncoder {
  encode(input?: string): Uint8Array<ArrayBuffer>;
}

// eslint-disable-next-line no-var -- only `var` merges with the runtime's own declaration of the same global
declare var TextEncoder: {
  prototype: TextEncoder;
  new (): TextEncoder;
};

interface TextDecoderOptions {
  fatal?: boolean;
  ignoreBOM?: boolean;
}

interface TextDecodeOptions {
  stream?: boolean;
}

interface TextDecoder {
  decode(input?: ArrayBufferView | ArrayBuffer, options?: TextDecodeOptions): string;
}

// eslint-disable-next-line no-var -- only `var` merges with the runtime's own declaration of the same global
declare var TextDecoder: {
  prototype: TextDecoder;
  new (label?: string, options?: TextDecoderOptions): TextDecoder;
};
