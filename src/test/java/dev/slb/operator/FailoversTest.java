package dev.slb.operator;

import dev.slb.api.ActiveRole;
import dev.slb.kind.Kinds;
import dev.slb.kind.ObjectId;
import org.junit.jupiter.api.Test;

import static dev.slb.api.ActiveRole.Master;
import static dev.slb.api.ActiveRole.None;
import static dev.slb.api.ActiveRole.Slave;
import static org.assertj.core.api.Assertions.assertThat;

class FailoversTest {

    private static final ObjectId DB = Kinds.MASTER_SLAVE_GROUP.id("shop", "db");

    private final Failovers failovers = new Failovers();

    private void assertTurn(ActiveRole before, ActiveRole now, ActiveRole told) {
        assertThat(failovers.turn(DB, before, now).orElse(null))
                .as("%s to %s", before, now)
                .isEqualTo(told);
    }

    @Test
    void theOtherRoleIsTold() {
        assertTurn(null, Master, null);
        assertTurn(Master, Master, null);
        assertTurn(Master, Slave, Slave);
        assertTurn(Slave, Slave, null);
        assertTurn(Slave, Master, Master);
    }

    @Test
    void alsoWhenNobodyWasActiveInBetween() {
        assertTurn(Master, None, null);
        assertTurn(None, Slave, Slave);
        assertTurn(Slave, None, null);
        assertTurn(None, Master, Master);
        assertTurn(Master, None, null);
        assertTurn(None, Master, null);
    }

    @Test
    void whatAnotherReplicaWroteMeanwhileCounts() {
        assertTurn(null, Master, null);
        failovers.forget(DB);
        assertTurn(Slave, Master, Master);
    }
}
