package shop;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.sql.DataSource;
import org.apache.catalina.Context;
import org.apache.catalina.startup.Tomcat;
import org.h2.jdbcx.JdbcDataSource;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.context.support.GenericWebApplicationContext;
import org.springframework.web.servlet.DispatcherServlet;
import org.springframework.web.servlet.mvc.method.annotation.RequestMappingHandlerAdapter;
import org.springframework.web.servlet.mvc.method.annotation.RequestMappingHandlerMapping;

/** What Spring Boot does for docs/recipes/spring-boot.md: Main PORT SERVER SECRET, in the folder of its files. */
public class Main {
    @RestController
    public static class Pages {
        private final JdbcTemplate database;

        Pages(JdbcTemplate database) { this.database = database; }

        @GetMapping(path = "/pay/{code}", produces = "text/html;charset=UTF-8")
        public String pay(@PathVariable("code") String code) throws Exception {
            return Files.readString(Path.of("templates/pay.html")).replace("order_15XqwcM1f", code);
        }

        @GetMapping(path = "/fulfilled/{code}", produces = "text/plain")
        public String fulfilled(@PathVariable("code") String code) {
            return database.queryForObject("SELECT count(*) FROM parcels WHERE order_code = ?", String.class, code);
        }
    }

    public static void main(String[] arguments) throws Exception {
        DataSource source = database();
        JdbcTemplate database = new JdbcTemplate(source);
        TransactionTemplate transaction = new TransactionTemplate(new DataSourceTransactionManager(source));
        StepPayVerifier verifier = new StepPayVerifier(arguments[1], "https://shop.kr", List.of(arguments[2]));

        GenericWebApplicationContext spring = new GenericWebApplicationContext();
        spring.registerBeanDefinition("mapping", new org.springframework.beans.factory.support.RootBeanDefinition(RequestMappingHandlerMapping.class));
        spring.registerBeanDefinition("adapter", new org.springframework.beans.factory.support.RootBeanDefinition(RequestMappingHandlerAdapter.class));
        spring.getBeanFactory().registerSingleton("shop", new StepPayController(database, transaction, verifier));
        spring.getBeanFactory().registerSingleton("pages", new Pages(database));

        Tomcat tomcat = new Tomcat();
        tomcat.setBaseDir(Path.of("tomcat").toAbsolutePath().toString());
        tomcat.setPort(Integer.parseInt(arguments[0]));
        tomcat.getConnector().setProperty("address", "127.0.0.1");
        Context context = tomcat.addContext("", null);
        spring.setServletContext(context.getServletContext());
        Tomcat.addServlet(context, "spring", new DispatcherServlet(spring)).addMapping("/");
        tomcat.start();
        tomcat.getServer().await();
    }

    private static DataSource database() throws Exception {
        JdbcDataSource source = new JdbcDataSource();
        source.setURL("jdbc:h2:mem:shop;MODE=PostgreSQL;DB_CLOSE_DELAY=-1");
        JdbcTemplate rows = new JdbcTemplate(source);
        rows.execute(Files.readString(Path.of("schema.sql")));
        for (String code : Files.readAllLines(Path.of("orders.txt"))) {
            rows.update("INSERT INTO orders (code, amount, currency) VALUES (?, 18000, 'KRW')", code);
        }
        return source;
    }
}
