/* What people read when TLS fails: each text, and that nothing from outside can spoil the line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/tls.h"
#include "net/tls_trouble.h"

#include <string.h>

static const char *written(struct tls_trouble trouble)
{
    static char text[TLS_VERDICT_BYTES];
    trouble.host = trouble.host != NULL ? trouble.host : "hq.example";
    return tls_trouble_write(&trouble, text, sizeof text);
}

static void says_when_a_certificate_expired_and_what_day_it_is(void **state)
{
    (void)state;
    struct tls_trouble trouble = {
        .fault = TLS_FAULT_EXPIRED, .date = "2024-05-01", .today = "2026-03-14"};
    assert_string_equal(
        written(trouble),
        "problem=\"the server's certificate has expired on 2024-05-01\" host=hq.example "
        "remedy=\"renew the certificate of hq.example, or set the clock: it is "
        "2026-03-14 here\"");
}

static void says_which_authority_has_expired(void **state)
{
    (void)state;
    struct tls_trouble trouble = {.fault = TLS_FAULT_EXPIRED,
                                  .is_authority = true,
                                  .subject = "Example Root",
                                  .date = "2024-05-01"};
    assert_non_null(strstr(written(trouble),
                           "problem=\"the certificate of the authority Example Root "
                           "has expired on 2024-05-01\""));
}

static void says_which_names_a_certificate_has(void **state)
{
    (void)state;
    struct tls_trouble trouble = {.fault = TLS_FAULT_NAME};
    tls_names_add(trouble.subject, "depot.example", 13);
    tls_names_add(trouble.subject, "*.depot.example", 15);
    assert_non_null(
        strstr(written(trouble), "is for depot.example, *.depot.example, not for hq.example\""));
}

static void every_fault_has_a_problem_a_remedy_and_an_error(void **state)
{
    (void)state;
    for (int fault = TLS_FAULT_NONE + 1; fault <= TLS_FAULT_OTHER; fault++) {
        struct tls_trouble trouble = {.fault = (enum tls_fault)fault};
        const char *text = written(trouble);
        assert_int_equal(strncmp(text, "problem=\"", 9), 0);
        const char *host = strstr(text, "\" host=hq.example remedy=\"");
        assert_non_null(host);
        assert_true(host - text > 20);
        assert_int_equal(text[strlen(text) - 1], '"');
        assert_int_not_equal(tls_fault_error(trouble.fault), NET_OK);
    }
}

/* `url` holds both; there is no `host` and no `port` in site.json. */
static void remedies_name_the_keys_that_site_json_has(void **state)
{
    (void)state;
    struct tls_trouble trouble = {.fault = TLS_FAULT_SERVER_NAME};
    assert_non_null(strstr(written(trouble), "remedy=\"set the name in url, or server_name, in "
                                             "site.json to one that it serves\""));
    trouble = (struct tls_trouble){.fault = TLS_FAULT_NOT_TLS, .port = 1883};
    assert_non_null(strstr(written(trouble), "what answers on port 1883 does not speak TLS\""));
    assert_non_null(strstr(written(trouble), "remedy=\"set the port in url in site.json to the one "
                                             "that speaks TLS; for MQTT it is mostly 8883\""));
}

static void the_longest_names_leave_the_line_whole_enough(void **state)
{
    (void)state;
    struct tls_trouble trouble = {.fault = TLS_FAULT_NAME};
    char host[SITE_HOST_BYTES];
    memset(host, 'h', sizeof host - 1);
    host[sizeof host - 1] = '\0';
    memset(trouble.subject, 's', sizeof trouble.subject - 1);
    trouble.host = host;
    assert_true(strlen(written(trouble)) < TLS_VERDICT_BYTES);
}

static void names_from_outside_cannot_break_the_line(void **state)
{
    (void)state;
    char names[TLS_NAMES_BYTES] = "";
    tls_names_add(names, "a\" error x\n\xff", 12);
    assert_string_equal(names, "a? error x??");
    char longer[TLS_NAMES_BYTES];
    memset(longer, 'x', sizeof longer);
    tls_names_add(names, longer, sizeof longer); /* left out as a whole */
    assert_string_equal(names, "a? error x??");
}

static void alerts_about_our_certificate_are_told_apart(void **state)
{
    (void)state;
    static const int refusals[] = {42, 43, 44, 45, 46, 48, 49};
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        assert_int_equal(tls_fault_of_alert(refusals[i], true), TLS_FAULT_REFUSED);
        assert_int_equal(tls_fault_of_alert(refusals[i], false), TLS_FAULT_CERTIFICATE_WANTED);
    }
    assert_int_equal(tls_fault_of_alert(116, false), TLS_FAULT_CERTIFICATE_WANTED);
    assert_int_equal(tls_fault_of_alert(70, true), TLS_FAULT_VERSION);
    assert_int_equal(tls_fault_of_alert(40, true), TLS_FAULT_HANDSHAKE);
    assert_int_equal(tls_fault_of_alert(80, true), TLS_FAULT_ALERT);
    struct tls_trouble trouble = {.fault = TLS_FAULT_REFUSED, .code = 44};
    assert_non_null(
        strstr(written(trouble), "the server refuses our certificate: it was revoked\""));
    trouble = (struct tls_trouble){.fault = TLS_FAULT_OTHER, .code = -0x7700};
    assert_non_null(strstr(written(trouble), "TLS failed with error -0x7700\""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_when_a_certificate_expired_and_what_day_it_is),
        cmocka_unit_test(says_which_authority_has_expired),
        cmocka_unit_test(says_which_names_a_certificate_has),
        cmocka_unit_test(every_fault_has_a_problem_a_remedy_and_an_error),
        cmocka_unit_test(remedies_name_the_keys_that_site_json_has),
        cmocka_unit_test(the_longest_names_leave_the_line_whole_enough),
        cmocka_unit_test(names_from_outside_cannot_break_the_line),
        cmocka_unit_test(alerts_about_our_certificate_are_told_apart),
    };
    return cmocka_run_group_tests_name("net/tls_trouble", tests, NULL, NULL);
}
