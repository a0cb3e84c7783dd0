package dev.slb.certificate;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/**
 * PEM texts (RFC 7468): blocks, and between them whatever anybody wrote there. Not BouncyCastle's reader, which leaves out
 * all that follows a BEGIN line with a typing error, says nothing, and takes none of what an editor has indented.
 */
final class Pem {

    private static final String BEGIN = "-----BEGIN ";
    private static final String END = "-----END ";
    private static final String DASHES = "-----";
    private static final Base64.Encoder LINES = Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII));

    private Pem() {}

    /**
     * @param label such as {@code CERTIFICATE}
     * @param encrypted whether it has the headers of an encrypted key, and so no DER
     */
    record Block(String label, byte[] der, boolean encrypted) {}

    static List<Block> blocks(String text) throws BadPemException {
        List<Block> blocks = new ArrayList<>();
        String label = null;
        boolean encrypted = false;
        StringBuilder body = new StringBuilder();
        for (String raw : text.split("\\R")) {
            String line = raw.strip();
            if (label == null) {
                if (line.startsWith(BEGIN) && line.endsWith(DASHES)) {
                    label = line.substring(BEGIN.length(), line.length() - DASHES.length());
                    encrypted = false;
                    body.setLength(0);
                }
            } else if (line.equals(END + label + DASHES)) {
                blocks.add(new Block(label, encrypted ? new byte[0] : decode(label, body.toString()), encrypted));
                label = null;
            } else if (line.startsWith(DASHES)) {
                throw new BadPemException("has a block " + label + " without its end");
            } else if (line.indexOf(':') >= 0) {
                encrypted |= line.startsWith("Proc-Type:") && line.contains("ENCRYPTED");
            } else {
                body.append(line);
            }
        }
        if (label != null) {
            throw new BadPemException("has a block " + label + " without its end");
        }
        return blocks;
    }

    private static byte[] decode(String label, String base64) throws BadPemException {
        try {
            return Base64.getDecoder().decode(base64);
        } catch (IllegalArgumentException e) {
            throw new BadPemException("has a block " + label + " that is not base64");
        }
    }

    static String write(String label, byte[] der) {
        return BEGIN + label + DASHES + "\n" + LINES.encodeToString(der) + "\n" + END + label + DASHES + "\n";
    }
}
