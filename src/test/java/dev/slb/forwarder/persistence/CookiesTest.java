package dev.slb.forwarder.persistence;

import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

class CookiesTest {

    private static List<String> values(String field, String name) {
        byte[] bytes = field.getBytes(StandardCharsets.ISO_8859_1);
        byte[] wanted = name.getBytes(StandardCharsets.ISO_8859_1);
        List<String> values = new ArrayList<>();
        int at = 0;
        while ((at = Cookies.next(bytes, at, bytes.length, wanted)) >= 0) {
            int end = Cookies.end(bytes, at, bytes.length);
            values.add(field.substring(at, end).strip());
            at = end;
        }
        return values;
    }

    @Test
    void cookiesOfANameAreFoundWhereverTheyStand() {
        assertThat(values("id=1", "id")).containsExactly("1");
        assertThat(values("a=b; id=1; c=d", "id")).containsExactly("1");
        assertThat(values("a=b;id=1;\tid=2;  id=3", "id")).containsExactly("1", "2", "3");
        assertThat(values(";;id=a=b; id=", "id")).containsExactly("a=b", "");
    }

    @Test
    void blanksAroundNamesAndValuesAreNoPartOfThem() {
        assertThat(values("id =4;\tid\t=\t5 ; id= 6", "id")).containsExactly("4", "5", "6");
        assertThat(values("id = ; a=b", "id")).containsExactly("");
    }

    @Test
    void otherNamesAreOtherCookies() {
        assertThat(values("xid=1; idx=2; ID=3; id; i=d; id 4; x=id=5; id\t; i d=6", "id"))
                .isEmpty();
        assertThat(values("", "id")).isEmpty();
        assertThat(values("i", "id")).isEmpty();
        assertThat(values("id", "id")).isEmpty();
    }
}
