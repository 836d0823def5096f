/// What `plugin.c` registers. Each operation lies in the file of its name.
#ifndef OPERATIONS_H
#define OPERATIONS_H

#include "mortise.h"

extern const mortise_transform TIDY_CONTACT;

#endif
