import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;

/** The JDK's client as it comes: over plain HTTP it offers HTTP/2 with `Upgrade: h2c`. */
public class Jdk {
    public static void main(String[] arguments) throws Exception {
        String url = arguments[0];
        HttpClient client = HttpClient.newHttpClient();
        String session = "";
        for (int round = 0; round < 3; round++) {
            session = send(client, post(url + "/api/deferred/create", "{}"));
        }
        String body = "{\"session_id\": " + session.replaceAll(".*:(\"[^\"]*\").*", "$1") + "}";
        send(client, post(url + "/api/job/create", body));
        send(client, post(url + "/token", "grant_type=password&username=SuperTagShelf"
            + "&password=demo-password&x=" + "x".repeat(50_000)));
        send(client, HttpRequest.newBuilder(URI.create(url + "/api/tagshelf/ping"))
            .header("X-TagshelfAPI-Key", "alfred-mock-demo-key"));
    }

    static HttpRequest.Builder post(String url, String body) {
        return HttpRequest.newBuilder(URI.create(url))
            .header("X-TagshelfAPI-Key", "alfred-mock-demo-key")
            .POST(BodyPublishers.ofString(body));
    }

    static String send(HttpClient client, HttpRequest.Builder request) throws Exception {
        var answer = client.send(request.build(), BodyHandlers.ofString());
        System.out.println(answer.statusCode() + " " + answer.version() + " " + answer.body());
        return answer.body();
    }
}
