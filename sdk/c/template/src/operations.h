/// What `plugin.c` registers. Each operation lies in the file of its name.
#ifndef OPERATIONS_H
#define OPERATIONS_H

#include "desk.h"

extern const mortise_action CREATE_TICKET;
extern const mortise_action LIST_TICKETS;
extern const mortise_action UPLOAD_FILE;
extern const mortise_polling NEW_TICKETS;
extern const mortise_webhook TICKET_CLOSED;

#endif
