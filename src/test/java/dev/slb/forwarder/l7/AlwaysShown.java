package dev.slb.forwarder.l7;

import io.netty.pkitesting.X509Bundle;

import javax.net.ssl.X509ExtendedKeyManager;
import java.net.Socket;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;

/** One certificate, shown to whoever asks for any. */
final class AlwaysShown extends X509ExtendedKeyManager {

    private final X509Bundle own;

    AlwaysShown(X509Bundle own) {
        this.own = own;
    }

    @Override
    public String[] getClientAliases(String keyType, Principal[] issuers) {
        return new String[] {"own"};
    }

    @Override
    public String chooseClientAlias(String[] keyType, Principal[] issuers, Socket socket) {
        return "own";
    }

    @Override
    public String[] getServerAliases(String keyType, Principal[] issuers) {
        return null;
    }

    @Override
    public String chooseServerAlias(String keyType, Principal[] issuers, Socket socket) {
        return null;
    }

    @Override
    public X509Certificate[] getCertificateChain(String alias) {
        return own.getCertificatePath();
    }

    @Override
    public PrivateKey getPrivateKey(String alias) {
        return own.getKeyPair().getPrivate();
    }
}
