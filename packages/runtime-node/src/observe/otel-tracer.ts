import { noTracer, type Span, type TraceContext, type Tracer } from "@millrace/runtime";
import type { Context, Span as OtelSpan, SpanContext } from "@opentelemetry/api";

type Api = typeof import("@opentelemetry/api");

/**
 * Spans through OpenTelemetry's API, which is loaded now; whoever starts the process brings the SDK. Without one
 * nothing is recorded, and a caller's context is handed on as it came.
 */
export async function createOtelTracer(name: string, version?: string): Promise<Tracer> {
  const api = await import("@opentelemetry/api");
  const tracer = api.trace.getTracer(name, version);
  return {
    startSpan: (spanName, parent) => {
      const span = tracer.startSpan(spanName, {}, parentContext(api, parent));
      return span.isRecording() || parent !== undefined ? adapt(api, span) : noTracer.startSpan(spanName);
    },
  };
}

function adapt(api: Api, span: OtelSpan): Span {
  return {
    setAttribute: (key, value) => {
      span.setAttribute(key, value);
    },
    end: (error) => {
      if (error !== undefined) {
        span.recordException(error instanceof Error ? error : String(error));
        span.setStatus({ code: api.SpanStatusCode.ERROR });
      }
      span.end();
    },
    context: toTraceContext(api, span.spanContext()),
  };
}

/** Always from the root: contexts are handed on explicitly, and an embedding application's own is not ours. */
function parentContext(api: Api, parent: TraceContext | undefined): Context {
  const match = /^([\da-f]{2})-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})/.exec(parent?.traceparent ?? "");
  const [, version, traceId, spanId, flags] = match ?? [];
  if (version === undefined || version === "ff" || traceId === undefined || spanId === undefined) {
    return api.ROOT_CONTEXT;
  }
  const spanContext: SpanContext = {
    traceId,
    spanId,
    traceFlags: Number.parseInt(flags ?? "0", 16) & api.TraceFlags.SAMPLED,
    isRemote: true,
    ...(parent?.tracestate === undefined ? {} : { traceState: api.createTraceState(parent.tracestate) }),
  };
  return api.isSpanContextValid(spanContext)
    ? api.trace.setSpanContext(api.ROOT_CONTEXT, spanContext)
    : api.ROOT_CONTEXT;
}

function toTraceContext(api: Api, context: SpanContext): TraceContext | undefined {
  if (!api.isSpanContextValid(context)) return undefined;
  const flags = (context.traceFlags & api.TraceFlags.SAMPLED).toString(16).padStart(2, "0");
  const traceparent = `00-${context.traceId}-${context.spanId}-${flags}`;
  const tracestate = context.traceState?.serialize();
  return tracestate === undefined || tracestate === "" ? { traceparent } : { traceparent, tracestate };
}
