/// What can only be a mistake in the plugin ends the call with a reason.
#define _POSIX_C_SOURCE 200809L

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mortise_fake.h"

static void says_nothing(void) { (void)fake_invoke("silent", "{}"); }
static void breaks_a_literal(void) { (void)mortise_literal("{"); }
static void sets_in_an_array(void) { mortise_set_integer(mortise_new_array(), "a", 1); }
static void asks_for_too_much(void) { (void)mortise_alloc_list(SIZE_MAX / 2, 4); }

/// What a function prints on stderr before it aborts.
static const char *last_words(void (*mistake)(void)) {
    int ends[2];
    if (pipe(ends) != 0) {
        return "no pipe";
    }
    (void)fflush(stdout);
    const pid_t child = fork();
    if (child == 0) {
        (void)dup2(ends[1], STDERR_FILENO);
        mistake();
        _exit(0);
    }
    (void)close(ends[1]);
    char words[512];
    size_t length = 0;
    ssize_t got;
    while ((got = read(ends[0], words + length, sizeof words - 1 - length)) > 0) {
        length += (size_t)got;
    }
    (void)close(ends[0]);
    int status = 0;
    (void)waitpid(child, &status, 0);
    words[length] = '\0';
    const bool is_aborted = WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
    return is_aborted ? mortise_copy(words, strcspn(words, "\n")) : "it went on";
}

static void mistakes_end_the_call(void) {
    CHECK_TEXT(last_words(says_nothing), "the plugin gave up: `silent` gave neither a result nor a failure");
    CHECK_TEXT(last_words(breaks_a_literal),
               "the plugin gave up: a JSON literal of the plugin is broken: it ends too early: {");
    CHECK_TEXT(last_words(sets_in_an_array), "the plugin gave up: `a` was set in a value that is no object");
    CHECK(strstr(last_words(asks_for_too_much), "out of memory") != NULL);
}

int main(void) {
    RUN(mistakes_end_the_call);
    return fake_end();
}
