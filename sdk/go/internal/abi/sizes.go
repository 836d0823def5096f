package abi

// The sizes of what stands in memory, in bytes, as the canonical ABI lays them out. A test works them
// out again from the contract, `internal/abitest/contract.json`.
const (
	SizeText           = 8  // string
	SizePair           = 16 // tuple<string, string>
	SizeResultText     = 12 // result<string, string>, result<list<u8>, string>, option<list<u8>>
	SizeResultInfo     = 40 // result<files.info, string>
	SizePart           = 44 // http.part
	SizeResultResponse = 32 // result<http.response, http.error>

	SizeFailure    = 88 // types.failure
	SizeCause      = 48 // types.cause
	SizeResult     = 96 // result<T, failure> of every export
	SizeOutcome    = 96 // result<json, failure> and result<list<json>, failure>
	SizeTurnResult = 32 // the payload of actions.outcome
	SizeItem       = 16 // batch.item
	SizeEvent      = 40 // events.event
	SizeAnswer     = 20 // webhooks.response
	SizeChoice     = 16 // explore.choice
)
