package dev.slb.api;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.fabric8.kubernetes.api.model.IntOrString;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.math.BigDecimal;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

class WritingTest {

    @ParameterizedTest
    @CsvSource({"45, 45", "45.000, 45", "100, 100", "1E+2, 100", "12.857142857, 12.857", "0.5, 0.5", "0, 0", "0.0, 0"})
    void weightsAreWrittenShort(String weight, String written) throws JsonProcessingException {
        ServerStatus server = new ServerStatus("a", null, null, null, new BigDecimal(weight), null, null, null);

        assertThat(ApiMapper.json().writeValueAsString(server))
                .isEqualTo("{\"name\":\"a\",\"weight\":" + written + "}");
    }

    @Test
    void whatIsEmptyIsLeftOutAndReadsBackTheSame() throws JsonProcessingException {
        VServerGroupSpec spec = new VServerGroupSpec(
                new ObjectRef("shop"),
                List.of(new GroupServer("a", null, "a-0", null, new IntOrString("http"), 0, WeightMode.Shared)),
                null);

        String json = ApiMapper.json().writeValueAsString(spec);

        assertThat(json)
                .isEqualTo("{\"loadBalancerRef\":{\"name\":\"shop\"},\"servers\":[{\"name\":\"a\",\"podName\":\"a-0\","
                        + "\"port\":\"http\",\"weight\":0,\"weightMode\":\"Shared\"}]}");
        assertThat(ApiMapper.json().readValue(json, VServerGroupSpec.class)).isEqualTo(spec);
    }
}
