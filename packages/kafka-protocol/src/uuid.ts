/** 16 bytes as Kafka prints and logs ids: base64url without padding, always 22 characters. */
export type Uuid = string;

/** Stands for "no id" in Kafka's messages. */
export const ZERO_UUID: Uuid = "AAAAAAAAAAAAAAAAAAAAAA";
