//go:build wasip1

package mortise

import "github.com/mortise-hub/mortise/sdk/go/internal/abi"

//go:wasmimport mortise:plugin/http@0.1.0 send
func httpSend(method abi.Addr, methodLen uint32, url abi.Addr, urlLen uint32, headers abi.Addr, headersLen uint32,
	bodyCase uint32, body abi.Addr, bodyLen uint32, auth, saveAsFile, hasTimeout, timeoutMs uint32, result abi.Addr)

func hostSend(r *Request) (*Response, *HTTPError) {
	var response *Response
	var failed *HTTPError
	ask(abi.SizeResultResponse, func(f *abi.Frame, result abi.Addr) {
		method, methodLen := f.Text(r.Method)
		url, urlLen := f.Text(r.URL)
		headers, headersLen := abi.List(f, r.Headers, abi.SizePair, putHeader)
		tag, body, bodyLen := placeBody(f, r.Body)
		f.Enter()
		httpSend(method, methodLen, url, urlLen, headers, headersLen, tag, body, bodyLen, uint32(r.Auth),
			uint32(abi.Bit(r.KeepAsFile)), uint32(abi.Bit(r.TimeoutMs > 0)), r.TimeoutMs, result)
	}, func(in *abi.In) { response, failed = takeAnswer(in) })
	return response, failed
}
