/** One answer for each name: a request that names a topic twice is answered once, as by Kafka. */
export function onceEach<Result extends { readonly name: string }>(results: readonly Result[]): Result[] {
  return [...new Map(results.map((result) => [result.name, result])).values()];
}
