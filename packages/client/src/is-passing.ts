import type { ApiError } from "@millrace/runtime";

/** Whether the same may go well later: what Kafka calls retriable, and a broker on its way down (it may come back). */
export const isPassing = (error: ApiError): boolean => error.retriable || error.id === "BROKER_NOT_AVAILABLE";
