import {
  type Context,
  INVALID_SPAN_CONTEXT,
  type Span,
  type SpanContext,
  type SpanStatus,
  SpanStatusCode,
  trace,
} from "@opentelemetry/api";
import { afterEach, describe, expect, test } from "vitest";
import { createOtelTracer } from "./otel-tracer.ts";

const parent = {
  traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
  tracestate: "vendor=1",
};

/** As much of an SDK as these tests need. */
class RecordedSpan implements Span {
  readonly attributes: Record<string, unknown> = {};
  readonly exceptions: unknown[] = [];
  readonly name: string;
  readonly parent: SpanContext | undefined;
  status: SpanStatus | undefined;
  ended = false;

  constructor(name: string, context: Context) {
    this.name = name;
    this.parent = trace.getSpanContext(context);
  }
  spanContext(): SpanContext {
    return {
      traceId: this.parent?.traceId ?? "1".repeat(32),
      spanId: "2".repeat(16),
      traceFlags: 1,
      ...(this.parent?.traceState === undefined ? {} : { traceState: this.parent.traceState }),
    };
  }
  setAttribute(key: string, value: unknown): this {
    this.attributes[key] = value;
    return this;
  }
  recordException(exception: unknown): void {
    this.exceptions.push(exception);
  }
  setStatus(status: SpanStatus): this {
    this.status = status;
    return this;
  }
  end(): void {
    this.ended = true;
  }
  isRecording(): boolean {
    return !this.ended;
  }
  setAttributes(): this {
    return this;
  }
  addEvent(): this {
    return this;
  }
  addLink(): this {
    return this;
  }
  addLinks(): this {
    return this;
  }
  updateName(): this {
    return this;
  }
}

function installSdk(): RecordedSpan[] {
  const spans: RecordedSpan[] = [];
  const startSpan = (name: string, _options: unknown, context: Context): Span => {
    const span = new RecordedSpan(name, context);
    spans.push(span);
    return span;
  };
  const startActiveSpan = (): never => {
    throw new Error("not used");
  };
  trace.setGlobalTracerProvider({ getTracer: () => ({ startSpan, startActiveSpan }) });
  return spans;
}

afterEach(() => trace.disable());

describe("createOtelTracer", () => {
  test("continues the caller's trace, and hands on its own span", async () => {
    const spans = installSdk();
    const span = (await createOtelTracer("test")).startSpan("append", parent);
    span.setAttribute("records", 3);
    span.end();
    expect(spans[0]).toMatchObject({
      name: "append",
      attributes: { records: 3 },
      ended: true,
      parent: {
        traceId: "0af7651916cd43dd8448eb211c80319c",
        spanId: "b7ad6b7169203331",
        traceFlags: 1,
        isRemote: true,
      },
    });
    expect(span.context).toEqual({
      traceparent: `00-0af7651916cd43dd8448eb211c80319c-${"2".repeat(16)}-01`,
      tracestate: "vendor=1",
    });
  });

  test("marks a span that ends with an error", async () => {
    const spans = installSdk();
    const error = new Error("broken");
    (await createOtelTracer("test")).startSpan("append").end(error);
    expect(spans[0]).toMatchObject({
      exceptions: [error],
      status: { code: SpanStatusCode.ERROR },
      ended: true,
    });
  });

  test.each(["", "nonsense", `ff${parent.traceparent.slice(2)}`, `00-${"0".repeat(32)}-b7ad6b7169203331-01`])(
    "begins a trace of its own when the caller's is %j",
    async (traceparent) => {
      const spans = installSdk();
      (await createOtelTracer("test")).startSpan("append", { traceparent });
      expect(spans[0]?.parent ?? INVALID_SPAN_CONTEXT).toEqual(INVALID_SPAN_CONTEXT);
    },
  );

  test("without an SDK records nothing, and passes the caller's context on", async () => {
    const tracer = await createOtelTracer("test");
    expect(tracer.startSpan("append").context).toBeUndefined();
    const span = tracer.startSpan("append", parent);
    span.setAttribute("records", 3);
    span.end(new Error("broken"));
    expect(span.context).toEqual(parent);
  });
});
