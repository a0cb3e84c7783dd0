package dev.slb.control.world;

import dev.slb.api.ServerSource;
import dev.slb.base.IpLiteral;
import io.fabric8.kubernetes.api.model.LabelSelector;

import java.util.Optional;

/** Where servers come from, as a key: what means the same is equal. */
sealed interface Source {

    record Selected(LabelSelector selector) implements Source {}

    /** What one server is known by, whoever else brings it: the pod of a name, or an address. */
    sealed interface Single extends Source {}

    record Named(String pod) implements Single {}

    /** @param address in its one form */
    record Fixed(String address) implements Single {}

    /** Empty for a source that brings nothing, ever. */
    static Optional<Source> of(ServerSource source) {
        if (source.podSelector() != null) {
            return Optional.of(new Selected(source.podSelector()));
        }
        if (source.podName() != null) {
            return Optional.of(new Named(source.podName()));
        }
        return Optional.ofNullable(source.address())
                .flatMap(IpLiteral::parse)
                .map(address -> new Fixed(IpLiteral.text(address.getAddress())));
    }
}
