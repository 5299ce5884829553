/*
 * Puts numbered records through the Kinesis Producer Library: port of the API, stream, count. It ends with 0 when each
 * was acknowledged. Metrics are sent soon and in detail, so that CloudWatch is asked before the end.
 */
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.kinesis.producer.KinesisProducer;
import software.amazon.kinesis.producer.KinesisProducerConfiguration;
import software.amazon.kinesis.producer.UserRecordResult;

public class Produce {
  private static final int METRICS_DELAY_MS = 1000;

  public static void main(String[] arguments) throws Exception {
    int port = Integer.parseInt(arguments[0]);
    var configuration = new KinesisProducerConfiguration()
        .setRegion("us-east-1")
        .setVerifyCertificate(false)
        .setKinesisEndpoint("127.0.0.1").setKinesisPort(port)
        .setStsEndpoint("127.0.0.1").setStsPort(port)
        .setCloudwatchEndpoint("127.0.0.1").setCloudwatchPort(port)
        .setMetricsLevel("detailed").setMetricsUploadDelay(METRICS_DELAY_MS)
        .setCredentialsProvider(
            StaticCredentialsProvider.create(AwsBasicCredentials.create("test", "test")));
    var producer = new KinesisProducer(configuration);
    var results = new ArrayList<Future<UserRecordResult>>();
    int count = Integer.parseInt(arguments[2]);
    for (int n = 0; n < count; n++) {
      byte[] data = ("record " + n + "\n").getBytes(StandardCharsets.UTF_8);
      results.add(producer.addUserRecord(arguments[1], "key" + n % 100, ByteBuffer.wrap(data)));
    }
    boolean isGood = true;
    for (var result : results) isGood &= result.get(60, TimeUnit.SECONDS).isSuccessful();
    Thread.sleep(3 * METRICS_DELAY_MS);
    producer.destroy();
    System.exit(isGood ? 0 : 1);
  }
}
