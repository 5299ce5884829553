// Iceberg's own REST catalog over SQLite, its warehouse in a local S3: Catalog PORT S3_ENDPOINT s3://BUCKET/FOLDER DATABASE_FILE
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.Map;
import org.apache.iceberg.jdbc.JdbcCatalog;
import org.apache.iceberg.rest.RESTCatalogAdapter;
import org.apache.iceberg.rest.RESTCatalogServlet;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;

public class Catalog {
  public static void main(String[] arguments) throws Exception {
    Map<String, String> properties = new HashMap<>();
    properties.put("uri", "jdbc:sqlite:" + arguments[3]);
    properties.put("jdbc.schema-version", "V1");
    properties.put("warehouse", arguments[2]);
    properties.put("io-impl", "org.apache.iceberg.aws.s3.S3FileIO");
    properties.put("s3.endpoint", arguments[1]);
    properties.put("s3.path-style-access", "true");
    properties.put("s3.access-key-id", "test");
    properties.put("s3.secret-access-key", "test");
    properties.put("client.region", "us-east-1");
    JdbcCatalog catalog = new JdbcCatalog();
    catalog.initialize("lake", properties);
    ServletContextHandler handler = new ServletContextHandler();
    handler.addServlet(
        new ServletHolder(new RESTCatalogServlet(new RESTCatalogAdapter(catalog))), "/*");
    Server server = new Server(new InetSocketAddress("127.0.0.1", Integer.parseInt(arguments[0])));
    server.setHandler(handler);
    server.start();
    System.out.println("ready");
    server.join();
  }
}
