package dev.slb.delivery;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.base.ParserBase;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.ObjectReader;
import dev.slb.plan.PlanJson;

import java.io.IOException;

/** A value of a line as the text that it is there, character for character: what is read of it and written again may be another. */
final class RawJson extends JsonDeserializer<String> {

    private static final String LINE = "line";

    /** @param line that is going to be read */
    static ObjectReader reader(Class<?> type, String line) {
        return PlanJson.mapper().readerFor(type).withAttribute(LINE, line);
    }

    @Override
    public String deserialize(JsonParser parser, DeserializationContext context) throws IOException {
        if (!(parser instanceof ParserBase)) {
            // It came before the name of the message, and where it stood is forgotten: no operator of ours writes like
            // that.
            return context.readTree(parser).toString();
        }
        int begin = (int) parser.currentTokenLocation().getCharOffset();
        parser.skipChildren();
        int end = (int) parser.currentLocation().getCharOffset();
        return ((String) context.getAttribute(LINE)).substring(begin, end);
    }
}
