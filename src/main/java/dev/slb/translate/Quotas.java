package dev.slb.translate;

/**
 * How much there may be of what.
 *
 * @param listeners per LoadBalancer
 * @param rules per Listener
 * @param servers distinct pods and addresses per LoadBalancer, over its default pool and all its groups
 * @param cidrs per access control list
 * @param sniCertificates per Listener
 */
public record Quotas(int listeners, int rules, int servers, int cidrs, int sniCertificates) {

    /** The quotas of classic SLB. */
    public static final Quotas SLB = new Quotas(50, 40, 200, 300, 10);
}
