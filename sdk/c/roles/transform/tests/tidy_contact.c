#include "mortise_fake.h"

static void tidies_a_contact(void) {
    CHECK_JSON(
        fake_apply("tidy-contact", "{}", "{\"name\":\"\\tAda \\n B \",\"email\":\"A@B.C \",\"phone\":\"030-1\"}"),
        "[{\"name\":\"Ada B\",\"email\":\"a@b.c\",\"phone\":\"0301\",\"country\":\"DE\"}]");
    CHECK_JSON(fake_apply("tidy-contact", "{\"country\":\"AT\"}", "{\"name\":\" \",\"email\":\"@\"}"),
               "[{\"name\":\"\",\"email\":\"@\",\"country\":\"AT\"}]");
}

static void an_email_without_at_fails_its_record_alone(void) {
    const mortise_result *results = fake_apply_all(
        "tidy-contact", "{}", "[{\"name\":\"a\",\"email\":\"b\"},{\"name\":\"a\",\"email\":\"b@c\"}]");
    CHECK(results != NULL && results[0].failure != NULL && results[1].failure == NULL);
    CHECK_TEXT(results[0].failure->message, "the email has no @");
    CHECK_TEXT(results[0].failure->field, "/email");
    CHECK_INTEGER(results[0].failure->record, 0);
    CHECK_INTEGER(mortise_count(results[1].output), 1);
}

static void a_configuration_that_does_not_fit_is_the_authors(void) {
    CHECK(fake_apply("tidy-contact", "{\"country\":\"AUT\"}", "{\"name\":\"a\",\"email\":\"b@c\"}") == NULL);
    CHECK_FAILURE(MORTISE_MISCONFIGURED, "the configuration does not fit: expected a length of at most 2");
    CHECK_TEXT(fake_failure()->field, "/country");
}

int main(void) {
    RUN(tidies_a_contact);
    RUN(an_email_without_at_fails_its_record_alone);
    RUN(a_configuration_that_does_not_fit_is_the_authors);
    return fake_end();
}
