package dev.slb.fuzz;

import io.netty.channel.ChannelHandler;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseDecoder;
import io.netty.handler.codec.http.InvalidChunkExtensionException;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The first message of HTTP/1 in some bytes, as somebody reads it who is not us: Netty's codec, at its strictest. What we read in
 * another way than a server does is what smuggles requests.
 *
 * @param refusal why it is no good; null when it is, as far as it is here
 * @param first method and target, or the status, and the version
 * @param fields "name:value", in order
 * @param body the data alone
 * @param ended whether all of the message is here
 * @param more whether more than the message is here
 */
public record OtherReader(
        Throwable refusal,
        String first,
        List<String> fields,
        String body,
        List<String> trailers,
        boolean ended,
        boolean more) {

    private static final int ANY_LENGTH = 1 << 20;
    // How it says so: its classes are those of other faults, too, such as a line feed alone.
    private static final String TOO_LARGE = "Chunk size overflow: ";
    private static final String NOT_OF_GRAMMAR = "Invalid chunk extension";
    private static final String BEYOND_ASCII = "bitIndex < 0: ";

    private static HttpDecoderConfig strict() {
        return new HttpDecoderConfig()
                .setMaxInitialLineLength(ANY_LENGTH)
                .setMaxHeaderSize(ANY_LENGTH)
                .setStrictLineParsing(true)
                .setUseRfc9112TransferEncoding(true)
                .setValidateHeaders(true);
    }

    public static OtherReader request(String bytes) {
        return read(new HttpRequestDecoder(strict()), bytes, false);
    }

    public static OtherReader answer(String bytes, boolean closed) {
        return read(new HttpResponseDecoder(strict()), bytes, closed);
    }

    public boolean refused() {
        return refusal != null;
    }

    /**
     * Whether it is refused for a line before a chunk that is good for us; what came before, head and chunks, was read. That is a
     * size of 2 GiB or more, which a recipient has to expect (RFC 9112, section 7.1) and that is too large for its int; and an
     * extension that is not of the grammar, or has a byte beyond ASCII, on which it stumbles: extensions that nobody knows are to
     * be ignored (7.1.1), and ours can end in one place only.
     */
    public boolean refusesOnlyLineOfChunk() {
        return refusal instanceof NumberFormatException && isSaid(TOO_LARGE)
                || refusal instanceof InvalidChunkExtensionException && isSaid(NOT_OF_GRAMMAR)
                || refusal instanceof IndexOutOfBoundsException && isSaid(BEYOND_ASCII);
    }

    private boolean isSaid(String why) {
        return refusal.getMessage().startsWith(why);
    }

    private static OtherReader read(ChannelHandler decoder, String bytes, boolean closed) {
        EmbeddedChannel channel = new EmbeddedChannel(decoder);
        Throwable refusal = null;
        boolean ended = false;
        boolean more = false;
        String first = null;
        List<String> fields = List.of();
        StringBuilder body = new StringBuilder();
        List<String> trailers = List.of();
        channel.writeInbound(Wire.buffer(bytes));
        if (closed) {
            channel.finish();
        }
        for (Object next = channel.readInbound(); next != null; next = channel.readInbound()) {
            if (ended) {
                more = true;
            } else {
                HttpObject object = (HttpObject) next;
                if (refusal == null) {
                    refusal = object.decoderResult().cause();
                }
                if (object instanceof HttpMessage message) {
                    first = first(message);
                    fields = fields(message.headers());
                }
                if (object instanceof HttpContent content) {
                    body.append(Wire.text(content.content()));
                }
                if (object instanceof LastHttpContent last) {
                    ended = true;
                    trailers = fields(last.trailingHeaders());
                }
            }
            ReferenceCountUtil.release(next);
        }
        channel.finishAndReleaseAll();
        return new OtherReader(refusal, first, fields, body.toString(), trailers, ended, more);
    }

    private static String first(HttpMessage message) {
        if (message instanceof HttpRequest request) {
            return request.method() + " " + request.uri() + " " + message.protocolVersion();
        }
        return message.protocolVersion() + " "
                + ((HttpResponse) message).status().code();
    }

    private static List<String> fields(HttpHeaders headers) {
        List<String> fields = new ArrayList<>();
        for (Map.Entry<String, String> each : headers) {
            fields.add(each.getKey() + ":" + each.getValue());
        }
        return fields;
    }
}
