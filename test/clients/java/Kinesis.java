import java.net.URI;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.http.apache.ApacheHttpClient;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.kinesis.KinesisAsyncClient;
import software.amazon.awssdk.services.kinesis.KinesisClient;
import software.amazon.awssdk.services.kinesis.model.ConsumerStatus;
import software.amazon.awssdk.services.kinesis.model.PutRecordsRequestEntry;
import software.amazon.awssdk.services.kinesis.model.Record;
import software.amazon.awssdk.services.kinesis.model.ResourceNotFoundException;
import software.amazon.awssdk.services.kinesis.model.ShardIteratorType;
import software.amazon.awssdk.services.kinesis.model.SubscribeToShardEvent;
import software.amazon.awssdk.services.kinesis.model.SubscribeToShardResponseHandler;

/** Makes a stream, puts, reads and is refused, by the client that the second argument names; says what it saw. */
class Kinesis {
  private static final String SHARD = "shardId-000000000000";
  private static final Region REGION = Region.US_EAST_1;

  public static void main(String[] args) throws Exception {
    URI endpoint = URI.create(args[0]);
    String name = "java-" + args[1];
    switch (args[1]) {
      case "apache" -> sync(endpoint, name, ApacheHttpClient.create());
      case "url-connection" -> sync(endpoint, name, UrlConnectionHttpClient.create());
      case "netty" -> async(endpoint, name);
      default -> throw new IllegalArgumentException(args[1]);
    }
    System.out.println(args[1] + ": all as expected");
    System.exit(0);
  }

  private static StaticCredentialsProvider key() {
    return StaticCredentialsProvider.create(AwsBasicCredentials.create("test", "test"));
  }

  private static void sync(URI endpoint, String stream, SdkHttpClient http) {
    KinesisClient client =
        KinesisClient.builder()
            .endpointOverride(endpoint)
            .region(REGION)
            .credentialsProvider(key())
            .httpClient(http)
            .build();
    client.createStream(r -> r.streamName(stream).shardCount(1));
    client.waiter().waitUntilStreamExists(r -> r.streamName(stream));
    expect(client.listStreams().streamNames().contains(stream), "the stream is listed");
    List<PutRecordsRequestEntry> entries =
        java.util.stream.IntStream.range(0, 100)
            .mapToObj(n -> PutRecordsRequestEntry.builder().partitionKey("k").data(text(n)).build())
            .toList();
    expect(
        client.putRecords(r -> r.streamName(stream).records(entries)).failedRecordCount() == 0,
        "100 records are put");
    String iterator =
        client
            .getShardIterator(
                r ->
                    r.streamName(stream)
                        .shardId(SHARD)
                        .shardIteratorType(ShardIteratorType.TRIM_HORIZON))
            .shardIterator();
    List<Record> records = client.getRecords(r -> r.shardIterator(iterator)).records();
    expect(records.size() == 100 && records.get(99).data().equals(text(99)), "they are read");
    try {
      client.describeStreamSummary(r -> r.streamName("nobody"));
      expect(false, "an unknown stream is refused");
    } catch (ResourceNotFoundException refusal) {
      expect(refusal.getMessage().contains("nobody"), "the refusal is read");
    }
  }

  private static void async(URI endpoint, String stream) throws Exception {
    // HTTP/2, with prior knowledge where there is no TLS.
    KinesisAsyncClient client =
        KinesisAsyncClient.builder()
            .endpointOverride(endpoint)
            .region(REGION)
            .credentialsProvider(key())
            .build();
    client.createStream(r -> r.streamName(stream).shardCount(1)).join();
    client.waiter().waitUntilStreamExists(r -> r.streamName(stream)).join();
    String streamArn =
        client
            .describeStreamSummary(r -> r.streamName(stream))
            .join()
            .streamDescriptionSummary()
            .streamARN();
    String consumerArn =
        client
            .registerStreamConsumer(r -> r.streamARN(streamArn).consumerName("c"))
            .join()
            .consumer()
            .consumerARN();
    while (client
            .describeStreamConsumer(r -> r.consumerARN(consumerArn))
            .join()
            .consumerDescription()
            .consumerStatus()
        != ConsumerStatus.ACTIVE) {}
    List<Record> pushed = new CopyOnWriteArrayList<>();
    CompletableFuture<Void> enough = new CompletableFuture<>();
    SubscribeToShardResponseHandler handler =
        SubscribeToShardResponseHandler.builder()
            .onError(enough::completeExceptionally)
            .subscriber(
                event -> {
                  if (!(event instanceof SubscribeToShardEvent records)) return;
                  pushed.addAll(records.records());
                  if (pushed.size() >= 100) enough.complete(null);
                })
            .build();
    client.subscribeToShard(
        r ->
            r.consumerARN(consumerArn)
                .shardId(SHARD)
                .startingPosition(p -> p.type(ShardIteratorType.TRIM_HORIZON)),
        handler);
    for (int n = 0; n < 100; n++) {
      SdkBytes data = text(n);
      client.putRecord(r -> r.streamName(stream).partitionKey("k").data(data)).join();
    }
    enough.get(60, TimeUnit.SECONDS);
    expect(pushed.get(99).data().equals(text(99)), "100 records are put, and pushed in order");
  }

  private static SdkBytes text(int n) {
    return SdkBytes.fromUtf8String("record " + n);
  }

  private static void expect(boolean isTrue, String what) {
    if (!isTrue) throw new AssertionError("not so: " + what);
    System.out.println("  " + what);
  }
}
