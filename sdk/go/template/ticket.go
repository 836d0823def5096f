package main

// Ticket is a ticket as workflows see it.
type Ticket struct {
	ID        string `json:"id"`
	Subject   string `json:"subject"`
	Status    string `json:"status" jsonschema:"enum=open,enum=closed"`
	CreatedAt string `json:"created-at" jsonschema:"format=date-time"`
}

// deskTicket is a ticket as Desk writes it.
type deskTicket struct {
	ID        string `json:"id"`
	Subject   string `json:"subject"`
	Status    string `json:"status" jsonschema:"enum=open,enum=closed"`
	CreatedAt string `json:"created_at"`
}

func (t deskTicket) ticket() Ticket { return Ticket(t) }

func ticketsOf(written []deskTicket) []Ticket {
	tickets := make([]Ticket, len(written))
	for i, one := range written {
		tickets[i] = one.ticket()
	}
	return tickets
}
