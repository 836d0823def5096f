/// What `plugin.c` registers. Each operation lies in the file of its name.
#ifndef OPERATIONS_H
#define OPERATIONS_H

#include "desk.h"

extern const mortise_polling NEW_TICKETS;

#endif
