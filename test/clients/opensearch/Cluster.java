// One node of OpenSearch from its libraries, without the checks of a distribution: Cluster.java HOME PORT [setting=value …]
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.opensearch.common.settings.Settings;
import org.opensearch.index.mapper.MapperExtrasPlugin;
import org.opensearch.node.InternalSettingsPreparer;
import org.opensearch.node.Node;
import org.opensearch.transport.Netty4Plugin;

public class Cluster extends Node {
  Cluster(Settings settings) {
    super(
        InternalSettingsPreparer.prepareEnvironment(settings, Map.of(), null, () -> "one"),
        List.of(Netty4Plugin.class, MapperExtrasPlugin.class),
        false);
  }

  public static void main(String[] given) throws Exception {
    Path home = Path.of(given[0]);
    Files.createDirectories(home.resolve("config"));
    Settings.Builder settings =
        Settings.builder()
            .put("path.home", home.toString())
            .put("cluster.name", "clients")
            .put("node.name", "one")
            .put("discovery.type", "single-node")
            .put("network.host", "127.0.0.1")
            .put("http.port", given[1])
            .put("transport.port", "0")
            .put("transport.type", "netty4")
            .put("http.type", "netty4")
            .put("cluster.routing.allocation.disk.threshold_enabled", false);
    for (int i = 2; i < given.length; i++) {
      String[] pair = given[i].split("=", 2);
      settings.put(pair[0], pair[1]);
    }
    new Cluster(settings.build()).start();
    Thread.currentThread().join();
  }
}
