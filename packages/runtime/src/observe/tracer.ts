/** W3C trace context of the caller, as it came over the wire. */
export interface TraceContext {
  readonly traceparent: string;
  readonly tracestate?: string;
}

export interface Span {
  setAttribute(name: string, value: string | number | boolean): void;
  end(error?: unknown): void;
  /** To hand on to the next service; undefined when nothing is traced. */
  readonly context: TraceContext | undefined;
}

/** The hook that OpenTelemetry fills. The default costs a call and no allocation. */
export interface Tracer {
  startSpan(name: string, parent?: TraceContext): Span;
}

const noSpan: Span = { setAttribute: () => {}, end: () => {}, context: undefined };

export const noTracer: Tracer = { startSpan: () => noSpan };
