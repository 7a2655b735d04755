/** A principal is written as Kafka does, type and name: "User:alice". This is who comes without authentication. */
export const ANONYMOUS = "User:ANONYMOUS";
