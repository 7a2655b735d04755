/*
 * The load of the benchmarks: one librdkafka client, the same against Millrace and against Apache Kafka.
 *
 *   client produce BOOTSTRAP TOPIC RECORD_BYTES RECORDS   as fast as it goes, acks=all
 *   client consume BOOTSTRAP TOPIC RECORDS                partition 0 from the beginning
 *   client latency BOOTSTRAP TOPIC RECORD_BYTES RECORDS RATE
 *                                                         from produce() until the consumer has it, RATE a second
 *   client delete BOOTSTRAP TOPIC                         and what it held
 *
 * Prints one line of JSON. Its own CPU time is in it, since client and server share the machine.
 */
#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

static void die(const char *what, const char *why) {
  fprintf(stderr, "%s: %s\n", what, why);
  exit(1);
}

static double now_s(void) {
  struct timespec ts;
  clock_gettime(CLOCK_MONOTONIC, &ts);
  return ts.tv_sec + ts.tv_nsec / 1e9;
}

static double cpu_s(void) {
  struct rusage u;
  getrusage(RUSAGE_SELF, &u);
  return u.ru_utime.tv_sec + u.ru_stime.tv_sec + (u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static void set(rd_kafka_conf_t *conf, const char *name, const char *value) {
  char error[256];
  if (rd_kafka_conf_set(conf, name, value, error, sizeof error) != RD_KAFKA_CONF_OK) die(name, error);
}

static long long delivered, failed;

static void on_delivery(rd_kafka_t *rk, const rd_kafka_message_t *message, void *opaque) {
  (void)rk;
  (void)opaque;
  if (message->err) failed++;
  else delivered++;
}

static rd_kafka_t *new_client(rd_kafka_type_t type, const char *bootstrap, const char *linger_ms) {
  char error[256];
  rd_kafka_conf_t *conf = rd_kafka_conf_new();
  set(conf, "bootstrap.servers", bootstrap);
  if (type == RD_KAFKA_PRODUCER) {
    set(conf, "acks", "all");
    set(conf, "linger.ms", linger_ms);
    set(conf, "queue.buffering.max.messages", "1000000");
    set(conf, "queue.buffering.max.kbytes", "262144");
    rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
  } else {
    set(conf, "queued.min.messages", "1000000");
    set(conf, "fetch.message.max.bytes", "1048576");
  }
  rd_kafka_t *rk = rd_kafka_new(type, conf, error, sizeof error);
  if (!rk) die("rd_kafka_new", error);
  return rk;
}

static int compare(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static void produce_one(rd_kafka_t *rk, rd_kafka_topic_t *topic, void *payload, size_t size) {
  while (rd_kafka_produce(topic, 0, 0, payload, size, NULL, 0, NULL) == -1) {
    if (rd_kafka_last_error() != RD_KAFKA_RESP_ERR__QUEUE_FULL) die("produce", rd_kafka_err2str(rd_kafka_last_error()));
    rd_kafka_poll(rk, 10);
  }
}

static void produce(const char *bootstrap, const char *topic_name, size_t size, long long records) {
  rd_kafka_t *rk = new_client(RD_KAFKA_PRODUCER, bootstrap, "5");
  rd_kafka_topic_t *topic = rd_kafka_topic_new(rk, topic_name, NULL);
  char *payload = malloc(size);
  memset(payload, 'x', size);
  double start = now_s(), cpu = cpu_s();
  for (long long i = 0; i < records; i++) {
    produce_one(rk, topic, payload, size);
    if (i % 1000 == 0) rd_kafka_poll(rk, 0);
  }
  while (delivered + failed < records) rd_kafka_poll(rk, 100);
  double seconds = now_s() - start;
  if (failed) die("produce", "some records were not acknowledged");
  printf("{\"records\":%lld,\"bytes\":%lld,\"seconds\":%.6f,\"clientCpuSeconds\":%.3f}\n", records, records * (long long)size,
         seconds, cpu_s() - cpu);
}

static void consume(const char *bootstrap, const char *topic_name, long long records) {
  rd_kafka_t *rk = new_client(RD_KAFKA_CONSUMER, bootstrap, NULL);
  rd_kafka_topic_t *topic = rd_kafka_topic_new(rk, topic_name, NULL);
  rd_kafka_queue_t *queue = rd_kafka_queue_new(rk);
  if (rd_kafka_consume_start_queue(topic, 0, RD_KAFKA_OFFSET_BEGINNING, queue) == -1)
    die("consume", rd_kafka_err2str(rd_kafka_last_error()));
  long long got = 0, bytes = 0;
  double start = 0, cpu = 0;
  static rd_kafka_message_t *batch[10000];
  while (got < records) {
    ssize_t n = rd_kafka_consume_batch_queue(queue, 1000, batch, 10000);
    for (ssize_t i = 0; i < n; i++) {
      if (!batch[i]->err) {
        if (got++ == 0) {
          start = now_s();
          cpu = cpu_s();
        }
        bytes += batch[i]->len;
      }
      rd_kafka_message_destroy(batch[i]);
    }
  }
  printf("{\"records\":%lld,\"bytes\":%lld,\"seconds\":%.6f,\"clientCpuSeconds\":%.3f}\n", got, bytes, now_s() - start,
         cpu_s() - cpu);
}

static void latency(const char *bootstrap, const char *topic_name, size_t size, long long records, double rate) {
  rd_kafka_t *producer = new_client(RD_KAFKA_PRODUCER, bootstrap, "0");
  rd_kafka_t *consumer = new_client(RD_KAFKA_CONSUMER, bootstrap, NULL);
  rd_kafka_topic_t *to = rd_kafka_topic_new(producer, topic_name, NULL);
  rd_kafka_topic_t *from = rd_kafka_topic_new(consumer, topic_name, NULL);
  rd_kafka_consume_start(from, 0, RD_KAFKA_OFFSET_BEGINNING);
  char *payload = calloc(1, size);
  double *took = malloc(records * sizeof(double));
  long long warmup = records / 10;
  for (long long i = -warmup; i < records; i++) {
    double sent = now_s();
    memcpy(payload, &sent, sizeof sent);
    if (rd_kafka_produce(to, 0, RD_KAFKA_MSG_F_COPY, payload, size, NULL, 0, NULL) == -1) die("produce", "refused");
    rd_kafka_message_t *message = NULL;
    while (!message || message->err) {
      if (message) rd_kafka_message_destroy(message);
      message = rd_kafka_consume(from, 0, 1000);
    }
    double received = now_s();
    rd_kafka_message_destroy(message);
    rd_kafka_poll(producer, 0);
    if (i >= 0) took[i] = (received - sent) * 1000;
    double next = sent + 1 / rate;
    struct timespec pause = {0, 0};
    double left = next - now_s();
    if (left > 0) {
      pause.tv_nsec = (long)(left * 1e9);
      nanosleep(&pause, NULL);
    }
  }
  qsort(took, records, sizeof(double), compare);
  double sum = 0;
  for (long long i = 0; i < records; i++) sum += took[i];
  printf("{\"records\":%lld,\"meanMs\":%.4f,\"p50Ms\":%.4f,\"p99Ms\":%.4f,\"maxMs\":%.4f}\n", records, sum / records,
         took[records / 2], took[records * 99 / 100], took[records - 1]);
}

static void delete_topic(const char *bootstrap, const char *topic_name) {
  rd_kafka_t *rk = new_client(RD_KAFKA_PRODUCER, bootstrap, "0");
  rd_kafka_queue_t *queue = rd_kafka_queue_new(rk);
  rd_kafka_DeleteTopic_t *topic = rd_kafka_DeleteTopic_new(topic_name);
  rd_kafka_DeleteTopics(rk, &topic, 1, NULL, queue);
  rd_kafka_event_t *event = rd_kafka_queue_poll(queue, 30000);
  if (!event || rd_kafka_event_error(event)) die("delete", event ? rd_kafka_event_error_string(event) : "no answer");
  printf("{}\n");
}

int main(int argc, char **argv) {
  if (argc == 6 && !strcmp(argv[1], "produce")) produce(argv[2], argv[3], strtoul(argv[4], 0, 10), atoll(argv[5]));
  else if (argc == 5 && !strcmp(argv[1], "consume")) consume(argv[2], argv[3], atoll(argv[4]));
  else if (argc == 7 && !strcmp(argv[1], "latency"))
    latency(argv[2], argv[3], strtoul(argv[4], 0, 10), atoll(argv[5]), atof(argv[6]));
  else if (argc == 4 && !strcmp(argv[1], "delete")) delete_topic(argv[2], argv[3]);
  else die("usage", "client produce|consume|latency|delete ...; see the head of client.c");
  exit(0); /* librdkafka's orderly shutdown would only add to the time of a run */
}
