package dev.slb.interop;

import dev.slb.testing.GrpcEcho;

/**
 * Serves until it is ended.
 *
 * <pre>GrpcServer NAME PORT</pre>
 */
public final class GrpcServer {

    private GrpcServer() {}

    public static void main(String[] arguments) throws Exception {
        try (GrpcEcho server = GrpcEcho.start(arguments[0], Integer.parseInt(arguments[1]))) {
            System.out.println(arguments[0] + " serves port " + server.port());
            server.awaitTermination();
        }
    }
}
