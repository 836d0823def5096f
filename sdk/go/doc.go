// Package mortise writes plugins for Mortise in Go: connectors for applications, and transforms of
// records. The README has a whole one; the template is another.
//
// A plugin is a package main that calls [Export] from a function init, with what it says about itself
// and what it can do. What it can do are values of the packages of the roles:
//
//	check       shows that a connection works
//	actions     does one thing: creates, reads, sends, searches
//	batch       does the same for many inputs at once
//	polling     asks for what is new
//	webhooks    is called by the application
//	explore     answers what only the connected account knows
//	transforms  turns records into records and reaches nothing
//
// Importing the package of a role makes the component export it, so import what you use and no more.
//
// This package holds the rest: what a plugin may ask of the host ([Request], [File], [Settings], [Sign],
// [GetState], [Log], [IdempotencyKey] …), what it says when something fails ([Failure]), and what
// describes it ([Plugin], [Scheme], [Verification]).
//
// One call has one instance: a plugin keeps nothing in memory between calls, neither sleeps nor retries,
// and never sees a secret. It says what happened, and the engine does the rest.
package mortise
