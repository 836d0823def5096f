/// The plugin as a whole: what it says about itself; its examples are run.
#include "mortise_fake.h"

static void describes_itself(void) { CHECK_TEXT(fake_examine(), NULL); }

static void exports_what_it_serves(void) { CHECK_TEXT(fake_examine_world("wit/world.wit"), NULL); }

int main(void) {
    RUN(describes_itself);
    RUN(exports_what_it_serves);
    return fake_end();
}
