package mortise

import "github.com/mortise-hub/mortise/sdk/go/internal/abi"

// The cases of `http.body` and of `http.part-body`.
const (
	bodyEmpty, bodyBytes, bodyFile, bodyMultipart = 0, 1, 2, 3
	partBytes, partFile                           = 0, 1
)

func putHeader(o *abi.Out, header Header) {
	o.Text(header.Name)
	o.Text(header.Value)
}

func takeHeader(in *abi.In) Header { return Header{Name: in.Text(), Value: in.Text()} }

// placeBody gives a body as it is passed flat.
func placeBody(f *abi.Frame, body Body) (tag uint32, at abi.Addr, count uint32) {
	switch body := body.(type) {
	case Bytes:
		at, count = f.Bytes(body)
		return bodyBytes, at, count
	case FileBody:
		at, count = f.Text(string(body))
		return bodyFile, at, count
	case Multipart:
		at, count = abi.List(f, body, abi.SizePart, putPart)
		return bodyMultipart, at, count
	default:
		return bodyEmpty, 0, 0
	}
}

func putPart(o *abi.Out, part Part) {
	o.Text(part.Name)
	o.OptionalText(part.FileName)
	o.OptionalText(part.ContentType)
	switch body := part.Body.(type) {
	case FileBody:
		o.Variant(partFile, 8, 4, func(o *abi.Out) { o.Text(string(body)) })
	case Bytes:
		o.Variant(partBytes, 8, 4, func(o *abi.Out) { o.Bytes(body) })
	default:
		o.Variant(partBytes, 8, 4, func(o *abi.Out) { o.Bytes(nil) })
	}
}

// takeAnswer reads a `result<response, error>`.
func takeAnswer(in *abi.In) (*Response, *HTTPError) {
	if in.Variant(8) != 0 {
		return nil, takeHTTPError(in)
	}
	response := &Response{Status: int(in.Uint16()), Headers: abi.TakeList(in, abi.SizePair, takeHeader)}
	switch in.Variant(4) {
	case bodyBytes:
		response.Body = Bytes(in.Bytes())
	case bodyFile:
		response.Body = FileBody(in.Text())
	}
	return response, nil
}

func takeHTTPError(in *abi.In) *HTTPError {
	failed := &HTTPError{Kind: HTTPErrorKind(in.Variant(8))}
	switch failed.Kind {
	case HTTPLimited, HTTPTooLarge:
		failed.Number = in.Uint64()
	default:
		failed.Text = in.Text()
	}
	return failed
}
