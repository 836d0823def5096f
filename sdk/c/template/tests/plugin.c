/// The plugin as a whole: what it says about itself, and its check.
#include "mortise_fake.h"

static void describes_itself(void) { CHECK_TEXT(fake_examine(), NULL); }

static void exports_what_it_serves(void) { CHECK_TEXT(fake_examine_world("wit/world.wit"), NULL); }

static void names_the_account(void) {
    fake_answer(200, "{\"id\":\"acct-1\",\"name\":\"Acme\"}");
    const mortise_account *account = fake_check();
    CHECK(account != NULL);
    CHECK_TEXT(account->id, "acct-1");
    CHECK_TEXT(account->label, "Acme");
    CHECK_TEXT(fake_url(0), "https://api.desk.example/me");
}

static void uses_the_base_url_of_the_connection(void) {
    fake_settings("{\"base-url\":\"https://desk.acme.example/api/\"}");
    fake_answer(200, "{\"id\":\"acct-1\",\"name\":\"Acme\"}");
    CHECK(fake_check() != NULL);
    CHECK_TEXT(fake_url(0), "https://desk.acme.example/api/me");
}

static void wants_another_token_where_desk_refuses_it(void) {
    fake_answer(401, "{\"error\":{\"code\":\"bad_token\",\"message\":\"who are you\"}}");
    CHECK(fake_check() == NULL);
    CHECK_FAILURE(MORTISE_REAUTHORIZE, "who are you");
    CHECK_TEXT(fake_failure()->code, "bad_token");
}

static void settings_that_do_not_fit_are_not_sent_to(void) {
    fake_settings("{\"base-url\":5}");
    CHECK(fake_check() == NULL);
    CHECK_FAILURE(MORTISE_MISCONFIGURED, "the connection's settings does not fit: expected string, found number");
    CHECK_INTEGER(fake_requests(), 0);
}

int main(void) {
    RUN(describes_itself);
    RUN(exports_what_it_serves);
    RUN(names_the_account);
    RUN(uses_the_base_url_of_the_connection);
    RUN(wants_another_token_where_desk_refuses_it);
    RUN(settings_that_do_not_fit_are_not_sent_to);
    return fake_end();
}
